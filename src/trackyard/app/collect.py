"""The collect role: HTTP in, durable, 200. The one writer of the received log."""

import asyncio
import secrets
import socket

import msgspec
import uvloop
from prometheus_client import CONTENT_TYPE_LATEST

from trackyard.app.role import Surroundings, as_asyncio, listen_at, patiently, report
from trackyard.control import health
from trackyard.log.doorbell import Doorbell
from trackyard.log.sqlite import SqliteLog
from trackyard.pipeline.collect.answers import Answer, document
from trackyard.pipeline.collect.server import serve
from trackyard.store.directory import DataDirectory
from trackyard.store.revisions import Revisions
from trackyard.store.space import DiskSpace
from trackyard.store.sqlite_state import SqliteState


def run(around: Surroundings) -> None:
    """Serve until told to stop."""
    uvloop.run(_serve(around))


async def _serve(around: Surroundings) -> None:
    directory, place, settings = around.directory, around.place, around.settings
    listening = socket.socket(fileno=place.listen_fd) if place.listen_fd is not None else listen_at(place)
    received = await asyncio.to_thread(patiently, lambda: SqliteLog(directory.received, writer=True))
    settings = msgspec.structs.replace(settings, token_secret=_token_secret(directory))
    pages = {
        "/health": lambda: asyncio.to_thread(_health_answer, directory),
        "/metrics": lambda: asyncio.to_thread(_metrics_answer, directory),
    }

    def ready() -> None:
        report(around, lambda: _state(space))
        if place.listen_fd is None:
            print(f"ready http://{place.host}:{listening.getsockname()[1]}", flush=True)

    space = DiskSpace(directory.root)
    doorbell = Doorbell(directory.doorbell("process"))
    ended = as_asyncio(around.stop)
    await serve(
        [listening], received, Revisions(directory.revisions), settings,
        stop=ended, ready=ready, doorbell=doorbell, pages=pages,
        space=space, decided=lambda: _decided(directory),
    )  # fmt: skip
    received.close()


def _state(space: DiskSpace) -> tuple[str, dict[str, str]]:
    """What the door says of itself: whether events are accepted, and if not, why."""
    refusal = space.refusal()
    return ("refusing", {"reason": refusal}) if refusal else ("accepting", {})


def _decided(directory: DataDirectory) -> int:
    """How far process has read; 0 where it never ran."""
    if not directory.state.exists():
        return 0
    state = SqliteState(directory.state, writer=False)
    try:
        return state.position()
    finally:
        state.close()


def _health_answer(directory: DataDirectory) -> Answer:
    status, body = health.health_page(directory)
    return document(body, "application/json", status=status)


def _metrics_answer(directory: DataDirectory) -> Answer:
    return document(health.metrics_page(directory), CONTENT_TYPE_LATEST)


def _token_secret(directory: DataDirectory) -> bytes:
    """The key that signs OAuth access tokens: made once, kept in the data directory, readable by its owner only."""
    path = directory.token_key
    if not path.exists():
        fresh = path.with_suffix(".new")
        fresh.touch(mode=0o600)
        fresh.write_bytes(secrets.token_bytes(32))
        fresh.replace(path)
    return path.read_bytes()
