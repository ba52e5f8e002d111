"""The page on the HTTP API names every code that the door can say."""

import re
from pathlib import Path

from tests.docs.pages import ROOT

from trackyard.pipeline.collect import appender, body, connection, server
from trackyard.pipeline.collect.settings import CollectSettings
from trackyard.sources.segment import envelope, splitter, validation

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


def test_every_bound_is_the_codes_own() -> None:
    bounds = [
        f"| a body | {body.BODY_BYTES_MAX >> 20} MiB decompressed; {body.RATIO_MAX} times its compressed size",
        f"| a request | {envelope.BATCH_EVENTS_MAX:,} events |",
        f"| an event | {validation.EVENT_BYTES_MAX >> 20} MiB; {splitter.NESTING_MAX} levels |",
        f"| headers | {connection.HEAD_BYTES_MAX >> 10} KiB; {connection.HEAD_SECONDS:.0f} s |",
        f"| a request on the wire | {connection.REQUEST_BYTES_MAX >> 20} MiB, then",
        f"| a body on its way | {connection.BODY_SECONDS:.0f} s; {body.READING_BYTES_MAX >> 20} MiB for all",
        f"| connections | {CollectSettings().connections_max:,}; ",
        f"; idle ones are closed after {server.KEEP_ALIVE_SECONDS} s |",
        f"| records that wait for the log | {appender.WAITING_BYTES_MAX >> 20} MiB |",
    ]
    assert [bound for bound in bounds if bound not in PAGE] == []


def test_every_code_is_explained() -> None:
    said = set().union(*map(codes, SOURCES))
    assert {"no_write_key", "id_not_string", "unknown_source", "overloaded", "bad_request"} <= said
    assert {code for code in said if f"`{code}`" not in PAGE} == set()
