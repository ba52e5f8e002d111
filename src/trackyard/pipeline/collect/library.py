"""Serving analytics.js from an npm copy that the operator has installed: nothing vendored, nothing from a CDN."""

import gzip
import hashlib
from functools import lru_cache
from pathlib import Path

import msgspec

from trackyard.model.errors import BadRequest
from trackyard.pipeline.collect.answers import Answer

LIBRARY_SECONDS = 300  # an upgrade reaches pages this fast
CHUNK_SECONDS = 31_536_000  # chunks have a hash in their names
_PACKAGE = "@segment/analytics-next"
_MAIN = "standalone.js"
_KEY_LITERAL = b'"__WRITE_KEY__"'
# Where the library reports and loads from when it finds no other address (a page over http, a failed start): never out.
_API_LITERAL = b'"api.segment.io/v1"'
_CDN_LITERAL = b'"https://cdn.segment.com'
_CACHED_LIBRARIES_MAX = 64


class Library:
    """The files of `dist/umd` below an installed package; read once, so that the main file and its chunks agree."""

    def __init__(self, directory: Path | None) -> None:
        self._directory = directory
        self._files = _scripts(directory) if directory else {}
        self._main_for = lru_cache(_CACHED_LIBRARIES_MAX)(self._written_for)
        self._chunk = lru_cache(_CACHED_LIBRARIES_MAX)(self._encoded_chunk)

    def main(self, write_key: str, scheme: str, host: str, headers: dict[bytes, bytes]) -> Answer:
        """The library itself, made to send with `write_key` to `host` and to load everything from there."""
        if _MAIN not in self._files:
            raise self._missing(_MAIN)
        return _answer(self._main_for(write_key, scheme, host), headers, LIBRARY_SECONDS)

    def chunk(self, name: str, headers: dict[bytes, bytes]) -> Answer:
        """A part that the library loads when it needs it."""
        if name not in self._files:
            raise self._missing(name)
        return _answer(self._chunk(name), headers, CHUNK_SECONDS)

    def _written_for(self, write_key: str, scheme: str, host: str) -> "_Script":
        text = self._files[_MAIN]
        text = text.replace(_KEY_LITERAL, msgspec.json.encode(write_key))
        text = text.replace(_API_LITERAL, msgspec.json.encode(f"{host}/v1"))
        return _script(text.replace(_CDN_LITERAL, b'"' + f"{scheme}://{host}".encode()))

    def _encoded_chunk(self, name: str) -> "_Script":
        return _script(self._files[name])

    def _missing(self, name: str) -> BadRequest:
        where = f"not in {self._directory.name}" if self._directory else "not served: no library is installed"
        return BadRequest(
            404, "library_missing", f"{name} is {where}; run `npm install {_PACKAGE}` and set the library directory"
        )


class _Script(msgspec.Struct, frozen=True):
    text: bytes
    compressed: bytes
    tag: bytes


def _script(text: bytes) -> _Script:
    tag = b'"' + hashlib.sha256(text).hexdigest()[:32].encode() + b'"'
    return _Script(text, gzip.compress(text, 6, mtime=0), tag)


def _answer(script: _Script, headers: dict[bytes, bytes], seconds: int) -> Answer:
    caching = b"public, max-age=%d%s" % (seconds, b", immutable" if seconds == CHUNK_SECONDS else b"")
    lines = [(b"etag", script.tag), (b"cache-control", caching), (b"vary", b"Accept-Encoding")]
    if script.tag in headers.get(b"if-none-match", b""):
        return Answer(304, b"", tuple(lines))
    lines.append((b"content-type", b"application/javascript; charset=utf-8"))
    if b"gzip" in headers.get(b"accept-encoding", b""):
        return Answer(200, script.compressed, (*lines, (b"content-encoding", b"gzip")))
    return Answer(200, script.text, tuple(lines))


def _scripts(directory: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (directory / "dist" / "umd").glob("*.js")}
