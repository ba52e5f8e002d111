"""The composition root: the only module that knows every room.

`run_all` is `trackyard up`: it takes the data directory, applies the workspace, opens the door's socket and supervises
one process per role. `run_role` is one of those processes; each opens only its own files for writing.
"""

import asyncio
import gc
import getpass
import os
import secrets
import shutil
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import structlog
import uvloop
from prometheus_client import CONTENT_TYPE_LATEST, multiprocess

from trackyard.control import health
from trackyard.control.status import StatusFile
from trackyard.control.supervisor import Child, Lifeline, Supervisor, when_supervisor_is_gone
from trackyard.control.workspace.adopt import adopt
from trackyard.control.workspace.apply import Note
from trackyard.destinations import catalogue
from trackyard.log.doorbell import Doorbell, Listener
from trackyard.log.sqlite import SqliteLog
from trackyard.model.errors import Held, StorageError
from trackyard.pipeline.collect.answers import Answer, document
from trackyard.pipeline.collect.server import listen, serve
from trackyard.pipeline.collect.settings import CollectSettings
from trackyard.pipeline.deliver.engine import Deliverer
from trackyard.pipeline.deliver.ledger import SegmentLedger
from trackyard.pipeline.deliver.shadow import ShadowFiles
from trackyard.pipeline.deliver.transport import HttpTransport
from trackyard.pipeline.process.engine import Processor
from trackyard.store.agreement import check_agreement
from trackyard.store.deliveries_sqlite import SqliteDeliveries
from trackyard.store.directory import DataDirectory
from trackyard.store.inbox import Inbox
from trackyard.store.lease import Lease
from trackyard.store.reprocess_jobs import ReprocessJobs
from trackyard.store.revisions import Revisions
from trackyard.store.secrets import Secrets
from trackyard.store.space import DiskSpace
from trackyard.store.sqlite_state import SqliteState

log = structlog.get_logger()
T = TypeVar("T")

ROLES = ("collect", "process", "deliver")  # also the order in which they are stopped: the door first
CANNOT_RUN = frozenset({3})  # the exit code of a storage problem: starting again would not help
TAKE_OVER_SECONDS = 25.0  # a predecessor that lost its supervisor finishes what it holds and then lets go
STATUS_SECONDS = 1.0
GARBAGE_OBJECTS = 50_000  # events come and go by the thousand without cycles; looking each 700 cost a fifth of the time


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where to listen, and the descriptors that a supervisor hands its children."""

    host: str
    port: int
    listen_fd: int | None = None
    lifeline_fd: int | None = None


def run_all(workspace: Path, data: Path, place: Place, options: list[str]) -> None:
    """Run every role until SIGTERM or SIGINT. Prints `ready http://HOST:PORT` once events are accepted."""
    directory = DataDirectory(data)
    lease = Lease(directory.run / "up.lease")
    _adopt(workspace, directory)
    _prepare(directory)
    listening = _patiently(lambda: _listen(place))
    lifeline = Lifeline()
    fds = (listening.fileno(), lifeline.read_fd)
    command = [sys.executable, "-m", "trackyard", "up", "--data", str(directory.root), *options]
    command += ["--listen-fd", str(fds[0]), "--lifeline-fd", str(fds[1]), "--role"]
    children = [Child(role, [*command, role], os.environ, fds) for role in ROLES]
    supervisor = Supervisor(children, on_exit=multiprocess.mark_process_dead)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: supervisor.stop())
    url = f"http://{place.host}:{listening.getsockname()[1]}"
    threading.Thread(target=_announce, args=(url, children[0], directory), daemon=True).start()
    try:
        supervisor.run(CANNOT_RUN)
    finally:
        lifeline.close()
        listening.close()
        lease.close()
    if supervisor.failure:
        raise StorageError(supervisor.failure)


def run_role(role: str, data: Path, place: Place, settings: CollectSettings) -> None:
    """Run one role until SIGTERM or SIGINT, or until its supervisor is gone."""
    directory = DataDirectory(data)
    directory.run.mkdir(parents=True, exist_ok=True)
    directory.metrics.mkdir(exist_ok=True)
    status = StatusFile(directory.run, role)
    gc.freeze()  # what is there now stays
    gc.set_threshold(GARBAGE_OBJECTS, 20, 50)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    if place.lifeline_fd is not None:
        when_supervisor_is_gone(place.lifeline_fd, stop.set)
    if role == "collect":
        uvloop.run(_collect(directory, place, settings, status, stop))
    elif role == "process":
        _process(directory, status, stop)
    else:
        uvloop.run(_deliver(directory, status, stop))
    status.clear()


async def _collect(
    directory: DataDirectory, place: Place, settings: CollectSettings, status: StatusFile, stop: threading.Event
) -> None:
    listening = socket.socket(fileno=place.listen_fd) if place.listen_fd is not None else _listen(place)
    received = await asyncio.to_thread(_patiently, lambda: SqliteLog(directory.received, writer=True))
    settings = msgspec.structs.replace(settings, token_secret=_token_secret(directory))
    pages = {
        "/health": lambda: asyncio.to_thread(_health_answer, directory),
        "/metrics": lambda: asyncio.to_thread(_metrics_answer, directory),
    }

    def ready() -> None:
        _report(status, lambda: ("accepting", {}), stop)
        if place.listen_fd is None:
            print(f"ready http://{place.host}:{listening.getsockname()[1]}", flush=True)

    doorbell = Doorbell(directory.doorbell("process"))
    ended = _as_asyncio(stop)
    await serve(
        [listening], received, Revisions(directory.revisions), settings,
        stop=ended, ready=ready, doorbell=doorbell, pages=pages,
        space=DiskSpace(directory.root), decided=lambda: _decided(directory),
    )  # fmt: skip
    received.close()


def _decided(directory: DataDirectory) -> int:
    """How far process has read; 0 where it never ran."""
    if not directory.state.exists():
        return 0
    state = SqliteState(directory.state, writer=False)
    try:
        return state.position()
    finally:
        state.close()


def _process(directory: DataDirectory, status: StatusFile, stop: threading.Event) -> None:
    state = _patiently(lambda: SqliteState(directory.state, writer=True))
    received = _patiently(lambda: SqliteLog(directory.received, writer=False))
    listener = Listener(directory.doorbell("process"))
    doorbell = Doorbell(directory.doorbell("deliver"))
    processor = Processor(received, state, Revisions(directory.revisions), ReprocessJobs(directory.reprocess))
    _report(status, lambda: ("deciding", processor.facts()), stop)
    processor.run(stop, listener, doorbell.ring)
    listener.close()
    received.close()
    state.close()


async def _deliver(directory: DataDirectory, status: StatusFile, stop: threading.Event) -> None:
    deliveries = await asyncio.to_thread(_patiently, lambda: SqliteDeliveries(directory.deliveries, writer=True))
    events = await asyncio.to_thread(_patiently, lambda: SqliteState(directory.state, writer=False))
    listener = Listener(directory.doorbell("deliver"))
    deliverer = Deliverer(
        events.events,
        deliveries,
        SegmentLedger(directory.ledger),
        Revisions(directory.revisions),
        catalogue(),
        HttpTransport(),
        ShadowFiles(directory.shadow),
        Secrets(directory.secrets, os.environ),
        inbox=Inbox(directory.inbox("deliver")),
    )
    _report(status, lambda: ("delivering", {"lanes": _lanes(deliverer)}), stop)
    await deliverer.run(_as_asyncio(stop), listener)
    listener.close()
    events.close()
    deliveries.close()


def _lanes(deliverer: Deliverer) -> list[dict[str, Any]]:
    """Each lane in a few words."""
    return [
        {
            "connection": name,
            "position": lane.books.position,
            "state": lane.breaker.state,
            "reason": lane.breaker.reason,
        }
        for name, lane in deliverer.lanes.items()
    ]


def _adopt(workspace: Path, directory: DataDirectory) -> None:
    note = Note(who=getpass.getuser(), at=time.time_ns() // 1_000_000, why="server start")
    revision, problems = adopt(workspace, directory, Secrets(directory.secrets, os.environ), note)
    if problems is not None:
        log.error("workspace_not_applied", running_revision=revision.number, problems=str(problems))


def _prepare(directory: DataDirectory) -> None:
    """Make the files that one role writes and others read, and find damage before anything is accepted."""
    shutil.rmtree(directory.metrics, ignore_errors=True)
    for role in ROLES:
        StatusFile(directory.run, role).clear()
    received = _patiently(lambda: SqliteLog(directory.received, writer=True))
    state = _patiently(lambda: SqliteState(directory.state, writer=True))
    try:
        lanes = _lane_positions(directory)
        check_agreement(received.bounds()[1], state.position(), state.events.bounds()[1], lanes)
    finally:
        received.close()
        state.close()


def _lane_positions(directory: DataDirectory) -> dict[str, int]:
    deliveries = _patiently(lambda: SqliteDeliveries(directory.deliveries, writer=True))
    try:
        return {lane.connection: lane.position for lane in deliveries.lanes()}
    finally:
        deliveries.close()


def _listen(place: Place) -> socket.socket:
    try:
        return listen(place.host, place.port)
    except OSError as error:
        raise Held(f"cannot listen on {place.host}:{place.port}: {error.strerror}; choose another --port") from error


def _patiently(opened: Callable[[], T]) -> T:
    """What `opened` returns, waiting while a predecessor that is about to end still holds it."""
    deadline = time.monotonic() + TAKE_OVER_SECONDS
    while True:
        try:
            return opened()
        except Held:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def _announce(url: str, collect: Child, directory: DataDirectory) -> None:
    """Print the ready line once the supervised door has said that it accepts."""
    status = StatusFile(directory.run, "collect")
    while True:
        found = status.read()
        if found is not None and found.pid == collect.pid and found.state == "accepting":
            print(f"ready {url}", flush=True)
            return
        time.sleep(0.01)


def _report(status: StatusFile, look: Callable[[], tuple[str, dict[str, Any]]], stop: threading.Event) -> None:
    """Write the status now and about every second until `stop`."""
    status.write(*look())

    def keep_reporting() -> None:
        while not stop.wait(STATUS_SECONDS):
            status.write(*look())

    threading.Thread(target=keep_reporting, name="status", daemon=True).start()


def _as_asyncio(stop: threading.Event) -> asyncio.Event:
    """An asyncio event that is set when `stop` is."""
    loop = asyncio.get_running_loop()
    event = asyncio.Event()

    def wait() -> None:
        stop.wait()
        loop.call_soon_threadsafe(event.set)

    threading.Thread(target=wait, name="stop", daemon=True).start()
    return event


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
