"""What every state promises."""

import pytest

from trackyard.model.errors import Fenced
from trackyard.model.event import Chunk, Decided
from trackyard.store.state import Aside, State

AT = 1_760_000_000_000
DAY_LONG = 86_400_000
DAY = AT - AT % 86_400_000


def chunk(first: int, count: int = 2, body: bytes = b'{"a":1}', at: int = AT) -> Chunk:
    events = [
        Decided("track", f"m{offset}", "Order", "web", "production", "browser", at, at, consent={"analytics": True})
        for offset in range(first, first + count)
    ]
    return Chunk(first, 1, at, events, [body] * count)


def test_new_state_is_empty(state: State) -> None:
    assert (state.position(), state.mark("reprocess")) == (0, 0)
    assert state.events.bounds() == (1, 0)
    assert list(state.events.read(0, 10)) == []
    assert list(state.ids_since(0)) == []


def test_transaction_keeps_all_it_was_given(state: State) -> None:
    aside = Aside(AT, 7, 0, "web", "rejected", "invalid", "why", "m9", b"{}")
    with state.transaction() as transaction:
        assert transaction.next_offset() == 1
        transaction.append_events(chunk(1))
        assert transaction.next_offset() == 3
        transaction.append_events(chunk(3, count=1))
        transaction.remember_ids(AT, b"i" * 48)
        transaction.put_aside([aside])
        transaction.count(AT, [("web", "Order", "duplicate", 2)])
        transaction.set_mark("reprocess", 3)
        transaction.set_position(0, 7)
    assert state.position() == 7
    assert (state.mark("reprocess"), state.mark("other")) == (3, 0)
    assert list(state.events.read(0, 10)) == [chunk(1), chunk(3, count=1)]
    assert list(state.ids_since(AT)) == [(AT, b"i" * 48)]
    assert list(state.aside(["rejected"], 10)) == [aside]
    assert list(state.counts_since(AT)) == [(DAY, "web", "Order", "duplicate", 2)]


def test_failed_transaction_leaves_nothing(state: State) -> None:
    with pytest.raises(RuntimeError), state.transaction() as transaction:
        transaction.append_events(chunk(1))
        transaction.remember_ids(AT, b"i" * 16)
        transaction.set_mark("reprocess", 3)
        transaction.set_position(0, 7)
        raise RuntimeError("the batch failed")
    test_new_state_is_empty(state)
    with state.transaction() as transaction:
        assert transaction.next_offset() == 1


def test_position_moves_only_from_where_it_is_expected(state: State) -> None:
    with state.transaction() as transaction:
        transaction.set_position(0, 5)
    with pytest.raises(Fenced), state.transaction() as transaction:
        transaction.append_events(chunk(1))
        transaction.set_position(0, 9)
    assert state.position() == 5
    assert state.events.bounds() == (1, 0)


def test_read_begins_with_the_chunk_that_holds_the_next_event(state: State) -> None:
    with state.transaction() as transaction:
        transaction.append_events(chunk(1, count=3))
        transaction.append_events(chunk(4, count=3))
    assert [found.first for found in state.events.read(1, 10)] == [1, 4]
    assert [found.first for found in state.events.read(3, 10)] == [4]
    assert [found.first for found in state.events.read(0, 1)] == [1]
    assert list(state.events.read(6, 10)) == []
    assert state.events.bounds() == (1, 6)


def test_archived_chunks_are_read_as_before_and_offsets_go_on(state: State) -> None:
    with state.transaction() as transaction:
        for first, at in ((1, AT), (3, AT + 1), (5, AT + 86_400_000), (7, AT + 2 * 86_400_000)):
            transaction.append_events(chunk(first, at=at))
    before = [list(state.events.read(after, 10)) for after in range(9)]
    while state.archive(decided_before=AT + 3 * 86_400_000, bytes_max=10**9):
        pass
    assert state.events.bounds() == (1, 8)
    found: list[Chunk] = []
    while chunks := state.events.read(found[-1].last if found else 0, 10):
        found += chunks
    assert found == before[0]
    assert [state.events.read(after, 1)[0] for after in range(8)] == [chunks[0] for chunks in before[:8]]
    with state.transaction() as transaction:
        assert transaction.next_offset() == 9


def test_reader_can_start_at_a_time(state: State) -> None:
    with state.transaction() as transaction:
        for first, at in ((1, AT), (3, AT + 10), (5, AT + DAY_LONG), (7, AT + DAY_LONG + 10), (9, AT + 2 * DAY_LONG)):
            transaction.append_events(chunk(first, at=at))
    times = [AT, AT + 1, AT + 10, AT + 11, AT + DAY_LONG, AT + DAY_LONG + 1, AT + 3 * DAY_LONG]
    expected = [0, 2, 2, 4, 4, 6, 10]
    assert [state.events.last_before(at) for at in times] == expected
    while state.archive(decided_before=AT + 9 * DAY_LONG, bytes_max=10**9):
        pass
    assert [state.events.last_before(at) for at in times] == expected


def test_reader_that_starts_at_a_time_misses_nothing_when_the_clock_steps_back(state: State) -> None:
    with state.transaction() as transaction:
        for first, at in ((1, AT), (3, AT + 100), (5, AT + 50), (7, AT + 200)):
            transaction.append_events(chunk(first, at=at))
    assert state.events.last_before(AT + 60) == 2


def test_ids_come_back_oldest_first_until_forgotten(state: State) -> None:
    with state.transaction() as transaction:
        for at in (AT, AT + 1000, AT + 2000):
            transaction.remember_ids(at, b"%016d" % at)
    assert [at for at, _ in state.ids_since(AT + 1000)] == [AT + 1000, AT + 2000]
    while state.forget_ids_before(AT + 2000):
        pass
    assert [at for at, _ in state.ids_since(0)] == [AT + 2000]


def test_events_put_aside_are_listed_newest_first_by_kind_until_forgotten(state: State) -> None:
    rows = [
        Aside(AT + index, index, 0, "web", kind, "code", "why", f"m{index}", b"{}")
        for index, kind in enumerate(["rejected", "blocked", "rejected", "quarantined"])
    ]
    with state.transaction() as transaction:
        transaction.put_aside(rows)
    assert list(state.aside(["rejected", "blocked"], 2)) == [rows[2], rows[1]]
    while state.forget_aside_before(AT + 2):
        pass
    assert list(state.aside(["rejected", "blocked", "quarantined"], 10)) == [rows[3], rows[2]]


def test_counts_add_up_per_day(state: State) -> None:
    for at in (AT, AT, DAY - 1):
        with state.transaction() as transaction:
            transaction.count(at, [("web", "Order", "duplicate", 1), ("web", "Order", "accepted", 2)])
    assert list(state.counts_since(AT)) == [(DAY, "web", "Order", "accepted", 4), (DAY, "web", "Order", "duplicate", 2)]
    assert len(state.counts_since(DAY - 1)) == 4


def test_chunk_that_cannot_be_encoded_is_refused_and_leaves_nothing(state: State) -> None:
    odd = chunk(1)
    odd.events[0].integrations = {"Some": -(2**63) - 1}  # JSON knows such integers, the log does not
    with pytest.raises(OverflowError), state.transaction() as transaction:
        transaction.append_events(odd)
    assert list(state.events.read(0, 10)) == [] and state.position() == 0
