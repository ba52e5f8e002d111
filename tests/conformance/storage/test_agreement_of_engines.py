"""Whatever is done to them, both engines answer the same."""

import tempfile
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.conformance.storage.conftest import STATES
from tests.conformance.storage.test_state import AT, DAY_LONG, chunk

from trackyard.store.state import Aside, State

sizes = st.lists(st.integers(1, 4), min_size=1, max_size=3)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("events"), sizes, st.integers(0, 3), st.booleans()),
        st.tuples(st.just("archive"), st.integers(0, 4)),
        st.tuples(st.just("forget"), st.integers(0, 4)),
    ),
    max_size=12,
)


class Interrupted(Exception):
    """A transaction that does not come to its end."""


def run(state: State, todo: list[tuple[Any, ...]]) -> list[Any]:
    """Do `todo` and note everything that can be seen after each of it."""
    return [(apply(state, *step), seen(state)) for step in todo]


def apply(state: State, what: str, *details: Any) -> None:
    if what == "archive":
        while state.archive(AT + details[0] * DAY_LONG, 10**12):
            pass
    elif what == "forget":
        while state.forget_ids_before(AT + details[0] * DAY_LONG) | state.forget_aside_before(
            AT + details[0] * DAY_LONG
        ):
            pass
    else:
        decide(state, *details)


def decide(state: State, counts: list[int], day: int, fails: bool) -> None:
    at = AT + day * DAY_LONG
    try:
        with state.transaction() as transaction:
            for count in counts:
                transaction.append_events(chunk(transaction.next_offset(), count, at=at))
            transaction.remember_ids(at, b"%016d" % day)
            transaction.put_aside([Aside(at, day, 0, "web", "blocked", "plan", "why", f"m{day}", b"{}")])
            transaction.count(at, [("web", "Order", "accepted", sum(counts))])
            transaction.set_mark("reprocess", day)
            transaction.set_position(state.position(), state.position() + 1)
            if fails:
                raise Interrupted
    except Interrupted:
        pass


def seen(state: State) -> tuple[Any, ...]:
    offsets: list[int] = []
    while chunks := state.events.read(offsets[-1] if offsets else 0, 3):
        offsets += [offset for found in chunks for offset, _, _ in found]
    return (
        offsets, state.events.bounds(), state.position(), state.mark("reprocess"), list(state.ids_since(0)),
        list(state.aside(["blocked"], 5)), list(state.counts_since(0)),
    )  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(todo=steps)
def test_states_answer_the_same(todo: list[tuple[Any, ...]]) -> None:
    answers = []
    for make in STATES.values():
        with tempfile.TemporaryDirectory() as directory:
            state = make(Path(directory))
            answers.append(run(state, todo))
            state.close()
    assert all(answer == answers[0] for answer in answers)
