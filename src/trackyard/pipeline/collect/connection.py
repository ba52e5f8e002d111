"""One HTTP connection, bounded: in headers, in time, in number. What uvicorn leaves open to slow or greedy clients."""

import asyncio
import re
from collections.abc import MutableMapping
from typing import Any

import msgspec
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from trackyard.pipeline.collect.body import BODY_BYTES_MAX

HEAD_BYTES_MAX = 64 << 10  # request line (a pixel's data is in it) and headers
REQUEST_BYTES_MAX = 2 * BODY_BYTES_MAX  # on the wire
HEAD_SECONDS = 10.0
BODY_SECONDS = 60.0
_NEVER = float("inf")


class _Ignored(list[tuple[bytes, bytes]]):
    """Headers that nobody will read."""

    def append(self, header: tuple[bytes, bytes]) -> None:
        pass


class Exchange(RequestResponseCycle):
    """A request and its answer. The answer comes whole, so it is written at once: 8 µs less than in two messages."""

    _head: MutableMapping[str, Any]

    async def send(self, message: MutableMapping[str, Any]) -> None:  # type: ignore[override]
        if message["type"] == "http.response.start":
            self._head = message
            return
        if self.flow.write_paused and not self.disconnected:
            await self.flow.drain()
        if self.transport.is_closing():
            self.disconnected = True  # uvloop raises for a write, uvicorn logs an answer that was not given
        if self.disconnected:
            return
        lines = [STATUS_LINE[self._head["status"]]]
        for name, value in (*self.default_headers, *self._head["headers"]):
            lines += (name, b": ", value, b"\r\n")
        lines.append(b"\r\n" if self.keep_alive else b"connection: close\r\n\r\n")
        if self.scope["method"] != "HEAD":
            lines.append(message["body"])
        self.response_started = self.response_complete = True
        self.transport.write(b"".join(lines))
        self.message_event.set()
        if not self.keep_alive:
            self.transport.close()
        self.on_response()


class Connection(HttpToolsProtocol):
    """Closes what does not get on: `close_if_late` is asked by the server every second."""

    _bytes = 0  # of the request that is arriving
    _begun = 0  # requests that began in the piece that has just come
    _deadline = _NEVER
    _in_head = True

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._deadline = self.loop.time() + HEAD_SECONDS
        if len(self.connections) > self.config.connections_max:  # type: ignore[attr-defined]
            self._refuse(503, "overloaded", "too many connections; try again")

    def data_received(self, data: bytes) -> None:
        self._begun = 0
        heads_expected = self._in_head or self._deadline == _NEVER
        super().data_received(_without_upgrade(data) if heads_expected and b"h2c" in data else data)
        if self._begun <= 1:  # else most of `data` was earlier requests of a client that waits for no answer
            self._bytes += len(data)
        if self._bytes > HEAD_BYTES_MAX and not self.transport.is_closing():
            self._cut()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head, self._bytes = True, 0
        self._begun += 1
        self._deadline = self.loop.time() + HEAD_SECONDS

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._deadline = self.loop.time() + BODY_SECONDS
        super().on_headers_complete()
        self.cycle.__class__ = Exchange  # uvicorn names its own class; nothing has run in it yet
        self.headers = _Ignored()  # trailers after a chunked body would be kept without bound

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._deadline = _NEVER  # from here on it is our own turn; idle connections are uvicorn's keep-alive

    def close_if_late(self, now: float) -> None:
        """Close the connection if its client has taken too long over a head or a body."""
        if now > self._deadline and not self.transport.is_closing():
            self.transport.close()

    def _cut(self) -> None:
        """End a request that has become too large. A body too large has been refused long before, and was let drain."""
        if self._in_head:
            self._refuse(431, "headers_too_large", f"the headers are larger than {HEAD_BYTES_MAX} bytes")
        elif self._bytes > REQUEST_BYTES_MAX:
            self.transport.close()

    def send_400_response(self, msg: str) -> None:
        self._refuse(400, "bad_request", "this is not HTTP/1.1")

    def _refuse(self, status: int, code: str, message: str) -> None:
        body = msgspec.json.encode({"success": False, "code": code, "message": message})
        head = b"content-type: application/json\r\nconnection: close\r\ncontent-length: %d\r\n\r\n" % len(body)
        self.transport.write(STATUS_LINE[status] + head + body)
        self.transport.close()


# Java's own HTTP client offers HTTP/2 with every request to a plain http:// address. An offer may be ignored, but
# httptools takes a request that makes one to have no body.
_UPGRADE = re.compile(rb"(?i)(\r\n)upgrade(:[ \t]*h2c[ \t]*\r\n)")


def _without_upgrade(data: bytes) -> bytes:
    head, end, rest = data.partition(b"\r\n\r\n")
    return _UPGRADE.sub(rb"\1x-offer\2", head + b"\r\n")[:-2] + end + rest
