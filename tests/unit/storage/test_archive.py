"""Past retention events move to the archive; whoever reads them does not notice."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from trackyard.model.errors import StorageError
from trackyard.model.event import Chunk, Decided
from trackyard.store.archive import Archive
from trackyard.store.archiver import Archiver
from trackyard.store.lease import Writer
from trackyard.store.sqlite_state import MIGRATIONS, SqliteState

AT = 1_760_054_400_000  # midnight
DAY = 86_400_000
NOBODY = 10**12


def chunk(first: int, at: int) -> Chunk:
    body = random.Random(first).randbytes(40_000)
    return Chunk(first, 1, at, [Decided("page", f"m{first}", "", "web", "production", "browser", at, at)], [body])


@pytest.fixture
def state(tmp_path: Path) -> Iterator[SqliteState]:
    """Ten days of ten chunks of 40 KB."""
    state = SqliteState(tmp_path / "state.db", writer=True)
    for day in range(10):
        with state.transaction() as transaction:
            for index in range(10):
                transaction.append_events(chunk(day * 10 + index + 1, AT + day * DAY + index))
    yield state
    state.close()


def moved(state: SqliteState, decided_before: int, bytes_max: int = NOBODY) -> None:
    while state.archive(decided_before, bytes_max):
        pass


def all_offsets(state: SqliteState) -> list[int]:
    offsets: list[int] = []
    while chunks := state.events.read(offsets[-1] if offsets else 0, 7):
        offsets += [offset for found in chunks for offset, _, _ in found]
    return offsets


def test_each_day_past_retention_becomes_a_segment_and_leaves_the_live_log(state: SqliteState, tmp_path: Path) -> None:
    moved(state, decided_before=AT + 4 * DAY)
    archive = Archive(tmp_path / "archive")
    assert [(s.first, s.last) for s in archive.segments()] == [(1, 10), (11, 20), (21, 30)]  # the fourth is still open
    assert all_offsets(state) == list(range(1, 101))
    moved(state, decided_before=AT + 5 * DAY)
    assert archive.bounds() == (1, 40)


def test_a_large_backlog_moves_by_bytes_however_young_it_is(state: SqliteState, tmp_path: Path) -> None:
    moved(state, decided_before=0, bytes_max=1_500_000)
    first, last = Archive(tmp_path / "archive").bounds()
    assert (first, last % 10) == (1, 0)
    assert 40 <= last <= 80
    assert all_offsets(state) == list(range(1, 101))


def test_file_does_not_grow_while_old_chunks_leave_it(tmp_path: Path) -> None:
    state = SqliteState(tmp_path / "state.db", writer=True)
    sizes = []
    for day in range(12):
        with state.transaction() as transaction:
            for index in range(20):
                transaction.append_events(chunk(day * 20 + index + 1, AT + day * DAY))
        moved(state, decided_before=AT + (day - 2) * DAY)
        sizes.append((tmp_path / "state.db").stat().st_size)
    assert sizes[-1] <= sizes[5] * 1.1
    state.close()


def test_segment_ends_when_it_is_large(state: SqliteState, tmp_path: Path) -> None:
    state.close()
    writer = Writer(tmp_path / "state.db", MIGRATIONS)
    archiver = Archiver(writer, tmp_path / "archive", segment_bytes=200_000)
    while archiver.pace(AT + DAY + 1, NOBODY):
        pass
    assert [(s.first, s.last) for s in Archive(tmp_path / "archive").segments()] == [(1, 5), (6, 10)]
    writer.close()


def test_unfinished_segment_is_written_anew_by_the_next_engine(state: SqliteState, tmp_path: Path) -> None:
    for _ in range(2):
        state.archive(AT + 5 * DAY, NOBODY)
    (tmp_path / "archive" / "segment.new").write_bytes(b"half a segment of a killed engine")
    state.close()
    again = SqliteState(tmp_path / "state.db", writer=True)
    moved(again, decided_before=AT + 5 * DAY)
    assert all_offsets(again) == list(range(1, 101))
    again.close()


def test_engine_killed_between_segment_and_trim_goes_on_with_the_trim(state: SqliteState, tmp_path: Path) -> None:
    while not Archive(tmp_path / "archive").segments():
        state.archive(AT + 5 * DAY, NOBODY)
    state.close()
    again = SqliteState(tmp_path / "state.db", writer=True)
    moved(again, decided_before=AT + 5 * DAY)
    assert all_offsets(again) == list(range(1, 101))
    assert Archive(tmp_path / "archive").bounds() == (1, 40)
    again.close()


def test_reader_in_between_sees_every_event_once(state: SqliteState, tmp_path: Path) -> None:
    reader = SqliteState(tmp_path / "state.db", writer=False)
    seen = 0
    while chunks := reader.events.read(seen, 3):
        assert chunks[0].first == seen + 1
        seen = chunks[-1].last
        state.archive(AT + 8 * DAY, NOBODY)
    assert seen == 100
    reader.close()


def test_archive_that_cannot_be_written_stops_nothing_and_loses_nothing(state: SqliteState, tmp_path: Path) -> None:
    (tmp_path / "archive").write_text("in the way")
    with pytest.raises(StorageError, match="cannot be written"):
        moved(state, decided_before=AT + 5 * DAY)
    (tmp_path / "archive").unlink()
    moved(state, decided_before=AT + 5 * DAY)
    assert all_offsets(state) == list(range(1, 101))


def test_damaged_segment_is_named(state: SqliteState, tmp_path: Path) -> None:
    moved(state, decided_before=AT + 5 * DAY)
    second = Archive(tmp_path / "archive").segments()[1].path
    whole = second.read_bytes()
    second.write_bytes(whole[:70_000] + b"!" + whole[70_001:])
    with pytest.raises(StorageError, match=r"000000000000011-.* is damaged: wrong checksum on offsets 12 to 12"):
        state.events.read(10, 5)


def test_segment_that_was_cut_short_is_named(state: SqliteState, tmp_path: Path) -> None:
    moved(state, decided_before=AT + 5 * DAY)
    second = Archive(tmp_path / "archive").segments()[1].path
    second.write_bytes(second.read_bytes()[:-5])
    with pytest.raises(StorageError, match="cut short"):
        state.events.read(10, 5)


def test_missing_segment_is_named_and_deleted_oldest_ones_are_not_missed(state: SqliteState, tmp_path: Path) -> None:
    moved(state, decided_before=AT + 5 * DAY)
    segments = Archive(tmp_path / "archive").segments()
    segments[0].path.unlink()
    assert state.events.read(0, 1)[0].first == 11
    segments[2].path.unlink()
    with pytest.raises(StorageError, match="expected a segment with events 21 to 30"):
        Archive(tmp_path / "archive").segments()
    for segment in (segments[1], segments[3]):
        segment.path.unlink()
    with pytest.raises(StorageError, match="lacks events 1 to 40"):
        SqliteState(tmp_path / "state.db", writer=False).events.read(0, 1)


def test_state_older_than_its_archive_is_refused(state: SqliteState, tmp_path: Path) -> None:
    moved(state, decided_before=AT + 5 * DAY)
    state.close()
    for path in tmp_path.glob("state.db*"):
        path.unlink()
    with pytest.raises(StorageError, match=r"holds events up to 40, .* only up to 0"):
        SqliteState(tmp_path / "state.db", writer=True)
