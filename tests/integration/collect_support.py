"""A real server on a real socket, and a client that sends exactly the bytes it is told to."""

import asyncio
import contextlib
import socket
import threading
from collections.abc import Iterator, Mapping
from http.client import HTTPResponse
from pathlib import Path
from typing import Any

import msgspec
import uvloop

from trackyard.log.memory import MemoryLog
from trackyard.log.protocol import Log
from trackyard.model.event import Received
from trackyard.model.workspace import Revision, Source, Workspace
from trackyard.pipeline.collect.door import Page
from trackyard.pipeline.collect.listening import listen
from trackyard.pipeline.collect.server import serve
from trackyard.pipeline.collect.settings import CollectSettings
from trackyard.store.revisions import Revisions


class Reply(msgspec.Struct):
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return msgspec.json.decode(self.body)


class RunningDoor:
    def __init__(self, port: int, log: Log, revisions: Revisions) -> None:
        self.port, self.log, self.revisions = port, log, revisions

    def received(self, after: int = 0) -> list[Received]:
        records = self.log.read(after, 100_000)
        return [msgspec.msgpack.decode(record.data, type=Received) for record in records]

    def send(self, raw: bytes) -> Reply:
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as connection:
            connection.sendall(raw)
            return read_reply(connection, head=raw.startswith(b"HEAD"))

    def post(self, path: str, body: bytes, *headers: tuple[str, str]) -> Reply:
        return self.request("POST", path, body, *headers)

    def get(self, path: str, *headers: tuple[str, str]) -> Reply:
        return self.request("GET", path, b"", *headers)

    def request(self, method: str, path: str, body: bytes, *headers: tuple[str, str]) -> Reply:
        named = {name.lower() for name, _ in headers}
        lines = [f"{method} {path} HTTP/1.1"]
        if "host" not in named:
            lines.append("Host: door.example.test")
        lines += [f"{name}: {value}" for name, value in headers]
        if body and "content-length" not in named and "transfer-encoding" not in named:
            lines.append(f"Content-Length: {len(body)}")
        return self.send("\r\n".join([*lines, "", ""]).encode() + body)


def read_reply(connection: socket.socket, *, head: bool = False) -> Reply:
    response = HTTPResponse(connection, method="HEAD" if head else "GET")
    response.begin()
    return Reply(response.status, {name.lower(): value for name, value in response.getheaders()}, response.read())


def source(*keys: str, **settings: Any) -> Source:
    return Source(name="Shop", kind="website", write_keys={"production": list(keys)}, no_decision={}, **settings)


def revision(number: int, **sources: Source) -> Revision:
    return Revision(number=number, workspace=Workspace(name="shop", sources=sources), who="a test", at=0, why="")


@contextlib.contextmanager
def running_door(
    root: Path,
    first: Revision,
    *,
    log: Log | None = None,
    settings: CollectSettings | None = None,
    pages: Mapping[str, Page] | None = None,
) -> Iterator[RunningDoor]:
    """A server in a thread, accepting events; stopped and drained on leaving."""
    revisions = Revisions(root / "revisions")
    revisions.put(first)
    events = log if log is not None else MemoryLog()
    sock = listen("127.0.0.1", 0)
    port = sock.getsockname()[1]
    ready, control = threading.Event(), {}

    async def main() -> None:
        control["stop"], control["loop"] = asyncio.Event(), asyncio.get_running_loop()
        await serve(
            [sock],
            events,
            revisions,
            settings or CollectSettings(),
            stop=control["stop"],
            ready=ready.set,
            pages=pages,
        )

    thread = threading.Thread(target=lambda: uvloop.run(main()))
    thread.start()
    assert ready.wait(10)
    try:
        yield RunningDoor(port, events, revisions)
    finally:
        control["loop"].call_soon_threadsafe(control["stop"].set)
        thread.join(20)
        assert not thread.is_alive()
