"""The ledger of trials: JSON lines, appended one whole line at a time by whoever holds the lock."""

import contextlib
import fcntl
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from trackyard.model.errors import StorageError
from trackyard.store.durable import sync_directory

TRIALS_BYTES_MAX = 8_000_000  # beyond it only the newest of each configuration and result stays


class TrialRecord(msgspec.Struct, frozen=True, kw_only=True):
    """The result of one trial, with nothing of the event but its name and message id."""

    at: int
    who: str
    connection: str
    action: str
    subscription: str
    configuration: str  # fingerprint of what was tried
    revision: int  # that holds this configuration; 0: it was not applied yet
    event: str
    message_id: str
    result: str
    reason: str
    passed: bool
    test_mode: str = ""
    status: int = 0  # 0: not sent, or no answer
    latency_ms: float = 0


class Trials:
    """The trials of a data directory, in a folder of their own."""

    def __init__(self, directory: Path, bytes_max: int = TRIALS_BYTES_MAX) -> None:
        self._directory, self._bytes_max = directory, bytes_max
        self._file = directory / "trials.jsonl"

    def append(self, records: Sequence[TrialRecord]) -> None:
        """Add `records`; on return a power cut keeps them. A line that a crash tore is cut first."""
        try:
            with self._locked():
                is_new = not self._file.exists()
                self._cut_torn_line()
                with self._file.open("ab") as file:
                    file.write(b"".join(msgspec.json.encode(record) + b"\n" for record in records))
                    file.flush()
                    os.fsync(file.fileno())
                if is_new:
                    sync_directory(self._directory)
                self._compact()
        except OSError as error:
            raise StorageError(f"trials cannot be written to {self._file}: {error}") from error

    def all(self) -> list[TrialRecord]:
        """Every trial, oldest first. Raises `StorageError` naming a damaged line."""
        lines = self._lines()
        try:
            return [msgspec.json.decode(line, type=TrialRecord) for line in lines]
        except msgspec.DecodeError as error:
            raise StorageError(f"{self._file} is damaged: {error}; move it away and test the actions again") from None

    def _newest(self) -> list[TrialRecord]:
        kept = {(record.configuration, record.result): record for record in self.all()}
        return sorted(kept.values(), key=lambda record: record.at)

    def _lines(self) -> list[bytes]:
        try:
            written = self._file.read_bytes()
        except FileNotFoundError:
            return []
        return [line for line in written[: written.rfind(b"\n") + 1].split(b"\n") if line]

    def _cut_torn_line(self) -> None:
        if self._file.exists():
            written = self._file.read_bytes()
            os.truncate(self._file, written.rfind(b"\n") + 1)

    def _compact(self) -> None:
        if self._file.stat().st_size <= self._bytes_max:
            return
        fresh = self._file.with_suffix(".new")
        with fresh.open("wb") as file:
            file.write(b"".join(msgspec.json.encode(record) + b"\n" for record in self._newest()))
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._file)
        sync_directory(self._directory)

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        self._directory.mkdir(parents=True, exist_ok=True)
        with (self._directory / "lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
