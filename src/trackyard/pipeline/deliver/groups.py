"""Rows on their way into batches: those that may share a request go together, bounded in rows and bytes."""

from collections.abc import Sequence
from typing import Any

import msgspec

from trackyard.pipeline.deliver.row import Row


class Batch(msgspec.Struct):
    """Rows for one request. On an ordered connection batches of one `slot` go one after the other."""

    rows: list[Row]
    slot: int | None = None
    bytes: int = 0


NOTHING: Sequence[Batch] = ()


class Groups:
    """Open batches by what their rows must agree on. With slots, a slot has only one open batch, so log order holds."""

    def __init__(self, bytes_max: int | None, rows_max: int | None) -> None:
        self._bytes_max, self._rows_max = bytes_max, rows_max
        self._open: dict[Any, Batch] = {}
        self._last: tuple[Any, int, Batch] | None = None  # most rows go where the row before them went

    def add(self, row: Row, slot: int | None) -> Sequence[Batch]:
        """Take `row`; returns the batches that are to go now."""
        limit = row.shape.rows_max
        if self._rows_max is not None and self._rows_max < limit:
            limit = self._rows_max
        if limit <= 1 and slot is None:
            return [Batch([row])]
        last = self._last
        if last is not None and last[0] is row.shape.key and last[1] == limit:
            batch = last[2]
            batch.rows.append(row)
            batch.bytes += len(row.view.chunk.bodies[row.index])
            if len(batch.rows) < limit and batch.bytes < self._bytes_of(row):
                return NOTHING
            self._open.pop((None, limit, row.shape.key))
            self._last = None
            return [batch]
        return self._add(row, slot, limit)

    def _add(self, row: Row, slot: int | None, limit: int) -> Sequence[Batch]:
        key = (slot, limit, row.shape.key)
        ready = self._others_of(slot, key)
        batch = self._open.setdefault(key, Batch([], slot))
        batch.rows.append(row)
        batch.bytes += len(row.view.chunk.bodies[row.index])
        if len(batch.rows) >= limit or batch.bytes >= self._bytes_of(row):
            ready.append(self._open.pop(key))
        elif slot is None:
            self._last = (row.shape.key, limit, batch)
        return ready

    def _bytes_of(self, row: Row) -> int:
        return self._bytes_max or row.subscription.action.batch_bytes_max

    def flush(self) -> Sequence[Batch]:
        """All that is open, oldest first."""
        batches = sorted(self._open.values(), key=lambda batch: batch.rows[0].offset)
        self._open, self._last = {}, None
        return batches

    @property
    def oldest_at(self) -> float | None:
        """When the gate was asked for the row that has waited longest."""
        return min((batch.rows[0].asked_at for batch in self._open.values()), default=None)

    def _others_of(self, slot: int | None, key: Any) -> list[Batch]:
        if slot is None:
            return []
        return [self._open.pop(other) for other in list(self._open) if other[0] == slot and other != key]
