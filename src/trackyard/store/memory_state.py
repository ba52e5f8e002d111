"""Process's state in memory: the promises without the durability, for tests."""

import contextlib
import itertools
from collections import Counter
from collections.abc import Iterator, Sequence

import msgspec

from trackyard.model.errors import Fenced
from trackyard.model.event import Chunk
from trackyard.store.state import Aside, EventLog, check_place, day_of

_decode = msgspec.msgpack.Decoder(Chunk).decode


class MemoryEventLog:
    """See `EventLog`."""

    def __init__(self) -> None:
        self.chunks: list[Chunk] = []

    def read(self, after: int, limit: int) -> Sequence[Chunk]:
        """See `EventLog.read`."""
        return [chunk for chunk in self.chunks if chunk.last > after][:limit]

    def last_before(self, at: int) -> int:
        """See `EventLog.last_before`."""
        earlier = itertools.takewhile(lambda chunk: chunk.decided_at < at, self.chunks)
        return max((chunk.last for chunk in earlier), default=0)

    def bounds(self) -> tuple[int, int]:
        """See `EventLog.bounds`."""
        return (self.chunks[0].first, self.chunks[-1].last) if self.chunks else (1, 0)


class MemoryState:
    """Keeps every promise of `State` but the power cut."""

    def __init__(self) -> None:
        self._events = MemoryEventLog()
        self.events: EventLog = self._events
        self._received = 0
        self._marks: dict[str, int] = {}
        self._ids: list[tuple[int, bytes]] = []
        self._aside: list[Aside] = []
        self._counts: Counter[tuple[int, str, str, str]] = Counter()

    def position(self) -> int:
        """See `State.position`."""
        return self._received

    def mark(self, name: str) -> int:
        """See `State.mark`."""
        return self._marks.get(name, 0)

    @contextlib.contextmanager
    def transaction(self) -> Iterator["MemoryTransaction"]:
        """See `State.transaction`."""
        transaction = MemoryTransaction(self._received, self.events.bounds()[1] + 1)
        yield transaction
        self._events.chunks += transaction.chunks
        self._received = transaction.received
        self._marks |= transaction.marks
        self._ids += transaction.ids
        self._aside += transaction.aside
        self._counts += transaction.counts

    def ids_since(self, at: int) -> Sequence[tuple[int, bytes]]:
        """See `State.ids_since`."""
        return sorted((row for row in self._ids if row[0] >= at), key=lambda row: row[0])

    def forget_ids_before(self, at: int) -> bool:
        """See `State.forget_ids_before`."""
        self._ids = [row for row in self._ids if row[0] >= at]
        return False

    def aside(self, kinds: Sequence[str], limit: int) -> Sequence[Aside]:
        """See `State.aside`."""
        return [event for event in reversed(self._aside) if event.kind in kinds][:limit]

    def forget_aside_before(self, at: int) -> bool:
        """See `State.forget_aside_before`."""
        self._aside = list(itertools.dropwhile(lambda event: event.at < at, self._aside))
        return False

    def counts_since(self, at: int) -> Sequence[tuple[int, str, str, str, int]]:
        """See `State.counts_since`."""
        return sorted((*key, events) for key, events in self._counts.items() if key[0] >= day_of(at))

    def archive(self, decided_before: int, bytes_max: int) -> bool:
        """See `State.archive`: memory has nowhere else to put them."""
        return False

    def close(self) -> None:
        """Nothing to give back."""


class MemoryTransaction:
    """See `Transaction`."""

    def __init__(self, received: int, next_offset: int) -> None:
        self.received, self._next = received, next_offset
        self.chunks: list[Chunk] = []
        self.marks: dict[str, int] = {}
        self.ids: list[tuple[int, bytes]] = []
        self.aside: list[Aside] = []
        self.counts: Counter[tuple[int, str, str, str]] = Counter()

    def next_offset(self) -> int:
        """See `Transaction.next_offset`."""
        return self._next

    def append_events(self, chunk: Chunk) -> None:
        """See `Transaction.append_events`."""
        check_place(chunk, self._next)
        # refuses what the durable engine refuses, and shares nothing with the caller
        self.chunks.append(_decode(msgspec.msgpack.encode(chunk)))
        self._next = chunk.last + 1

    def remember_ids(self, at: int, ids: bytes) -> None:
        """See `Transaction.remember_ids`."""
        self.ids.append((at, ids))

    def put_aside(self, events: Sequence[Aside]) -> None:
        """See `Transaction.put_aside`."""
        self.aside += events

    def count(self, at: int, counts: Sequence[tuple[str, str, str, int]]) -> None:
        """See `Transaction.count`."""
        for source, name, what, events in counts:
            self.counts[day_of(at), source, name, what] += events

    def set_mark(self, name: str, value: int) -> None:
        """See `Transaction.set_mark`."""
        self.marks[name] = value

    def set_position(self, expected: int, new: int) -> None:
        """See `Transaction.set_position`."""
        if self.received != expected:
            raise Fenced(f"the reader stands at {self.received}, expected {expected}: another engine has moved it")
        self.received = new
