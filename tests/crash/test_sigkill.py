"""Kill any process at any moment: nothing acknowledged is lost or decided twice, repeats stay within bounds."""

import os
import random
import socket
import time
from pathlib import Path

import pytest

from tests.crash.clients import Sender, Sink
from tests.crash.engine import ROLES, Engine, running, wait_until
from trackyard.store.directory import DataDirectory
from trackyard.store.sqlite_state import SqliteState

KILLS = int(os.environ.get("TRACKYARD_KILLS", "25"))
SEED = int(os.environ.get("TRACKYARD_KILLS_SEED", "1"))
CONCURRENCY, BATCH_ROWS = 4, 50
WRITE_KEY = "crash-test-key"
CONNECTIONS = ("first", "second")

WORKSPACE = {
    "trackyard.yaml": """
name: Crash test
consent:
  categories:
    Advertising: [ads_storage]
    Functional: [functional]
allowed_private_hosts: ["127.0.0.1"]
""",
    "sources/web.yaml": f"""
kind: server
name: Web
write_keys:
  production: [{WRITE_KEY}]
no_decision:
  default: []
""",
}
CONNECTION = """
destination: webhook
purposes: [functional]
concurrency: {concurrency}
batch_rows: {rows}
settings: {{}}
subscriptions:
  - action: send
    trigger: type = "track"
    mapping:
      url: {url}
      data: {{"@path": "$."}}
      enable_batching: true
"""


@pytest.fixture
def sink():
    sink = Sink()
    yield sink
    sink.close()


@pytest.fixture
def workspace(tmp_path: Path, sink: Sink) -> Path:
    for name, text in WORKSPACE.items():
        _write(tmp_path / "workspace" / name, text)
    for connection in CONNECTIONS:
        url = f"http://127.0.0.1:{sink.port}/{connection}"
        text = CONNECTION.format(concurrency=CONCURRENCY, rows=BATCH_ROWS, url=url)
        _write(tmp_path / "workspace" / "destinations" / f"{connection}.yaml", text)
    return tmp_path / "workspace"


def test_no_acknowledged_event_is_lost_or_doubled_by_sigkill(tmp_path: Path, workspace: Path, sink: Sink) -> None:
    rng = random.Random(SEED)
    data = tmp_path / "data"
    engine = Engine(workspace, data, _free_port(), tmp_path / "engine.log")
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


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
