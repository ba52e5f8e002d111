"""Rows that a platform has accepted and processes later, by the ticket to ask with: one may stand for many rows."""

import heapq
from collections.abc import Collection, Iterable
from typing import NamedTuple

from trackyard.pipeline.deliver.chunks import id_of
from trackyard.store.deliveries import Parked, RowKey

ACCEPTED_ROWS_MAX = 100_000  # per connection; beyond it an acceptance is the last word, as where nobody can be asked


class Ticket(NamedTuple):
    """What is asked for at once."""

    revision: int
    subscription: int
    text: str


class Tickets:
    """Mirrors the parked rows that have a ticket."""

    def __init__(self, rows: Iterable[Parked] = ()) -> None:
        self._rows: dict[Ticket, dict[RowKey, Parked]] = {}
        self._next: dict[Ticket, int] = {}
        self._heap: list[tuple[int, Ticket]] = []
        self._ids: dict[bytes, int] = {}
        self._count = 0
        for parked in rows:
            self.add(parked)

    def __len__(self) -> int:
        return self._count

    @property
    def full(self) -> bool:
        """Whether no more rows are to be asked for."""
        return self._count >= ACCEPTED_ROWS_MAX

    def add(self, parked: Parked) -> None:
        """`parked` is accepted: its ticket is due at its `next_at`, or earlier where other rows have the same one."""
        ticket = Ticket(parked.revision, parked.subscription, parked.ticket)
        self._rows.setdefault(ticket, {})[parked.key] = parked
        self._count += 1
        id_ = id_of(parked.message_id)
        self._ids[id_] = self._ids.get(id_, 0) + 1
        if parked.next_at < self._next.get(ticket, parked.next_at + 1):
            self.ask_at(ticket, parked.next_at)

    def ask_at(self, ticket: Ticket, at: int) -> None:
        """`ticket` is due at `at` (ms), and not before."""
        self._next[ticket] = at
        heapq.heappush(self._heap, (at, ticket))

    def first(self) -> tuple[int, Ticket] | None:
        """The ticket that is due first, and when (ms)."""
        while self._heap and self._next.get(self._heap[0][1]) != self._heap[0][0]:
            heapq.heappop(self._heap)
        return self._heap[0] if self._heap else None

    def rows(self, ticket: Ticket) -> Collection[Parked]:
        """The rows that `ticket` stands for."""
        return self._rows[ticket].values()

    def drop(self, ticket: Ticket) -> None:
        """`ticket` is answered."""
        rows = self._rows.pop(ticket)
        del self._next[ticket]
        self._count -= len(rows)
        for parked in rows.values():
            self._forget(id_of(parked.message_id))

    def holds(self, id_: bytes) -> bool:
        """Whether a row of this message id is accepted and not answered for."""
        return id_ in self._ids

    def _forget(self, id_: bytes) -> None:
        self._ids[id_] -= 1
        if not self._ids[id_]:
            del self._ids[id_]
