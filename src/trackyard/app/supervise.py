"""`trackyard up`: take the data directory, apply the workspace, open the door, keep every role running."""

import getpass
import os
import shutil
import signal
import sys
import threading
import time
from pathlib import Path

import structlog
from prometheus_client import multiprocess

from trackyard.app.role import Place, listen_at, patiently
from trackyard.control.status import StatusFile
from trackyard.control.supervisor import Child, Lifeline, Supervisor
from trackyard.control.workspace.adopt import adopt
from trackyard.control.workspace.apply import Note
from trackyard.log.sqlite import SqliteLog
from trackyard.model.errors import StorageError
from trackyard.store.agreement import check_agreement
from trackyard.store.deliveries_sqlite import SqliteDeliveries
from trackyard.store.directory import DataDirectory
from trackyard.store.lease import Lease
from trackyard.store.secrets import Secrets
from trackyard.store.sqlite_state import SqliteState

log = structlog.get_logger()

ROLES = ("collect", "process", "deliver")  # also the order in which they are stopped: the door first
CANNOT_RUN = frozenset({3})  # the exit code of a storage problem: starting again would not help


def run_all(workspace: Path, data: Path, place: Place, options: list[str]) -> None:
    """Run every role until SIGTERM or SIGINT. Prints `ready http://HOST:PORT` once events are accepted."""
    directory = DataDirectory(data)
    lease = Lease(directory.run / "up.lease")
    _adopt(workspace, directory)
    _prepare(directory)
    listening = patiently(lambda: listen_at(place))
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
    received = patiently(lambda: SqliteLog(directory.received, writer=True))
    state = patiently(lambda: SqliteState(directory.state, writer=True))
    try:
        lanes = _lane_positions(directory)
        check_agreement(received.bounds()[1], state.position(), state.events.bounds()[1], lanes)
    finally:
        received.close()
        state.close()


def _lane_positions(directory: DataDirectory) -> dict[str, int]:
    deliveries = patiently(lambda: SqliteDeliveries(directory.deliveries, writer=True))
    try:
        return {lane.connection: lane.position for lane in deliveries.lanes()}
    finally:
        deliveries.close()


def _announce(url: str, collect: Child, directory: DataDirectory) -> None:
    """Print the ready line once the supervised door has said that it accepts."""
    status = StatusFile(directory.run, "collect")
    while True:
        found = status.read()
        if found is not None and found.pid == collect.pid and found.state == "accepting":
            print(f"ready {url}", flush=True)
            return
        time.sleep(0.01)
