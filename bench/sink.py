"""A receiving server for benchmarks: answers 200 at once, counts rows and how long each took since it was sent.

Run as a process of its own: `python -m bench.sink PORT`; `GET /stats` gives the counts, `POST /reset` clears them.
"""

import asyncio
import re
import sys
import time
from array import array
from typing import cast

import msgspec
import uvloop

SENT = re.compile(rb'"sent_ns":(\d+)')
OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"


class Counts:
    """Rows and requests by path, and the delay of each row in microseconds."""

    def __init__(self) -> None:
        self.rows: dict[str, int] = {}
        self.requests: dict[str, int] = {}
        self.delays: dict[str, array[int]] = {}

    def take(self, path: str, body: bytes) -> None:
        now = time.time_ns()
        sent = SENT.findall(body)
        self.rows[path] = self.rows.get(path, 0) + len(sent)
        self.requests[path] = self.requests.get(path, 0) + 1
        self.delays.setdefault(path, array("q")).extend([(now - int(at)) // 1000 for at in sent])

    def stats(self) -> bytes:
        percentiles = {path: _percentiles(delays) for path, delays in self.delays.items()}
        return msgspec.json.encode({"rows": self.rows, "requests": self.requests, "delay_seconds": percentiles})


def _percentiles(delays: "array[int]") -> dict[str, float]:
    ordered = sorted(delays)
    return {
        f"p{share}": ordered[min(len(ordered) - 1, len(ordered) * share // 100)] / 1e6 for share in (50, 95, 99)
    } | {"max": ordered[-1] / 1e6}


class Protocol(asyncio.Protocol):
    """HTTP/1.1 with keep-alive and Content-Length: all that a benchmark needs."""

    def __init__(self, counts: Counts) -> None:
        self._counts = counts
        self._buffer = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's transports do not inherit from asyncio's

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = bytes(self._buffer[:end])
            lower = head.lower()
            at = lower.find(b"content-length:")
            length = int(lower[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
            if len(self._buffer) < end + 4 + length:
                return
            body = bytes(self._buffer[end + 4 : end + 4 + length])
            del self._buffer[: end + 4 + length]
            self._answer(head, body)

    def _answer(self, head: bytes, body: bytes) -> None:
        _method, path, _ = head.split(b"\r\n", 1)[0].decode().split(" ", 2)
        if path == "/stats":
            text = self._counts.stats()
            self._transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(text), text))
            return
        if path == "/reset":
            self._counts.__init__()  # type: ignore[misc]
        else:
            self._counts.take(path, body)
        self._transport.write(OK)


async def main(port: int) -> None:
    counts = Counts()
    server = await asyncio.get_running_loop().create_server(lambda: Protocol(counts), "127.0.0.1", port)
    print(f"sink {port}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1])))
