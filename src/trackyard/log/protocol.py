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
        """At most `limit` records with an offset above `after`, in order; empty only when there are none.

        May stop earlier to bound memory. Where `after` was trimmed away, goes on at the first record still held.
        Raises `StorageError` naming the offsets when what is stored is damaged.
        """
        ...

    def bounds(self) -> tuple[int, int]:
        """(first, last) offset still held; (1, 0) for a new log, (n + 1, n) for one trimmed empty.

        `last` never goes down.
        """
        ...

    def size(self) -> int:
        """Bytes that the records held take."""
        ...

    def trim(self, before: int, appended_before: int = ...) -> bool:
        """Give up the oldest records: those with an offset below `before` that were appended before `appended_before`.

        One call is one small pace, so that it can run between appends; True while there are more to give up. A batch
        goes whole or stays whole.
        """
        ...

    def close(self) -> None: ...
