"""A row: one event for one subscription of a connection, with all it takes to build it again."""

from collections.abc import Mapping
from typing import Any

from trackyard.model.event import Decided
from trackyard.people.gate import Gate, Permitted
from trackyard.pipeline.deliver.chunks import ChunkView
from trackyard.pipeline.deliver.subscription import Compiled, Shape
from trackyard.store.deliveries import Dead, Parked, RowKey

SUSPECT = "others pass, this one does not: "


class Row:
    """Built once per first attempt, again for every retry: from the log, by the revision stamped on the event."""

    __slots__ = (
        "age_seconds_max",
        "asked_at",
        "asked_gate",
        "decided",
        "gate",
        "index",
        "offset",
        "parked",
        "permitted",
        "revision",
        "shape",
        "subscription",
        "view",
    )

    def __init__(
        self,
        view: ChunkView,
        index: int,
        subscription: Compiled,
        permitted: Permitted,
        shape: Shape,
        asked_at: float,
        asked_gate: Gate,
        revision: int,
        age_seconds_max: float | None = None,
        parked: Parked | None = None,
    ) -> None:
        self.view, self.index, self.subscription = view, index, subscription
        self.offset = view.first + index
        self.decided: Decided = view.chunk.events[index]
        self.permitted, self.shape, self.asked_at = permitted, shape, asked_at
        self.asked_gate = asked_gate
        self.revision = revision  # whose trigger and mapping made it
        self.age_seconds_max = age_seconds_max
        self.parked = parked  # where it waited, when this is not its first attempt
        self.gate = ""  # why it was denied, once it is

    @property
    def key(self) -> RowKey:
        return self.offset, self.subscription.index

    @property
    def event(self) -> Mapping[str, Any]:
        return self.view.event(self.index)

    @property
    def attempts(self) -> int:
        """Attempts of its own that failed before."""
        return self.parked.attempts if self.parked else 0

    @property
    def is_suspect(self) -> bool:
        """Whether it failed as if the destination did while others passed."""
        return self.parked is not None and self.parked.reason.startswith(SUSPECT)

    def as_parked(self, connection: str, attempts: int, first_at: int, next_at: int, reason: str) -> Parked:
        return Parked(
            connection=connection,
            offset=self.offset,
            subscription=self.subscription.index,
            revision=self.revision,
            message_id=self.decided.message_id,
            person=self.decided.person,
            attempts=attempts,
            first_at=first_at,
            next_at=next_at,
            reason=reason,
        )

    def as_accepted(self, connection: str, ticket: str, at: int, next_at: int) -> Parked:
        first_at = self.parked.first_at if self.parked else at
        parked = self.as_parked(connection, self.attempts + 1, first_at, next_at, "accepted")
        parked.ticket, parked.accepted_at = ticket, at
        return parked

    def as_dead(self, connection: str, at: int, attempts: int, reason: str, digest: str) -> Dead:
        return dead_of(self.as_parked(connection, attempts, at, at, reason), at, reason, digest)


def dead_of(parked: Parked, at: int, reason: str, digest: str = "") -> Dead:
    """The dead letter of a row that waited."""
    return Dead(
        connection=parked.connection,
        offset=parked.offset,
        subscription=parked.subscription,
        revision=parked.revision,
        message_id=parked.message_id,
        person=parked.person,
        at=at,
        attempts=parked.attempts,
        reason=reason,
        fix=fix_for(reason),
        digest=digest,
    )


FIXES = (
    ("payload", "correct the mapping, apply it, then `trackyard dead-letters retry`"),
    (
        "the request cannot be built",
        "correct the mapping or report the destination, then `trackyard dead-letters retry`",
    ),
    ("expired", "nothing to do: the platform would refuse it"),
    ("unknown outcome", "look whether it arrived; if not, `trackyard dead-letters retry`"),
    ("HTTP 404", "correct the address, then `trackyard dead-letters retry`"),
    ("HTTP 413", "the event is too large for the destination: send less of it by the mapping"),
    ("", "find out why the destination refuses it, then `trackyard dead-letters retry` or `discard`"),
)


def fix_for(reason: str) -> str:
    """What to do about a dead letter."""
    return next(fix for beginning, fix in FIXES if reason.startswith(beginning))
