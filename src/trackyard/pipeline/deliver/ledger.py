"""The delivery ledger: what became of every row, appended and synced before the lane's position moves.

A line is one request with one outcome, its rows as lists: cheap to write, and JSON that DuckDB reads as it lies.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import msgspec

SEGMENT_BYTES_MAX = 32_000_000


class Entry(msgspec.Struct, kw_only=True):
    """One request (or what stopped it) and its rows. Times in milliseconds; no payload, no secret."""

    at: int
    connection: str
    subscription: str
    action: str
    revision: int  # whose trigger and mapping were used
    gate: str  # what the permission rests on, or why it was denied
    outcome: str  # delivered accepted retry rejected unknown denied expired dead shadow
    reason: str = ""
    attempt: int = 0
    status: int = 0
    built_ms: float = 0
    http_ms: float = 0
    digest: str = ""  # SHA-256 of the request's body
    message_id: list[str]
    offset: list[int]
    queued_ms: list[int]  # from the door to the start of this attempt


def refusal_line(
    connection: str, why: tuple[str, str, int, str, str], refused: Sequence[tuple[str, int, int]]
) -> bytes:
    """The line of events that gave no row, as (message id, offset, ms queued)."""
    subscription, action, revision, outcome, reason = why
    return msgspec.json.encode(
        Entry(
            at=int(refused[-1][2]),
            connection=connection,
            subscription=subscription,
            action=action,
            revision=revision,
            gate=reason if outcome == "denied" else "",
            outcome=outcome,
            reason=reason,
            message_id=[row[0] for row in refused],
            offset=[row[1] for row in refused],
            queued_ms=[row[2] for row in refused],
        )
    )


class Ledger(Protocol):
    """Where entries are made durable."""

    def append(self, lines: Sequence[bytes]) -> None:
        """Append `lines`; on return a power cut loses none."""
        ...

    def close(self) -> None: ...


class SegmentLedger:
    """Appends to segment files of its own; readers skip what is no JSON: the torn last line of an older run."""

    def __init__(self, directory: Path, writer: str = "deliver") -> None:
        self._directory = directory / "live"
        self._directory.mkdir(parents=True, exist_ok=True)
        self._writer = writer
        numbers = [int(path.stem.rpartition("-")[2]) for path in self._directory.glob(f"{writer}-*.jsonl")]
        self._number = max(numbers, default=0)
        self._file = -1
        self._size = 0

    def append(self, lines: Sequence[bytes]) -> None:
        if not lines:
            return
        if self._file < 0 or self._size >= SEGMENT_BYTES_MAX:
            self._open_next()
        data = b"\n".join(lines) + b"\n"
        written = 0
        while written < len(data):
            written += os.write(self._file, data[written:])
        self._size += len(data)
        os.fdatasync(self._file)

    def close(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _open_next(self) -> None:
        self.close()
        self._number += 1
        path = self._directory / f"{self._writer}-{self._number:08d}.jsonl"
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o640)
        self._size = 0
        directory = os.open(self._directory, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)


class MemoryLedger:
    """Keeps the entries in a list, for tests and trials."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []

    def append(self, lines: Sequence[bytes]) -> None:
        self.lines.extend(lines)

    def close(self) -> None:
        pass

    @property
    def entries(self) -> list[Entry]:
        """What was appended."""
        return [msgspec.json.decode(line, type=Entry) for line in self.lines]
