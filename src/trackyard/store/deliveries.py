"""What deliver keeps, in one file with one writer: lane positions, parked retries, dead letters, settled ids.

A row is one event for one subscription of a connection: (`offset`, `subscription`). Payloads are never kept here: a row
is built again from the events log, so that what was deleted there cannot leave from here.
"""

from collections.abc import Sequence
from typing import Literal, Protocol

import msgspec

DEAD_LETTERS_MAX = 100_000  # per connection; beyond it the oldest go
SETTLED_IDS_MAX = 2_000_000  # per connection, 8 bytes each; beyond it the ledger is asked

LaneState = Literal["running", "open", "auth", "paused", "off", "broken", "full", "done"]
RowKey = tuple[int, int]


class Lane(msgspec.Struct, kw_only=True):
    """Where a connection's lane stands. Rows up to `position` are settled, and those `ahead` of it."""

    connection: str
    position: int
    ahead: list[RowKey] = []
    state: LaneState = "running"
    since: int = 0
    reason: str = ""
    next_try: int = 0


class Parked(msgspec.Struct, kw_only=True):
    """A row that failed by itself and waits for its next attempt, or waits behind such a row of the same person.

    With a `ticket` it was accepted instead, and the platform is to be asked what became of it.
    """

    connection: str
    offset: int
    subscription: int
    revision: int
    message_id: str
    person: str
    attempts: int
    first_at: int
    next_at: int
    reason: str
    ticket: str = ""
    accepted_at: int = 0

    @property
    def key(self) -> RowKey:
        return self.offset, self.subscription


class Dead(msgspec.Struct, kw_only=True):
    """A row that will not be sent any more unless somebody says so: why, and what to do about it."""

    connection: str
    offset: int
    subscription: int
    revision: int
    message_id: str
    person: str
    at: int
    attempts: int
    reason: str
    fix: str
    digest: str  # of the request that failed; empty where none could be built


class Settlement(msgspec.Struct, kw_only=True):
    """What one lane has finished: written with that of other lanes, all or none."""

    lane: Lane
    settled_ids: bytes = b""  # 8 bytes per message id that must not be sent again by a twin
    park: Sequence[Parked] = ()
    unpark: Sequence[RowKey] = ()
    dead: Sequence[Dead] = ()
    revive: Sequence[RowKey] = ()  # dead letters that are no more: retried or discarded


class Deliveries(Protocol):
    """Deliver's durable state. One writer."""

    def lanes(self) -> Sequence[Lane]:
        """Every lane that was ever settled."""
        ...

    def settle(self, settlements: Sequence[Settlement]) -> None:
        """Write all or none; on return a power cut loses nothing. Raises `Fenced` for a replaced writer."""
        ...

    def parked(self, connection: str) -> Sequence[Parked]:
        """The parked rows of `connection` in log order."""
        ...

    def dead(self, connection: str | None = None, limit: int = 1000) -> Sequence[Dead]:
        """The newest dead letters, of one connection or of all."""
        ...

    def dead_count(self, connection: str) -> int:
        """How many dead letters `connection` has."""
        ...

    def settled_ids(self, connection: str) -> tuple[bytes, bool]:
        """The remembered ids, oldest first, 8 bytes each, and whether older ones have been forgotten."""
        ...

    def close(self) -> None: ...
