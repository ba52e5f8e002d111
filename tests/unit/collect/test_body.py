"""Bodies: whole, decompressed, bounded."""

import asyncio
import gzip
import zlib
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trackyard.model.errors import BadRequest
from trackyard.pipeline.collect.body import BODY_BYTES_MAX, BodyReader, Disconnected, plain


def receiving(*messages: dict[str, Any]) -> Callable[[], Awaitable[dict[str, Any]]]:
    waiting = iter(messages)

    async def receive() -> dict[str, Any]:
        return next(waiting)

    return receive


def chunk(body: bytes, *, more: bool) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": more}


def read(*messages: dict[str, Any], **headers: bytes) -> bytes:
    named = {name.replace("_", "-").encode(): value for name, value in headers.items()}
    return asyncio.run(BodyReader().read(receiving(*messages), named))


def refusal(*messages: dict[str, Any], **headers: bytes) -> tuple[int, str]:
    with pytest.raises(BadRequest) as refused:
        read(*messages, **headers)
    return refused.value.status, refused.value.code


def test_chunks_are_joined() -> None:
    assert read(chunk(b"ab", more=True), chunk(b"", more=True), chunk(b"cd", more=False)) == b"abcd"


@settings(deadline=None)
@given(st.binary(min_size=1), st.sampled_from([b"gzip", b"x-gzip", b"", b"identity", b"br"]))
def test_gzip_is_recognised_whatever_the_header_says(body: bytes, encoding: bytes) -> None:
    assert plain(gzip.compress(body), encoding) == body


def test_gzip_members_in_a_row_are_one_body() -> None:
    assert plain(gzip.compress(b"ab") + gzip.compress(b"cd"), b"gzip") == b"abcd"


def test_a_body_said_to_be_gzip_that_is_not_is_taken_as_it_is() -> None:
    assert plain(b'{"a":1}', b"gzip") == b'{"a":1}'


@pytest.mark.parametrize("damaged", [gzip.compress(b"abc" * 100, mtime=0)[:-12], b"\x1f\x8bnonsense", b"\x1f\x8b"])
def test_damaged_gzip_is_refused(damaged: bytes) -> None:
    assert refusal(chunk(damaged, more=False)) == (400, "bad_request")


def test_an_unknown_compression_is_named() -> None:
    assert refusal(chunk(b"\x28\xb5\x2f\xfd", more=False), content_encoding=b"zstd") == (400, "bad_request")


def test_a_body_too_large_is_refused_before_during_and_after() -> None:
    large = b"x" * (BODY_BYTES_MAX + 1)
    assert refusal(content_length=b"%d" % len(large))[0] == 413
    half = chunk(large[: len(large) // 2 + 1], more=True)
    assert refusal(half, half)[0] == 413
    stored = zlib.compressobj(0, wbits=31)
    assert refusal(chunk(stored.compress(large) + stored.flush(), more=False))[0] == 413


def test_a_body_of_exactly_the_bound_is_taken() -> None:
    assert len(read(chunk(b"x" * BODY_BYTES_MAX, more=False))) == BODY_BYTES_MAX


def test_a_bomb_is_refused() -> None:
    assert refusal(chunk(gzip.compress(b"\0" * (4 << 20)), more=False))[0] == 413


def test_a_batch_of_the_same_event_a_thousand_times_is_no_bomb() -> None:
    event = b'{"type":"track","event":"Order Completed","userId":"u123","properties":{"revenue":99.5,"sku":"A-1"}},'
    assert len(plain(gzip.compress(event * 20_000, 9), b"gzip")) == len(event) * 20_000


def test_a_client_that_leaves_is_noticed() -> None:
    with pytest.raises(Disconnected):
        read({"type": "http.disconnect"})
    with pytest.raises(Disconnected):
        read(chunk(b"a", more=True), {"type": "http.disconnect"})
