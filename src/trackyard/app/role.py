"""What every role does: say how it is, stop when told, wait for a predecessor to let go."""

import asyncio
import contextlib
import gc
import importlib
import signal
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from trackyard.control.status import StatusFile
from trackyard.control.supervisor import when_supervisor_is_gone
from trackyard.model.errors import Held
from trackyard.pipeline.collect.listening import listen
from trackyard.pipeline.collect.settings import CollectSettings
from trackyard.store.directory import DataDirectory

T = TypeVar("T")

TAKE_OVER_SECONDS = 25.0  # a predecessor that lost its supervisor finishes what it holds and then lets go
STATUS_SECONDS = 1.0
GARBAGE_OBJECTS = 50_000  # events come and go by the thousand without cycles; looking each 700 cost a fifth of the time


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where to listen, and the descriptors that a supervisor hands its children."""

    host: str
    port: int
    listen_fd: int | None = None
    lifeline_fd: int | None = None


class Surroundings(msgspec.Struct, frozen=True, kw_only=True):
    """What a role is given: where everything lies, how it is reached, when to stop, where to say how it is."""

    directory: DataDirectory
    place: Place
    settings: CollectSettings
    stop: threading.Event
    status: StatusFile
    rehearse_at: str = ""  # the sandbox that deliveries go to instead of to their destinations


def run_role(role: str, data: Path, place: Place, settings: CollectSettings, rehearse_at: str = "") -> None:
    """Run one role until SIGTERM or SIGINT, or until its supervisor is gone."""
    directory = DataDirectory(data)
    directory.run.mkdir(parents=True, exist_ok=True)
    directory.metrics.mkdir(exist_ok=True)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    if place.lifeline_fd is not None:
        when_supervisor_is_gone(place.lifeline_fd, stop.set)
    status = StatusFile(directory.run, role)
    module = importlib.import_module(f"trackyard.app.{role}")
    gc.freeze()  # what is there now stays
    gc.set_threshold(GARBAGE_OBJECTS, 20, 50)
    around = Surroundings(
        directory=directory, place=place, settings=settings, stop=stop, status=status, rehearse_at=rehearse_at
    )
    module.run(around)
    status.clear()


def patiently(opened: Callable[[], T]) -> T:
    """What `opened` returns, waiting while a predecessor that is about to end still holds it."""
    deadline = time.monotonic() + TAKE_OVER_SECONDS
    while True:
        try:
            return opened()
        except Held:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def report(around: Surroundings, look: Callable[[], tuple[str, dict[str, Any]]]) -> None:
    """Write the status now and about every second until `stop`."""
    around.status.write(*look())

    def keep_reporting() -> None:
        while not around.stop.wait(STATUS_SECONDS):
            with contextlib.suppress(OSError):  # a full disk: what was written before grows old, and says so
                around.status.write(*look())

    threading.Thread(target=keep_reporting, name="status", daemon=True).start()


def as_asyncio(stop: threading.Event) -> asyncio.Event:
    """An asyncio event that is set when `stop` is."""
    loop = asyncio.get_running_loop()
    event = asyncio.Event()

    def wait() -> None:
        stop.wait()
        loop.call_soon_threadsafe(event.set)

    threading.Thread(target=wait, name="stop", daemon=True).start()
    return event


def listen_at(place: Place) -> socket.socket:
    """The listening socket. Raises `Held` where the port is taken."""
    try:
        return listen(place.host, place.port)
    except OSError as error:
        raise Held(f"cannot listen on {place.host}:{place.port}: {error.strerror}; choose another --port") from error
