"""Making files durable without stalling everybody else's fsync."""

import os
from pathlib import Path
from typing import IO

PACE_BYTES = 4_000_000  # an unsynced copy of a large file stalled every other fsync on the disk for 1.5 s


class PacedFile:
    """A file written front to back and synced every few megabytes."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._unsynced = 0

    def write(self, data: bytes) -> None:
        """Append `data`; durable at the latest with `sync`."""
        self._file.write(data)
        self._unsynced += len(data)
        if self._unsynced >= PACE_BYTES:
            self.sync()

    def sync(self) -> None:
        """On return everything written is on the disk."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._unsynced = 0


def sync_directory(directory: Path) -> None:
    """On return the names in `directory` are on the disk."""
    sync_file(directory)


def sync_file(path: Path) -> None:
    """On return what was written to `path`, by whoever, is on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
