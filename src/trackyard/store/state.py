"""What process keeps, in one transaction: decided events, ids it has seen, what it put aside, how far it has read."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Protocol

import msgspec

from trackyard.model.event import Chunk

DAY_MILLISECONDS = 86_400_000


class EventLog(Protocol):
    """The decided events, read in chunks; any number of readers, in any process."""

    def read(self, after: int, limit: int) -> Sequence[Chunk]:
        """At most `limit` chunks that hold events above offset `after`, in order.

        The first chunk may begin at or before `after`: the caller skips what it has seen. Empty only when there are
        no such events; fewer than `limit` to bound memory. Raises `StorageError` naming the offsets when damaged.
        """
        ...

    def last_before(self, at: int) -> int:
        """The offset after which a reader finds all that was decided at or after `at` (ms UTC); 0 for everything."""
        ...

    def bounds(self) -> tuple[int, int]:
        """(first, last) event offset held, archive included; (1, 0) when new. `last` never goes down."""
        ...


class Aside(msgspec.Struct, frozen=True, array_like=True):
    """An event that does not go on, kept with its reason: rejected at the door, blocked by a plan, quarantined, ..."""

    at: int
    received_offset: int
    index: int
    source: str
    kind: str  # rejected | duplicate | blocked | quarantined; violation, failed: kept beside an event that went on
    code: str
    message: str
    message_id: str
    body: bytes


class Transaction(Protocol):
    """All of it or none. Nothing is visible to readers before the transaction ends."""

    def next_offset(self) -> int:
        """The offset that the next decided event gets."""
        ...

    def append_events(self, chunk: Chunk) -> None:
        """Append `chunk`, whose `first` must be `next_offset()`."""
        ...

    def remember_ids(self, at: int, ids: bytes) -> None:
        """Keep the 16-byte ids of one decided batch, joined, seen at `at`."""
        ...

    def put_aside(self, events: Sequence[Aside]) -> None: ...

    def count(self, at: int, counts: Sequence[tuple[str, str, str, int]]) -> None:
        """Add to the audit counts: (source, event name, what, how many) for the UTC day of `at`."""
        ...

    def set_mark(self, name: str, value: int) -> None:
        """Keep a further reading position (how far a `reprocess` has come) under `name`."""
        ...

    def set_position(self, expected: int, new: int) -> None:
        """Move the reader from `expected` to `new` in the received log.

        Raises `Fenced` when the position is not `expected` or another epoch holds the state: nothing is written.
        """
        ...


class State(Protocol):
    """Process's durable state. One writer at a time, held by an epoch that a newer engine takes over."""

    @property
    def events(self) -> EventLog:
        """The decided events."""
        ...

    def position(self) -> int:
        """The offset of the last received record that was decided."""
        ...

    def mark(self, name: str) -> int:
        """What `set_mark` kept under `name`; 0 where it never did."""
        ...

    def transaction(self) -> AbstractContextManager[Transaction]:
        """One transaction over events, ids, counts and position; durable when the `with` ends without an error.

        When it raises, nothing of it is stored: whatever the caller keeps in memory about it (seen ids, identities)
        must be dropped and built again from here, or the retry takes its own events for duplicates and loses them.
        Decide first, open the transaction then: it is held only around writes.
        """
        ...

    def ids_since(self, at: int) -> Sequence[tuple[int, bytes]]:
        """The id rows seen at or after `at`, oldest first."""
        ...

    def forget_ids_before(self, at: int) -> bool:
        """Give up some id rows seen before `at`, a small pace; True while there are more."""
        ...

    def aside(self, kinds: Sequence[str], limit: int) -> Sequence[Aside]:
        """The newest `limit` events put aside for one of `kinds`, newest first."""
        ...

    def forget_aside_before(self, at: int) -> bool:
        """Give up some events put aside before `at`, oldest first, a small pace; True while there are more.

        Whatever their age, all bodies together stay within a bound in bytes.
        """
        ...

    def counts_since(self, at: int) -> Sequence[tuple[int, str, str, str, int]]:
        """The audit counts (day, source, event name, what, how many) from the day of `at` on."""
        ...

    def archive(self, decided_before: int, bytes_max: int) -> bool:
        """Move chunks past retention out of the live log: decided before `decided_before`, or over `bytes_max` in all.

        `events` goes on reading them, from the archive. One call is one small pace, so that it can run between batches;
        True while there is more. Raises `StorageError` where the archive cannot be written: nothing is given up then,
        deciding goes on and the live log grows.
        """
        ...

    def close(self) -> None: ...


def check_place(chunk: Chunk, next_offset: int) -> None:
    """A chunk that does not follow the last one is our own mistake, in any engine."""
    assert chunk.first == next_offset, f"chunk begins at {chunk.first}, the log goes on at {next_offset}"
    assert chunk.events and len(chunk.events) == len(chunk.bodies), (
        "a chunk holds as many bodies as events, at least one"
    )


def day_of(at: int) -> int:
    """The start of the UTC day of `at`, in ms."""
    return at - at % DAY_MILLISECONDS
