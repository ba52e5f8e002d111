"""The delivery ledger: what became of every row, appended and synced before the lane's position moves.

A line is one request with one outcome, its rows as lists: cheap to write, and JSON that DuckDB reads as it lies.
"""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import msgspec

SEGMENT_BYTES_MAX = 32_000_000
SEGMENT_SECONDS_MAX = 3600.0


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


Refused = tuple[str, int, int, int]  # message id, offset, decided at, ms since the door


def refusal_line(connection: str, why: tuple[str, str, int, str, str], refused: Sequence[Refused]) -> bytes:
    """The line of events that gave no row."""
    subscription, action, revision, outcome, reason = why
    return msgspec.json.encode(
        Entry(
            at=refused[-1][2],
            connection=connection,
            subscription=subscription,
            action=action,
            revision=revision,
            gate=reason if outcome == "denied" else "",
            outcome=outcome,
            reason=reason,
            message_id=[row[0] for row in refused],
            offset=[row[1] for row in refused],
            queued_ms=[row[3] for row in refused],
        )
    )


class Ledger(Protocol):
    """Where entries are made durable."""

    def append(self, lines: Sequence[bytes]) -> None:
        """Append `lines`; on return a power cut loses none."""
        ...

    def delivered(self, connection: str, message_ids: Sequence[str]) -> set[str]:
        """Those of `message_ids` that `connection` has delivered, as far back as the ledger goes."""
        ...

    def tidy(self) -> None:
        """Have closed parts compacted and the bounds held, without waiting for it."""
        ...

    def close(self) -> None: ...


class SegmentLedger:
    """Appends to segment files of its own; readers skip what is no JSON: the torn last line of an older run."""

    def __init__(self, directory: Path, writer: str = "deliver") -> None:
        self._ledger = directory
        self._directory = directory / "live"
        self._compacting: subprocess.Popen[bytes] | None = None
        self._opened = time.monotonic()
        self._directory.mkdir(parents=True, exist_ok=True)
        self._writer = writer
        known = [*self._directory.glob(f"{writer}-*.jsonl"), *(directory / "compacted").glob(f"{writer}-*.parquet")]
        numbers = [int(path.stem.rpartition("-")[2]) for path in known]
        self._number = max(numbers, default=0)
        self._file = -1
        self._size = 0

    def append(self, lines: Sequence[bytes]) -> None:
        if not lines:
            return
        if self._file < 0 or self._size >= SEGMENT_BYTES_MAX or time.monotonic() - self._opened > SEGMENT_SECONDS_MAX:
            self._open_next()
        data = b"\n".join(lines) + b"\n"
        written = 0
        while written < len(data):
            written += os.write(self._file, data[written:])
        self._size += len(data)
        os.fdatasync(self._file)

    def delivered(self, connection: str, message_ids: Sequence[str]) -> set[str]:
        # DuckDB takes 70 MB and a quarter of a second: only who asks pays
        from trackyard.pipeline.deliver.history import delivered_among

        return delivered_among(self._ledger, connection, message_ids)

    def tidy(self) -> None:
        """In a process of low priority, which may take its time and its memory with it when it ends."""
        if self._compacting is None or self._compacting.poll() is not None:
            command = [sys.executable, "-m", "trackyard.pipeline.deliver.compaction", str(self._ledger)]
            self._compacting = subprocess.Popen(command, stdin=subprocess.DEVNULL)

    def close(self) -> None:
        if self._compacting is not None:
            self._compacting.terminate()  # it may stop anywhere
            self._compacting.wait()
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _open_next(self) -> None:
        if self._file >= 0:
            os.close(self._file)
        self._number += 1
        self._opened = time.monotonic()
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

    def delivered(self, connection: str, message_ids: Sequence[str]) -> set[str]:
        sent = [entry for entry in self.entries if entry.connection == connection]
        ids = {id_ for entry in sent if entry.outcome in ("delivered", "accepted") for id_ in entry.message_id}
        return ids.intersection(message_ids)

    def tidy(self) -> None:
        pass

    def close(self) -> None:
        pass

    @property
    def entries(self) -> list[Entry]:
        """What was appended."""
        return [msgspec.json.decode(line, type=Entry) for line in self.lines]
