"""SIGKILL in the middle of deciding and of deciding again: nothing lost, nothing doubled, the same bytes."""

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import msgspec
from tests.unit.process.small_engine import Engine, track

from trackyard.log.sqlite import SqliteLog
from trackyard.store.directory import DataDirectory
from trackyard.store.reprocess_jobs import ReprocessJobs
from trackyard.store.sqlite_state import SqliteState

KILLS = 4
RECORDS = 150
SCRIPT = """
import sys
from pathlib import Path
from trackyard.log.sqlite import SqliteLog
from trackyard.pipeline.process import engine, reprocess
from trackyard.store.directory import DataDirectory
from trackyard.store.reprocess_jobs import ReprocessJobs
from trackyard.store.revisions import Revisions
from trackyard.store.sqlite_state import SqliteState
engine.BATCH_BYTES_MAX = reprocess.BATCH_BYTES_MAX = 400
data = DataDirectory(Path(sys.argv[1]))
state = SqliteState(data.state, writer=True)
log = SqliteLog(data.received, writer=False)
running = engine.Processor(log, state, Revisions(data.revisions), ReprocessJobs(data.reprocess))
while running.step() or running.reprocess_step():
    pass
"""


def test_sigkill_neither_loses_nor_doubles_an_event(tmp_path: Path) -> None:
    data = DataDirectory(tmp_path)
    engine = Engine(tmp_path, state=SqliteState(data.state, writer=True))
    engine.log = SqliteLog(data.received, writer=True)
    for number in range(RECORDS):
        engine.receive(track(number), track(number - 1))  # the second one is a duplicate, but for the first
    ReprocessJobs(data.reprocess).add(1, RECORDS, "", who="test", why="", at=0)
    engine.state.close()
    reader = SqliteState(data.state, writer=False)
    rng = random.Random(7)

    goals = sorted(rng.sample(range(2 * RECORDS), KILLS))
    for goal in [*goals, None]:
        run_until(reader, tmp_path, goal)

    decided = [(header, body) for chunk in reader.events.read(0, 10_000) for _, header, body in chunk]
    first = [(header.message_id, body) for header, body in decided if not header.version]
    again = [(header.message_id, body) for header, body in decided if header.version]
    expected = [f"m-{number}" for number in [0, -1, *range(1, RECORDS)]]
    assert [message_id for message_id, _ in first] == expected
    assert again == first
    assert all(msgspec.json.decode(body)["messageId"] == message_id for message_id, body in first)
    counts = {what: count for _, _, _, what, count in reader.counts_since(0)}
    assert (counts["raw"], counts["decided"], counts["duplicate"]) == (2 * RECORDS, RECORDS + 1, RECORDS - 1)
    assert counts["reprocessed"] == RECORDS + 1


def run_until(reader: SqliteState, directory: Path, goal: int | None) -> None:
    """Run an engine until it has decided `goal` records, first or again, then kill it; None: until it is done."""
    process = subprocess.Popen([sys.executable, "-c", SCRIPT, str(directory)], stdout=subprocess.DEVNULL)
    while process.poll() is None and (goal is None or progress(reader) < goal):
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.wait()
    if goal is None:
        assert process.returncode == 0


def progress(reader: SqliteState) -> int:
    return reader.position() + reader.mark("reprocess:1")
