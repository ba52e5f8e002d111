"""What the door says: one success, one shape for everything else, and the headers browsers need to read either.

Every body but the pixel's is a JSON object; anything else makes some client resend for ever (analytics-ruby reads
`error`, older Python clients `code` and `message`, whatever the status).
"""

import re
from functools import lru_cache

import msgspec

from trackyard.model.errors import BadRequest

Headers = list[tuple[bytes, bytes]]
PREFLIGHT_SECONDS = b"7200"  # longer than Chromium keeps any
_REFLECTABLE = re.compile(rb"[\x20-\x7e]{1,2048}")  # what may stand in a header of ours
_JSON = (b"content-type", b"application/json")


class Answer(msgspec.Struct, frozen=True):
    """A complete answer; `headers` lack only the ones that depend on the asking page."""

    status: int
    body: bytes
    headers: tuple[tuple[bytes, bytes], ...] = (_JSON,)


SUCCESS = Answer(200, b'{"success":true}')
# The smallest transparent GIF, 43 bytes.
PIXEL = Answer(
    200,
    bytes.fromhex("4749463839610100010080000000000000000021F90401000000002C00000000010001000002024401003B"),
    ((b"content-type", b"image/gif"), (b"cache-control", b"no-store, max-age=0")),
)


def refusal(error: BadRequest) -> Answer:
    """The answer that tells a client what is wrong."""
    body = msgspec.json.encode({"success": False, "code": error.code, "message": error.message})
    headers = tuple((name.encode(), value.encode()) for name, value in error.headers)
    return Answer(error.status, body, (_JSON, *headers))


def document(body: bytes, content_type: str, *, seconds: int = 0, status: int = 200) -> Answer:
    """Something to read, which caches may keep for `seconds`. It varies with the origin that asks."""
    caching = f"public, max-age={seconds}" if seconds else "no-store"
    return Answer(status, body, ((b"content-type", content_type.encode()), (b"cache-control", caching.encode())))


def json_document(value: object, *, seconds: int = 0, status: int = 200) -> Answer:
    """`value` as JSON."""
    return document(msgspec.json.encode(value), "application/json", seconds=seconds, status=status)


def preflight(origin: bytes, requested_headers: bytes) -> tuple[int, Headers]:
    """What a browser asks before a request that is not simple: allowed, whatever headers it will send."""
    asked = _REFLECTABLE.fullmatch(requested_headers)
    allowed = requested_headers if asked else b"authorization, content-type, x-retry-count, x-write-key"
    return 204, [
        *cors(origin),
        (b"access-control-allow-methods", b"GET, POST, OPTIONS"),
        (b"access-control-allow-headers", allowed),
        (b"access-control-max-age", PREFLIGHT_SECONDS),
    ]


@lru_cache(maxsize=1024)
def cors(origin: bytes) -> tuple[tuple[bytes, bytes], ...]:
    """The headers that let a page of `origin` read an answer; credentials need the exact origin, not `*`."""
    if not _REFLECTABLE.fullmatch(origin):
        return ()
    return (
        (b"access-control-allow-origin", origin),
        (b"vary", b"Origin"),
        (b"access-control-allow-credentials", b"true"),
        (b"access-control-expose-headers", b"Retry-After, X-RateLimit-Reset"),
    )


@lru_cache(maxsize=1024)
def complete(answer: Answer, origin: bytes) -> Headers:
    """All headers of `answer` for a page of `origin`, ready to send."""
    length = () if answer.status == 304 else ((b"content-length", str(len(answer.body)).encode()),)
    return [*answer.headers, *length, *(cors(origin) or _ANY_ORIGIN)]


# Without an Origin the answer may still be kept by a cache that a page of some origin asks later.
_ANY_ORIGIN = ((b"vary", b"Origin"),)
