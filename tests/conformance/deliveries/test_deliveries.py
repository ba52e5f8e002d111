"""What every store of deliveries promises, run on each of them."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from trackyard.model.errors import Held
from trackyard.store.deliveries import Dead, Deliveries, Lane, Parked, Settlement
from trackyard.store.deliveries_memory import MemoryDeliveries
from trackyard.store.deliveries_sqlite import SqliteDeliveries

Open = Callable[[], Deliveries]


@pytest.fixture(params=["memory", "sqlite"])
def reopen(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Open]:
    """Opens the store; each further call closes it and opens it anew."""
    opened: list[Deliveries] = []

    def again() -> Deliveries:
        if request.param == "memory":
            return opened[0] if opened else opened.append(MemoryDeliveries(ids_max=4, dead_max=3)) or opened[0]
        if opened:
            opened.pop().close()
        opened.append(SqliteDeliveries(tmp_path / "deliveries.db", writer=True, ids_max=4, dead_max=3))
        return opened[0]

    yield again
    for store in opened:
        store.close()


def lane(connection: str = "hook", position: int = 7, **rest: object) -> Lane:
    return Lane(connection=connection, position=position, **rest)  # type: ignore[arg-type]


def parked(offset: int, subscription: int = 0, connection: str = "hook", reason: str = "HTTP 422") -> Parked:
    return Parked(
        connection=connection,
        offset=offset,
        subscription=subscription,
        revision=1,
        message_id=f"m-{offset}",
        person="p",
        attempts=1,
        first_at=10,
        next_at=20,
        reason=reason,
    )


def dead(offset: int, connection: str = "hook") -> Dead:
    return Dead(
        connection=connection,
        offset=offset,
        subscription=0,
        revision=1,
        message_id=f"m-{offset}",
        person="p",
        at=offset,
        attempts=3,
        reason="HTTP 400",
        fix="look",
        digest="d",
    )


def test_a_lane_is_found_again_as_it_was_settled(reopen: Open) -> None:
    settled = lane(ahead=[(9, 0), (9, 1)], state="open", since=1, reason="HTTP 503", next_try=2)
    reopen().settle([Settlement(lane=settled)])
    assert list(reopen().lanes()) == [settled]


def test_lanes_of_several_connections_are_settled_together(reopen: Open) -> None:
    reopen().settle([Settlement(lane=lane("a", 1)), Settlement(lane=lane("b", 2))])
    reopen().settle([Settlement(lane=lane("a", 3))])
    assert [(found.connection, found.position) for found in reopen().lanes()] == [("a", 3), ("b", 2)]


def test_parked_rows_come_back_in_log_order_until_unparked(reopen: Open) -> None:
    reopen().settle([Settlement(lane=lane(), park=[parked(5), parked(3, 1), parked(3)])])
    assert [row.key for row in reopen().parked("hook")] == [(3, 0), (3, 1), (5, 0)]
    reopen().settle([Settlement(lane=lane(), unpark=[(3, 0)], park=[parked(5, reason="again")])])
    assert [(row.key, row.reason) for row in reopen().parked("hook")] == [((3, 1), "HTTP 422"), ((5, 0), "again")]


def test_a_row_unparked_and_parked_in_one_settlement_is_parked(reopen: Open) -> None:
    reopen().settle([Settlement(lane=lane(), park=[parked(5)])])
    reopen().settle([Settlement(lane=lane(), unpark=[(5, 0)], park=[parked(5, reason="later")])])
    assert [row.reason for row in reopen().parked("hook")] == ["later"]


def test_dead_letters_are_listed_newest_first_and_by_connection(reopen: Open) -> None:
    reopen().settle([Settlement(lane=lane(), dead=[dead(1), dead(2)])])
    reopen().settle([Settlement(lane=lane("other"), dead=[dead(3, "other")])])
    assert [letter.offset for letter in reopen().dead()] == [3, 2, 1]
    assert [letter.offset for letter in reopen().dead("hook", limit=1)] == [2]


def test_a_revived_dead_letter_is_gone(reopen: Open) -> None:
    reopen().settle([Settlement(lane=lane(), dead=[dead(1), dead(2)])])
    reopen().settle([Settlement(lane=lane(), revive=[(1, 0)], park=[parked(1)])])
    assert [letter.offset for letter in reopen().dead()] == [2]
    assert [row.offset for row in reopen().parked("hook")] == [1]


def test_settled_ids_are_remembered_per_connection_in_order(reopen: Open) -> None:
    reopen().settle([Settlement(lane=lane("a"), settled_ids=b"1" * 8 + b"2" * 8)])
    reopen().settle([Settlement(lane=lane("a"), settled_ids=b"3" * 8), Settlement(lane=lane("b"))])
    assert reopen().settled_ids("a") == (b"1" * 8 + b"2" * 8 + b"3" * 8, False)
    assert reopen().settled_ids("b") == (b"", False)


def test_settled_ids_are_bounded_and_say_so(reopen: Open) -> None:
    for number in range(8):
        reopen().settle([Settlement(lane=lane(), settled_ids=bytes([number]) * 8)])
    ids, forgotten = reopen().settled_ids("hook")
    assert ids == b"".join(bytes([number]) * 8 for number in (4, 5, 6, 7))
    assert forgotten


def test_dead_letters_are_bounded(reopen: Open) -> None:
    for number in range(1, 6):
        reopen().settle([Settlement(lane=lane(), dead=[dead(number)])])
    assert [letter.offset for letter in reopen().dead("hook")] == [5, 4, 3]


def test_a_second_writer_is_refused(tmp_path: Path) -> None:
    first = SqliteDeliveries(tmp_path / "deliveries.db", writer=True)
    with pytest.raises(Held):
        SqliteDeliveries(tmp_path / "deliveries.db", writer=True)
    first.settle([Settlement(lane=lane())])
    reader = SqliteDeliveries(tmp_path / "deliveries.db", writer=False)
    assert [found.position for found in reader.lanes()] == [7]
    reader.close()
    first.close()
