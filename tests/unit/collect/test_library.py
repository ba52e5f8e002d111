"""Serving the browser library from an installed copy."""

import gzip
from pathlib import Path

import pytest

from trackyard.model.errors import BadRequest
from trackyard.pipeline.collect.answers import Answer, complete
from trackyard.pipeline.collect.library import Library

MAIN = (
    b'window.analyticsWriteKey="__WRITE_KEY__";var r="api.segment.io/v1";'
    b'return o||"https://cdn.segment.com"},b="https://cdn.segment.com/analytics-next/bundles/"'
)
WRITTEN = (
    b'window.analyticsWriteKey="WK";var r="events.example/v1";'
    b'return o||"http://events.example"},b="http://events.example/analytics-next/bundles/"'
)
CHUNK = "ajs-destination.bundle.40628baed746e9904edc.js"


@pytest.fixture
def package(tmp_path: Path) -> Path:
    umd = tmp_path / "dist" / "umd"
    umd.mkdir(parents=True)
    (umd / "standalone.js").write_bytes(MAIN)
    (umd / CHUNK).write_bytes(b"chunk()")
    (umd / "standalone.js.map").write_bytes(b"{}")
    (tmp_path / "secret.js").write_bytes(b"not for you")
    return tmp_path


def main(library: Library, **headers: bytes) -> Answer:
    named = {name.replace("_", "-").encode(): value for name, value in headers.items()}
    return library.main("WK", "http", "events.example", named)


def test_the_library_knows_its_key_and_calls_no_foreign_host(package: Path) -> None:
    answer = main(Library(package))
    assert (answer.status, answer.body) == (200, WRITTEN)
    assert dict(answer.headers)[b"content-type"] == b"application/javascript; charset=utf-8"
    assert dict(answer.headers)[b"cache-control"] == b"public, max-age=300"


def test_it_is_compressed_for_whoever_can_read_that(package: Path) -> None:
    answer = main(Library(package), accept_encoding=b"gzip, deflate, br")
    assert dict(answer.headers)[b"content-encoding"] == b"gzip"
    assert gzip.decompress(answer.body) == WRITTEN


def test_it_is_not_sent_again_to_whoever_has_it(package: Path) -> None:
    library = Library(package)
    tag = dict(main(library).headers)[b"etag"]
    answer = main(library, if_none_match=tag)
    assert (answer.status, answer.body) == (304, b"")
    assert b"content-length" not in dict(complete(answer, b"https://shop.example"))


def test_chunks_may_be_kept_for_good(package: Path) -> None:
    answer = Library(package).chunk(CHUNK, {})
    assert answer.body == b"chunk()"
    assert b"immutable" in dict(answer.headers)[b"cache-control"]


@pytest.mark.parametrize("name", ["unknown.js", "secret.js", "standalone.js.map", "../../secret.js"])
def test_other_files_are_not_served(package: Path, name: str) -> None:
    with pytest.raises(BadRequest) as refused:
        Library(package).chunk(name, {})
    assert refused.value.status == 404


def test_without_a_copy_it_is_said_what_to_install() -> None:
    with pytest.raises(BadRequest) as refused:
        main(Library(None))
    assert "npm install @segment/analytics-next" in refused.value.message
