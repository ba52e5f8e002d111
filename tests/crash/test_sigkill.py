"""Kill any process at any moment: nothing acknowledged is lost or decided twice, repeats stay within bounds."""

import os
import random
import time
from pathlib import Path

import pytest

from tests.crash.clients import Sender, Sink
from tests.crash.engine import ROLES, Engine, free_port, running, wait_until
from tests.crash.workspace import BATCH_ROWS, CONCURRENCY, WRITE_KEY, write_workspace
from trackyard.store.directory import DataDirectory
from trackyard.store.sqlite_state import SqliteState

KILLS = int(os.environ.get("TRACKYARD_KILLS", "25"))
SEED = int(os.environ.get("TRACKYARD_KILLS_SEED", "1"))
CONNECTIONS = ("first", "second")


@pytest.fixture
def sink():
    sink = Sink()
    yield sink
    sink.close()


@pytest.fixture
def workspace(tmp_path: Path, sink: Sink) -> Path:
    return write_workspace(tmp_path / "workspace", sink.port, CONNECTIONS)


def test_no_acknowledged_event_is_lost_or_doubled_by_sigkill(tmp_path: Path, workspace: Path, sink: Sink) -> None:
    rng = random.Random(SEED)
    data = tmp_path / "data"
    engine = Engine(workspace, data, free_port(), tmp_path / "engine.log")
    with running(engine):
        senders = [Sender(int(engine.url.rsplit(":", 1)[1]), WRITE_KEY, f"client{i}", 0.01) for i in range(4)]
        for sender in senders:
            sender.start()
        for _ in range(KILLS):
            time.sleep(rng.uniform(0.05, 0.6))
            engine.kill(rng.choice((*ROLES, "supervisor")))
        for sender in senders:
            sender.finish()
        acked = [message_id for sender in senders for message_id in sender.acked]
        assert not [reason for sender in senders for reason in sender.refused]
        wait_until(lambda: _all_delivered(sink, acked), 60, f"all {len(acked)} acknowledged events at every sink")
    _check_events_log(data, acked)
    _check_rows(sink)


def _check_events_log(data: Path, acked: list[str]) -> None:
    state = SqliteState(DataDirectory(data).state, writer=False)
    decided: list[str] = []
    after = 0
    while chunks := state.events.read(after, 100):
        for chunk in chunks:
            decided += [event.message_id for offset, event, _ in chunk if offset > after]
        after = chunks[-1].last
    assert len(decided) == len(set(decided)), "an event was decided twice"
    assert set(acked) <= set(decided), "an acknowledged event is missing from the events log"


def _check_rows(sink: Sink) -> None:
    for connection in CONNECTIONS:
        rows = sink.rows[f"/{connection}"]
        different = [message_id for message_id, bodies in rows.items() if len(bodies) > 1]
        assert not different, f"rows sent again with another body: {different[:3]}"
        repeats = sum(sum(bodies.values()) - 1 for bodies in rows.values())
        print(f"{connection}: {len(rows)} rows, {repeats} repeated after {KILLS} kills")
        assert repeats <= KILLS * CONCURRENCY * BATCH_ROWS


def _all_delivered(sink: Sink, acked: list[str]) -> bool:
    return all(set(acked) <= sink.rows[f"/{connection}"].keys() for connection in CONNECTIONS)
