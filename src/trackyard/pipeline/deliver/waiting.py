"""The parked rows of a lane: which is due when, and who waits behind whom."""

import heapq
from collections import deque
from collections.abc import Collection, Iterable

from trackyard.pipeline.deliver.chunks import id_of
from trackyard.pipeline.deliver.row import Row
from trackyard.store.deliveries import Parked, RowKey

PARKED_ROWS_MAX = 100_000  # per connection; at the bound the lane reads no further


class ParkedRows:
    """Mirrors the durable table; with `ordered`, only the first row of a person is ever due."""

    def __init__(self, rows: Iterable[Parked], *, ordered: bool) -> None:
        self._ordered = ordered
        self._rows: dict[RowKey, Parked] = {}
        self._heap: list[tuple[int, RowKey]] = []
        self._people: dict[str, deque[RowKey]] = {}
        self._ids: dict[bytes, int] = {}
        for parked in rows:
            self.add(parked)

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def people(self) -> Collection[str]:
        """On an ordered connection those with deliveries that wait."""
        return self._people.keys()

    def behind(self, row: Row) -> bool:
        """Whether an earlier delivery of the row's person waits on an ordered connection."""
        return self._ordered and bool(row.decided.person) and row.decided.person in self._people

    def add(self, parked: Parked) -> None:
        """`parked` waits, anew or again."""
        known = parked.key in self._rows
        self._rows[parked.key] = parked
        if not known:
            id_ = id_of(parked.message_id)
            self._ids[id_] = self._ids.get(id_, 0) + 1
        line = self._line(parked)
        if line is not None and not known and parked.key not in line:
            line.append(parked.key)
        if line is None or line[0] == parked.key:
            heapq.heappush(self._heap, (parked.next_at, parked.key))

    def done(self, row: Row) -> None:
        """`row` waits no more; the next one of its person is due at once."""
        self.drop(row.key)

    def drop(self, key: RowKey) -> None:
        """The row of `key` waits no more."""
        parked = self._rows.pop(key, None)
        if parked is not None:
            self._forget(id_of(parked.message_id))
        line = self._people.get(parked.person) if parked else None
        if parked is None or line is None:
            return
        line.remove(key)
        if line:
            heapq.heappush(self._heap, (0, line[0]))
        else:
            del self._people[parked.person]

    def due(self, now_ms: int, limit: int) -> list[Parked]:
        """At most `limit` rows that are due; each comes up once, until it is added again."""
        found: list[Parked] = []
        while self._heap and self._heap[0][0] <= now_ms and len(found) < limit:
            next_at, key = heapq.heappop(self._heap)
            parked = self._rows.get(key)
            if parked is not None and next_at in (0, parked.next_at) and parked not in found:
                found.append(parked)
        return found

    def holds(self, id_: bytes) -> bool:
        """Whether a row of this message id waits."""
        return id_ in self._ids

    def _forget(self, id_: bytes) -> None:
        self._ids[id_] -= 1
        if not self._ids[id_]:
            del self._ids[id_]

    @property
    def next_at(self) -> int | None:
        """When the next row may be due, in ms."""
        return self._heap[0][0] if self._heap else None

    def _line(self, parked: Parked) -> "deque[RowKey] | None":
        if not self._ordered or not parked.person:
            return None
        return self._people.setdefault(parked.person, deque())
