"""Code in the pages: Python is run where it can be, the rest must at least hold together."""

import inspect
import re

import pytest
from ruamel.yaml import YAML
from segment.analytics.client import Client
from tests.docs.pages import FENCE, PAGES, name_of

BLOCKS = [
    (f"{name_of(page)}:{number}", language, block)
    for page in PAGES
    for number, (language, block) in enumerate(FENCE.findall(page.read_text()))
]


def blocks(*languages: str) -> pytest.MarkDecorator:
    chosen = [(name, block) for name, language, block in BLOCKS if language in languages]
    return pytest.mark.parametrize("block", [block for _, block in chosen], ids=[name for name, _ in chosen])


@blocks("python", "py")
def test_python_compiles(block: str) -> None:
    compile(block, "snippet", "exec")


@blocks("yaml")
def test_yaml_can_be_read(block: str) -> None:
    YAML().load(block)


@blocks("python", "py")
def test_the_sdk_takes_the_options_that_the_snippet_gives_it(block: str) -> None:
    for arguments in re.findall(r"Client\(([^)]*)\)", block):
        named = re.findall(r"(\w+)=", arguments)
        assert set(named) <= set(inspect.signature(Client.__init__).parameters)
