"""Reading a body: whole, decompressed, never larger than what is promised to be accepted."""

import asyncio
import zlib
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from trackyard.model.errors import BadRequest

BODY_BYTES_MAX = 8 << 20  # decompressed; the largest batch seen of a real SDK has 3.3 MB
# A batch of identical events shrinks 250-fold at most; a thousandfold is one byte repeated.
RATIO_MAX = 500
_RATIO_CHECKED_FROM = 1 << 20
UNPACKED_HERE_MAX = 32 << 10  # compressed bytes
READING_BYTES_MAX = 256 << 20  # bodies of all connections that are still on their way
_GZIP_MAGIC = b"\x1f\x8b"
_GZIP_WINDOW = 31  # zlib's code for "a gzip header, the largest window"

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]


class Disconnected(Exception):
    """The client went away before its body was complete; there is nobody to answer."""


class BodyReader:
    """Reads bodies of many requests at once within one bound on memory."""

    def __init__(self) -> None:
        self._reading = 0

    async def read(self, receive: Receive, headers: dict[bytes, bytes]) -> bytes:
        """The whole body, decompressed. Raises `BadRequest` for what is too large or damaged, `Disconnected`."""
        if _number(headers.get(b"content-length")) > BODY_BYTES_MAX:
            raise too_large()
        message = await receive()
        if message["type"] != "http.request":
            raise Disconnected
        body = message["body"] if not message.get("more_body") else await self._rest(receive, message["body"])
        encoding = headers.get(b"content-encoding", b"")
        if len(body) > UNPACKED_HERE_MAX and body[:2] == _GZIP_MAGIC:
            return await asyncio.to_thread(plain, body, encoding)  # others are answered meanwhile
        return plain(body, encoding)

    async def _rest(self, receive: Receive, first: bytes) -> bytes:
        chunks, size = [first], len(first)
        self._reading += size
        try:
            while True:
                message = await receive()
                if message["type"] != "http.request":
                    raise Disconnected
                chunk = message["body"]
                chunks.append(chunk)
                size += len(chunk)
                self._reading += len(chunk)
                self._check(size)
                if not message.get("more_body"):
                    return b"".join(chunks)
        finally:
            self._reading -= size

    def _check(self, size: int) -> None:
        if size > BODY_BYTES_MAX:
            raise too_large()
        if self._reading > READING_BYTES_MAX:
            raise BadRequest(503, "overloaded", "too many bodies are on their way at once; try again", RETRY_SOON)


RETRY_SOON = (("Retry-After", "1"),)


def plain(body: bytes, encoding: bytes) -> bytes:
    """`body` decompressed if it is gzip, whatever the headers say: some clients compress without saying so."""
    if body[:2] == _GZIP_MAGIC:
        return _gunzip(body)
    if encoding.strip().lower() in (b"", b"identity", b"gzip", b"x-gzip"):
        return body  # said to be gzip and is not: a proxy has unpacked it
    raise BadRequest(400, "bad_request", f"Content-Encoding {encoding.decode('latin-1')[:40]} found, expected gzip")


def _gunzip(body: bytes) -> bytes:
    parts, size = [], 0
    rest = body
    try:
        while rest[:2] == _GZIP_MAGIC:  # gzip data may be several members in a row
            member = zlib.decompressobj(_GZIP_WINDOW)
            part = member.decompress(rest, BODY_BYTES_MAX + 1 - size)
            size += len(part)
            if size > BODY_BYTES_MAX or (size > _RATIO_CHECKED_FROM and size > len(body) * RATIO_MAX):
                raise too_large()
            if not member.eof:
                raise BadRequest(400, "bad_request", "the gzip body ends in the middle")
            parts.append(part)
            rest = member.unused_data
    except zlib.error as error:
        raise BadRequest(400, "bad_request", f"the gzip body is damaged: {error}") from None
    return b"".join(parts)


def too_large() -> BadRequest:
    return BadRequest(
        413, "payload_too_large", f"the body is larger than {BODY_BYTES_MAX} bytes decompressed; send smaller batches"
    )


def _number(value: bytes | None) -> int:
    return int(value) if value and value.isdigit() else 0
