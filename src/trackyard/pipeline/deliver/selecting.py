"""From decided events to rows: route, trigger, gate, map. The gate stands between trigger and mapping."""

from collections.abc import Callable

import msgspec

from trackyard.model.event import Decided
from trackyard.people.gate import Denied, Gate
from trackyard.pipeline.deliver.books import Books
from trackyard.pipeline.deliver.chunks import ChunkView
from trackyard.pipeline.deliver.clock import Clock
from trackyard.pipeline.deliver.config import Configuration, Plan
from trackyard.pipeline.deliver.row import Row, fix_for
from trackyard.pipeline.deliver.subscription import Compiled, Unmappable
from trackyard.store.deliveries import Dead, Parked

Refusal = tuple[str, str]  # reason, outcome: denied or dead
Known = Callable[[bytes], bool]
Wanted = Callable[[ChunkView, int], bool]  # what a replay narrows its stretch by


class Selector:
    """Makes the rows of one connection; what gives none is written into its books with the reason."""

    def __init__(
        self, name: str, books: Books, config: Configuration, clock: Clock, known: Known, only: "Wanted | None" = None
    ) -> None:
        self._only = only
        self._name, self._books, self._config, self._clock = name, books, config, clock
        self._known = known  # whether a message id has a delivered or waiting outcome here

    def rows(self, view: ChunkView, start: int, stop: int) -> list[Row]:
        """The rows of the events at `start` up to `stop` of `view`, opened in the books."""
        plan = self._config.plan(view.revision, self._name)
        if plan is None or not plan.subscriptions:
            return []
        asking = Asking(plan, self._config.gate(self._name), self._clock.now())
        rows: list[Row] = []
        for index, decided in enumerate(view.chunk.events[start:stop], start):
            if plan.route.takes(decided) and not self._passed_over(view, index, decided):
                try:
                    self._select_all(view, index, asking, rows)
                except (msgspec.DecodeError, UnicodeError, RecursionError):
                    reason = "the event in the log cannot be read"
                    self._give_up(view, index, plan.subscriptions[0], reason, "dead")
        return rows

    def _select_all(self, view: ChunkView, index: int, asking: "Asking", rows: list[Row]) -> None:
        decided = view.chunk.events[index]
        for compiled in asking.plan.subscriptions:
            if compiled.may_want(decided) and compiled.wants(view.event(index)):
                self._select(view, index, compiled, asking, rows)

    def _passed_over(self, view: ChunkView, index: int, decided: Decided) -> bool:
        """Only a second observation or a later version can have been dealt with before; a replay narrows further."""
        if (decided.observation > 1 or decided.version > 0) and self._known(view.id(index)):
            return True
        return self._only is not None and not self._only(view, index)

    def _select(self, view: ChunkView, index: int, compiled: Compiled, asking: "Asking", rows: list[Row]) -> None:
        if self._books.already_done(view.first + index, compiled.index):
            return
        row = _row(view, index, compiled, asking, None)
        if isinstance(row, Row):
            self._books.open(row)
            rows.append(row)
        else:
            self._give_up(view, index, compiled, *row)

    def again(self, view: ChunkView, parked: Parked) -> Row | Refusal:
        """The row of `parked`, made anew from the log, or why there is none."""
        plan = self._config.plan(parked.revision, self._name)
        compiled = next((c for c in plan.subscriptions if c.index == parked.subscription), None) if plan else None
        if plan is None or compiled is None:
            return "its subscription is no more", "dead"
        asking = Asking(plan, self._config.gate(self._name), self._clock.now())
        return _row(view, parked.offset - view.first, compiled, asking, parked)

    def _give_up(self, view: ChunkView, index: int, compiled: Compiled, reason: str, outcome: str) -> None:
        if outcome == "dead":
            self._books.bury_unmade(_dead(self._name, view, index, compiled, reason, int(self._clock.now() * 1000)))
        self._books.refuse((compiled.name, compiled.action.slug, view.revision, outcome, reason), view, index)


def _dead(name: str, view: ChunkView, index: int, compiled: Compiled, reason: str, at: int) -> Dead:
    decided = view.chunk.events[index]
    return Dead(
        connection=name,
        offset=view.first + index,
        subscription=compiled.index,
        revision=view.revision,
        message_id=decided.message_id,
        person=decided.person,
        at=at,
        attempts=0,
        reason=reason,
        fix=fix_for(reason),
        digest="",
    )


class Asking(msgspec.Struct, frozen=True):
    """What is the same for every event of a run: the plan, the gate as it stands, the time."""

    plan: Plan
    gate: Gate
    now: float


def _row(view: ChunkView, index: int, compiled: Compiled, asking: Asking, parked: Parked | None) -> Row | Refusal:
    answer = asking.gate.ask(view.chunk.events[index], view.event(index))
    if isinstance(answer, Denied):
        return answer.reason, "denied"
    try:
        shape = compiled.shape(answer)
    except Unmappable as error:
        return str(error), "dead"
    plan = asking.plan
    return Row(
        view,
        index,
        compiled,
        answer,
        shape,
        asking.now,
        asking.gate,
        plan.revision,
        plan.destination.event_age_seconds_max,
        parked,
    )
