"""An export taken while events pour in: all that was acknowledged before it is in it, and it starts as a server."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.crash.clients import Sender, Sink
from tests.crash.engine import Engine, free_port, running, wait_until
from tests.crash.workspace import WRITE_KEY, write_workspace
from trackyard.store.directory import DataDirectory
from trackyard.store.sqlite_state import SqliteState


@pytest.fixture
def sink() -> Iterator[Sink]:
    sink = Sink()
    yield sink
    sink.close()


def test_export_of_a_running_engine_holds_what_was_acknowledged_and_runs_elsewhere(tmp_path: Path, sink: Sink) -> None:
    workspace = write_workspace(tmp_path / "workspace", sink.port, ["hook"])
    port = free_port()
    with running(Engine(workspace, tmp_path / "data", port, tmp_path / "engine.log")):
        sender = Sender(port, WRITE_KEY, "steady", 0.02)
        sender.start()
        wait_until(lambda: len(sender.acked) > 200, 30, "some events acknowledged")
        before = set(sender.acked)
        trackyard("export", tmp_path / "all.tar", "--workspace", workspace, "--data", tmp_path / "data")
        assert len(sender.acked) > len(before), "the door stood still during the export"
        sender.finish()
        wait_until(lambda: len(sink.events) >= len(sender.acked), 30, "the first engine's deliveries")
    workspace, data = tmp_path / "workspace2", tmp_path / "data2"
    trackyard("restore", tmp_path / "all.tar", "--workspace", workspace, "--data", data)
    with running(Engine(workspace, data, free_port(), tmp_path / "engine2.log")):
        wait_until(lambda: decided(data) >= before, 20, "all of them decided by the second engine")
    assert decided(data) <= set(sender.acked)


def trackyard(*arguments: str | Path) -> None:
    done = subprocess.run([sys.executable, "-m", "trackyard", *arguments], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def decided(data: Path) -> set[str]:
    """The message ids in the events log."""
    state = SqliteState(DataDirectory(data).state, writer=False)
    try:
        return {event.message_id for chunk in state.events.read(0, 10_000) for event in chunk.events}
    finally:
        state.close()
