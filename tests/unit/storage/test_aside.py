"""Events put aside are bounded in bytes as well as in age."""

from pathlib import Path

from trackyard.store.sqlite_state import SqliteState
from trackyard.store.state import Aside

AT = 1_760_000_000_000


def test_oldest_events_put_aside_go_when_all_together_are_too_large(tmp_path: Path) -> None:
    state = SqliteState(tmp_path / "state.db", writer=True, aside_bytes_max=1_000_000)
    for number in range(60):
        with state.transaction() as transaction:
            transaction.put_aside([Aside(AT, number, 0, "web", "rejected", "invalid", "why", "m", b"x" * 100_000)])
    while state.forget_aside_before(0):
        pass
    assert [event.received_offset for event in state.aside(["rejected"], 100)] == list(range(59, 49, -1))
    assert state.forget_aside_before(0) is False
    state.close()


def test_many_small_ones_go_in_paces(tmp_path: Path) -> None:
    state = SqliteState(tmp_path / "state.db", writer=True)
    with state.transaction() as transaction:
        transaction.put_aside([Aside(AT + n, n, 0, "web", "rejected", "i", "w", "m", b"x") for n in range(1000)])
    paces = 1
    while state.forget_aside_before(AT + 900):
        paces += 1
    assert paces == 5
    assert len(state.aside(["rejected"], 1000)) == 100
    state.close()
