"""Every input and output pair of the language reference is true."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from trackyard.kit.fields import compile_payload
from trackyard.kit.javascript import UNDEFINED
from trackyard.kit.mapping import MappingError, compile_mapping
from trackyard.kit.mapping.validate import DIRECTIVES
from trackyard.kit.payload import PayloadError
from trackyard.kit.trigger import TriggerError, compile_trigger
from trackyard.kit.trigger.fql_parser import ARGUMENTS, COMPARISONS

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"
REFUSED = "refused"


def examples(page: str) -> Iterator[dict[str, Any]]:
    for block in re.findall(r"^```jsonl\n(.*?)^```", (REFERENCE / page).read_text(), re.MULTILINE | re.DOTALL):
        yield from map(json.loads, block.splitlines())


def mapped(example: dict[str, Any]) -> Any:
    try:
        output = compile_mapping(example["mapping"]).transform(example["event"])
    except MappingError:
        return REFUSED
    return None if output is UNDEFINED else output


def made(example: dict[str, Any]) -> Any:
    try:
        return compile_payload(example["fields"])(example["members"])
    except PayloadError:
        return REFUSED


def wanted(example: dict[str, Any], dialect: Any) -> Any:
    try:
        return compile_trigger(example["trigger"], dialect)(example["event"])
    except TriggerError:
        return REFUSED


@pytest.mark.parametrize("example", list(examples("mapping.md")), ids=str)
def test_mapping_page_says_what_happens(example: dict[str, Any]) -> None:
    answer, named = (mapped(example), "output") if "mapping" in example else (made(example), "payload")
    assert answer == (REFUSED if "error" in example else example[named])


@pytest.mark.parametrize("example", list(examples("trigger.md")), ids=str)
def test_trigger_page_says_what_happens(example: dict[str, Any]) -> None:
    answers = {dialect: wanted(example, dialect) for dialect in ("fql", "segment")}
    assert answers == {dialect: example[dialect] for dialect in answers}


def test_every_directive_has_a_section_with_examples() -> None:
    page = (REFERENCE / "mapping.md").read_text()
    assert [name for name in DIRECTIVES if f"\n## {name}\n" not in page] == []
    assert [name for name in DIRECTIVES if not any(name in str(example) for example in examples("mapping.md"))] == []


def test_every_function_and_operator_has_an_example() -> None:
    triggers = [example["trigger"] for example in examples("trigger.md")]
    words = [*(f"{name}(" for name in ARGUMENTS), *(f" {sign} " for sign in (*COMPARISONS, "and", "or", "in")), "!("]
    assert [word for word in words if not any(word in trigger for trigger in triggers)] == []
