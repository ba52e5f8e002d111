"""The promises of a log. Every engine runs the same conformance suite.

Offsets start at 1 and grow; a reader names the last offset it has dealt with (`after`, 0 for none).
"""

from collections.abc import Sequence
from typing import Protocol

import msgspec


class Record(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One appended record: its place, when it was appended (ms UTC), its bytes."""

    offset: int
    at: int
    data: bytes


class Log(Protocol):
    """Durable, ordered, replayable. One writer; any number of readers."""

    def append(self, batch: Sequence[bytes], at: int) -> int:
        """Store all of `batch` or none, in order; on return a power cut loses nothing. Returns the last offset.

        Raises `StorageError` when it cannot (nothing of the batch is stored then), `Fenced` for a writer that
        has been replaced.
        """
        ...

    def read(self, after: int, limit: int) -> Sequence[Record]:
        """At most `limit` records with an offset above `after`, in order; past retention, from the archive."""
        ...

    def bounds(self) -> tuple[int, int]:
        """(first, last) offset still held live; (1, 0) for an empty log. `last` never goes down."""
        ...

    def trim(self, before: int) -> None:
        """Give up live records with an offset below `before`, in small paces."""
        ...

    def close(self) -> None: ...
