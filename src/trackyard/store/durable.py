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
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def copy_paced(source: Path, target: Path) -> None:
    """Copy a file that no longer changes; durable on return, under its name only when complete."""
    fresh = target.with_name(target.name + ".new")
    with source.open("rb") as reading, fresh.open("wb") as writing:
        paced = PacedFile(writing)
        while data := reading.read(PACE_BYTES):
            paced.write(data)
        paced.sync()
    fresh.replace(target)
    sync_directory(target.parent)
