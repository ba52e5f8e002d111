"""Whatever the moment of a power cut: what was acked is there, in order, each batch whole or not at all."""

import contextlib
import random
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.crash.lossy_vfs import lossy_disk
from trackyard.log.sqlite import SqliteLog
from trackyard.model.errors import StorageError
from trackyard.model.event import Chunk, Decided
from trackyard.store.sqlite_state import SqliteState

AT = 1_760_000_000_000
Batch = list[bytes]


def batch(index: int, rng: random.Random) -> Batch:
    return [b"%d.%d " % (index, place) + rng.randbytes(rng.choice([10, 900, 5_000, 120_000])) for place in range(1, 4)]


def acked_before_the_cut(log: SqliteLog, batches: list[Batch]) -> int:
    """How many batches were acked before the power went."""
    for index, bodies in enumerate(batches):
        try:
            log.append(bodies, AT)
        except StorageError:
            return index
    return len(batches)


def closed(closing: Callable[[], None]) -> None:
    with contextlib.suppress(Exception):  # a process without power closes nothing
        closing()


def survivors(path: Path) -> list[bytes]:
    log = SqliteLog(path, writer=True)
    found: list[bytes] = []
    while records := log.read(len(found), 50):
        found += [record.data for record in records]
    log.close()
    return found


def run_until_cut(directory: Path, seed: int, cut_at: int, engine: type[SqliteLog] = SqliteLog) -> tuple[int, int]:
    """(acked, kept) batches of a run whose power went at operation `cut_at`; what is kept is whole and in order."""
    rng = random.Random(seed)
    batches = [batch(index, rng) for index in range(60)]
    SqliteLog(directory / "received.db", writer=True).close()
    acked = 0
    with lossy_disk(directory, rng, cut_at), contextlib.suppress(StorageError):
        log = engine(directory / "received.db", writer=True)
        acked = acked_before_the_cut(log, batches)
        closed(log.close)  # checkpoints everything, if there still is power
    found = survivors(directory / "received.db")
    kept = len(found) // 3
    assert found == [body for bodies in batches[:kept] for body in bodies]
    return acked, kept


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32), cut_at=st.integers(1, 4800))
def test_what_was_acked_survives_a_power_cut_at_any_operation(seed: int, cut_at: int) -> None:
    with tempfile.TemporaryDirectory() as directory:
        acked, kept = run_until_cut(Path(directory), seed, cut_at)
    assert acked <= kept <= acked + 1  # the one in flight may have made it


class NeverSynced(SqliteLog):
    """What this suite must not let pass."""

    def __init__(self, path: Path, *, writer: bool) -> None:
        super().__init__(path, writer=writer)
        self._connection.pragma("synchronous", "off")


def test_this_suite_finds_the_loss_of_an_engine_that_does_not_sync(tmp_path: Path) -> None:
    lost = 0
    for seed in range(6):
        directory = tmp_path / str(seed)
        directory.mkdir()
        try:
            acked, kept = run_until_cut(directory, seed, 100 + 50 * seed, NeverSynced)
            lost += acked - kept > 0
        except (StorageError, AssertionError):
            lost += 1
    assert lost >= 3


def chunk(first: int, number: int) -> Chunk:
    body = random.Random(number).randbytes(3_000)
    events = [Decided("track", f"{number}.{i}", "", "web", "production", "browser", AT, AT) for i in range(2)]
    return Chunk(first, number, AT, events, [body, body])


def decide(state: SqliteState, number: int) -> None:
    with state.transaction() as transaction:
        transaction.append_events(chunk(transaction.next_offset(), number))
        transaction.remember_ids(AT, b"%032d" % number)
        transaction.count(AT, [("web", "Order", "accepted", 2)])
        transaction.set_mark("reprocess", number)
        transaction.set_position(number - 1, number)


def decided_before_the_cut(directory: Path) -> int:
    state = SqliteState(directory / "state.db", writer=True)
    number = 0
    with contextlib.suppress(StorageError):
        while number < 200:
            decide(state, number + 1)
            number += 1
            if number % 20 == 0:
                state.archive(decided_before=AT + 1, bytes_max=10**9)
    closed(state.close)
    return number


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32), cut_at=st.integers(1, 3500))
def test_decided_events_ids_counts_and_position_survive_together(seed: int, cut_at: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        directory, decided = Path(name), 0
        SqliteState(directory / "state.db", writer=True).close()
        with lossy_disk(directory, random.Random(seed), cut_at), contextlib.suppress(StorageError):
            decided = decided_before_the_cut(directory)
        state = SqliteState(directory / "state.db", writer=True)
        position = state.position()
        assert decided <= position <= decided + 1
        assert state.events.bounds() == (1, 2 * position)
        assert [c.revision for c in state.events.read(0, 1000)] == list(range(1, position + 1))
        assert len(state.ids_since(0)) == position == state.mark("reprocess")
        assert sum(events for *_, events in state.counts_since(0)) == 2 * position
        decide(state, position + 1)
        state.close()


@pytest.mark.parametrize("cut_at", [2, 5, 9])
def test_engine_that_loses_power_while_opening_opens_again(tmp_path: Path, cut_at: int) -> None:
    with lossy_disk(tmp_path, random.Random(cut_at), cut_at), contextlib.suppress(StorageError):
        closed(SqliteLog(tmp_path / "received.db", writer=True).close)
    assert survivors(tmp_path / "received.db") == []


def test_full_disk_refuses_stores_nothing_and_goes_on_once_there_is_room(tmp_path: Path) -> None:
    rng = random.Random(1)
    with lossy_disk(tmp_path, rng) as disk:
        log = SqliteLog(tmp_path / "received.db", writer=True)
        log.append([b"before"], AT)
        disk.room_bytes = 200_000
        with pytest.raises(StorageError, match="the disk is full"):
            for index in range(10):
                log.append(batch(index, rng), AT)
        stored = [record.data for record in log.read(0, 100)]
        with pytest.raises(StorageError, match="the disk is full"):
            log.append([rng.randbytes(5_000_000), rng.randbytes(5_000_000)], AT)
        assert [record.data for record in log.read(0, 100)] == stored
        disk.room_bytes = None
        assert log.append([b"after"], AT) == len(stored) + 1
        log.close()
    assert survivors(tmp_path / "received.db") == [*stored, b"after"]


def test_full_disk_keeps_the_state_whole_and_it_goes_on_once_there_is_room(tmp_path: Path) -> None:
    with lossy_disk(tmp_path, random.Random(1)) as disk:
        state = SqliteState(tmp_path / "state.db", writer=True)
        decide(state, 1)
        disk.room_bytes = 100
        with pytest.raises(StorageError, match="the disk is full"):
            decide(state, 2)
        assert (state.position(), state.events.bounds()) == (1, (1, 2))
        disk.room_bytes = None
        decide(state, 2)
        assert (state.position(), state.events.bounds()) == (2, (1, 4))
        state.close()
