"""The page on the HTTP API names every code that the door can say."""

import re
from pathlib import Path

from tests.docs.pages import ROOT

PAGE = (ROOT / "docs" / "reference" / "http-api.md").read_text()
SOURCES = [
    *(ROOT / "src/trackyard/pipeline/collect").glob("*.py"),
    *(ROOT / "src/trackyard/sources/segment").glob("*.py"),
]
# BadRequest(status, code, ...), Rejection(index, code, ...), (code, message) of a judgement, _refuse(status, code, ...)
CODE = re.compile(
    r'(?:BadRequest\(\s*\d+|Rejection\(index|_refuse\(\d+),\s*"(\w+)"'
    r'|(?:return\s+\(?\s*)"([a-z]+_[a-z_]+)",\s*f?"'
)


def codes(path: Path) -> set[str]:
    return {first or second for first, second in CODE.findall(path.read_text())}


def test_every_code_is_explained() -> None:
    said = set().union(*map(codes, SOURCES))
    assert {"no_write_key", "id_not_string", "unknown_source", "overloaded", "bad_request"} <= said
    assert {code for code in said if f"`{code}`" not in PAGE} == set()
