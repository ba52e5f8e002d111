"""Applied revisions: immutable files with a checksum, one pointer to the current one, replaced atomically."""

import contextlib
import fcntl
import hashlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from trackyard.model.errors import StorageError
from trackyard.model.workspace import Revision
from trackyard.store.durable import sync_directory


class _File(msgspec.Struct):
    """What a revision file holds: the revision's bytes as written, and their digest."""

    sha256: str
    revision: msgspec.Raw


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
        except ValueError:
            raise StorageError(f"{self._pointer} does not hold a number; write that of the newest revision") from None

    def get(self, number: int) -> Revision:
        """Revision `number`, exactly as applied. Raises `StorageError`, naming it, when it is missing or damaged."""
        path = self.file(number)
        try:
            file = msgspec.json.decode(path.read_bytes(), type=_File)
            if hashlib.sha256(file.revision).hexdigest() != file.sha256:
                raise StorageError(f"revision {number} is damaged: {path} is not what was written; {_REMEDY}")
            return _decoded(file.revision, number, path)
        except FileNotFoundError:
            raise StorageError(f"revision {number} is not in {self._directory}") from None
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise StorageError(f"revision {number} is damaged: {path}: {error}; {_REMEDY}") from None

    def current(self) -> Revision | None:
        """The revision in force, or None before the first."""
        number = self.current_number()
        return self.get(number) if number else None

    def numbers(self) -> Sequence[int]:
        """Every number from the first to the current one, oldest first, damaged ones too."""
        return range(1, self.current_number() + 1)

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Hold while reading the current revision and putting the next: others wait and then see what was put."""
        self._directory.mkdir(parents=True, exist_ok=True)
        with (self._directory / "lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def put(self, revision: Revision) -> None:
        """Store `revision` and make it current; on return a power cut keeps it. Its number must be the next."""
        if revision.number != self.current_number() + 1:
            raise StorageError(f"revision {revision.number} does not follow {self.current_number()}; read it again")
        self._directory.mkdir(parents=True, exist_ok=True)
        written = msgspec.json.encode(revision)
        digest = hashlib.sha256(written).hexdigest()
        try:
            _write_durably(self.file(revision.number), msgspec.json.encode(_File(digest, msgspec.Raw(written))))
            _write_durably(self._pointer, str(revision.number).encode())
        except OSError as error:
            raise StorageError(f"revision {revision.number} cannot be written to {self._directory}: {error}") from error

    def file(self, number: int) -> Path:
        """Where revision `number` lies."""
        return self._directory / f"{number:06d}.json"


def _decoded(written: msgspec.Raw, number: int, path: Path) -> Revision:
    try:
        return msgspec.json.decode(written, type=Revision)
    except msgspec.ValidationError as error:
        raise StorageError(f"revision {number} was written by a newer version than this ({path}: {error})") from None


_REMEDY = "restore that file from a backup, or apply the workspace again"


def _write_durably(path: Path, data: bytes) -> None:
    fresh = path.with_suffix(".new")
    with fresh.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    sync_directory(path.parent)
