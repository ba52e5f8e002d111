"""The log in memory: the promises without the durability, for tests."""

from collections.abc import Sequence

from trackyard.log.protocol import Record


class MemoryLog:
    """Keeps every promise of `Log` but the power cut."""

    def __init__(self) -> None:
        self._records: list[Record] = []
        self._trimmed = 0

    def append(self, batch: Sequence[bytes], at: int) -> int:
        """See `Log.append`."""
        first = self.bounds()[1] + 1
        self._records += [Record(offset, at, bytes(body)) for offset, body in enumerate(batch, start=first)]
        return self.bounds()[1]

    def read(self, after: int, limit: int) -> Sequence[Record]:
        """See `Log.read`."""
        start = max(0, after - self._trimmed)
        return self._records[start : start + limit]

    def bounds(self) -> tuple[int, int]:
        """See `Log.bounds`."""
        return self._trimmed + 1, self._trimmed + len(self._records)

    def size(self) -> int:
        """See `Log.size`."""
        return sum(len(record.data) for record in self._records)

    def trim(self, before: int, appended_before: int = 2**62) -> bool:
        """See `Log.trim`."""
        kept = (index for index, r in enumerate(self._records) if r.offset >= before or r.at >= appended_before)
        count = next(kept, len(self._records))
        del self._records[:count]
        self._trimmed += count
        return False

    def close(self) -> None:
        """Nothing to give back."""
