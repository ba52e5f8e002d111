"""Applied revisions: immutable files, one pointer to the current one, replaced atomically."""

import os
from pathlib import Path

import msgspec

from trackyard.model.errors import StorageError
from trackyard.model.workspace import Revision


class Revisions:
    """All revisions of a data directory. Written by `apply` and the control plane, read by every engine."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._pointer = directory / "current"

    def current_number(self) -> int:
        """The number of the current revision; 0 where nothing was ever applied."""
        try:
            return int(self._pointer.read_text())
        except FileNotFoundError:
            return 0

    def get(self, number: int) -> Revision:
        """Revision `number`, exactly as applied."""
        try:
            return msgspec.json.decode(self._file(number).read_bytes(), type=Revision)
        except FileNotFoundError:
            raise StorageError(f"revision {number} is not in {self._directory}") from None

    def current(self) -> Revision | None:
        """The revision in force, or None before the first."""
        number = self.current_number()
        return self.get(number) if number else None

    def put(self, revision: Revision) -> None:
        """Store `revision` and make it current; on return a power cut keeps it. Its number must be the next."""
        if revision.number != self.current_number() + 1:
            raise StorageError(f"revision {revision.number} does not follow {self.current_number()}; read it again")
        self._directory.mkdir(parents=True, exist_ok=True)
        _write_durably(self._file(revision.number), msgspec.json.encode(revision))
        _write_durably(self._pointer, str(revision.number).encode())

    def _file(self, number: int) -> Path:
        return self._directory / f"{number:06d}.json"


def _write_durably(path: Path, data: bytes) -> None:
    fresh = path.with_suffix(".new")
    with fresh.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
