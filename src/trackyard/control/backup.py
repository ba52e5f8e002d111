"""Everything a server has in one file, taken while it runs, and back again.

The file is a tar. Below `data/` and `workspace/` lies what was there, last comes `manifest.json` with the digest of
every file: without it the export was cut off. Readers are copied before the logs they read (deliveries before state
before received), so in the copy no position is ahead of its log; what only grows (ledger, archive, revisions) is last.
"""

import hashlib
import io
import os
import shutil
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path, PurePosixPath
from typing import IO

import msgspec

from trackyard import __version__
from trackyard.control.workspace.files import FOLDERS, MAIN
from trackyard.log.sqlite import SqliteLog
from trackyard.model.errors import RefusedError, StorageError
from trackyard.store.directory import DataDirectory
from trackyard.store.durable import sync_directory
from trackyard.store.snapshot import snapshot
from trackyard.store.sqlite_state import SqliteState

FORMAT = 1
MANIFEST = "manifest.json"
COPY_BYTES = 1 << 20
SYNC_BYTES = 16 << 20  # between syncs, so that no single one holds up the engine's commits
LISTINGS_MAX = 5
NEVER_EXPORTED = ("run", "lost+found")
UNFINISHED = ("-wal", "-shm", "-journal", ".new", ".partial")


class Entry(msgspec.Struct, frozen=True):
    """One file of an export."""

    bytes: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True):
    """What an export holds, made at `at` (ms UTC) by version `version`."""

    format: int
    version: str
    at: int
    has_secrets: bool
    files: dict[str, Entry]


def export(data: DataDirectory, workspace: Path | None, target: Path, *, with_secrets: bool, at: int) -> Manifest:
    """Write everything to the new file `target`; on return a power cut keeps it. The server may be running.

    Secret files and keys are left out unless `with_secrets`; write keys are part of the workspace and always in.
    """
    if target.exists():
        raise RefusedError(f"{target} is there already; choose another name")
    if target.absolute().is_relative_to(data.root):
        raise RefusedError(f"{target} lies inside the data directory; choose a place outside of it")
    if not data.root.is_dir():
        raise StorageError(f"{data.root} is not a directory; name the data directory with --data")
    partial = target.with_name(f"{target.name}.partial")
    try:
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".export-") as scratch, _private(partial) as file:
            archive = _Archive(file)
            for name, path in _contents(data, workspace, Path(scratch), with_secrets):
                archive.add(name, path)
            manifest = Manifest(FORMAT, __version__, at, with_secrets, archive.entries)
            archive.finish(manifest)
        partial.replace(target)
        sync_directory(target.parent)
    except OSError as error:
        raise StorageError(f"{target} cannot be written: {error}") from error
    finally:
        partial.unlink(missing_ok=True)
    return manifest


def restore(source: Path, data: Path, workspace: Path | None) -> Manifest:
    """Put back what `export` wrote; nothing is left behind when a digest differs or the file was cut off.

    `data` (and `workspace`, where the files are wanted too) must be empty or not there.
    """
    for target in (data, workspace):
        if target is not None and target.exists() and any(target.iterdir()):
            raise RefusedError(f"{target} is not empty; restore into a new directory")
    data.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=data.parent, prefix=".restore-") as scratch:
        manifest = _unpack(source, Path(scratch))
        _move(Path(scratch) / "data", data)
        if workspace is not None and (Path(scratch) / "workspace").is_dir():
            workspace.parent.mkdir(parents=True, exist_ok=True)
            _move(Path(scratch) / "workspace", workspace)
    return manifest


def _contents(
    data: DataDirectory, workspace: Path | None, scratch: Path, with_secrets: bool
) -> Iterator[tuple[str, Path]]:
    """Each file to export under its name in the archive, in the order that keeps the copy consistent."""
    for database in _databases(data):
        snapshot(database, scratch / database.name)
        yield f"data/{database.name}", scratch / database.name
    _check_no_gap(DataDirectory(scratch))
    yield from _settled(data.root, "data", _skipped(data, with_secrets))
    if workspace is not None:
        yield f"workspace/{MAIN}", workspace / MAIN
        for folder in FOLDERS:
            yield from _settled(workspace / folder, f"workspace/{folder}", set())


def _check_no_gap(copies: DataDirectory) -> None:
    """Received records that the copied state has not decided yet must not have been trimmed meanwhile."""
    if not (copies.state.exists() and copies.received.exists()):
        return
    with closing(SqliteState(copies.state, writer=False)) as state:
        decided = state.position()
    with closing(SqliteLog(copies.received, writer=False)) as log:
        first, _ = log.bounds()
    if first > decided + 1:
        found = f"received.db begins at {first}, state is at {decided}"
        raise StorageError(f"{found}: trimmed while it was copied; raise `retention` and export again")


def _databases(data: DataDirectory) -> list[Path]:
    """Every database, each reader before the log it reads."""
    in_order = [data.deliveries, data.state, data.received]
    others = sorted(path for path in data.root.glob("*.db") if path not in in_order)
    return [path for path in [*others, *in_order] if path.exists()]


def _skipped(data: DataDirectory, with_secrets: bool) -> set[Path]:
    never = {data.root / name for name in NEVER_EXPORTED} | set(_databases(data))
    return never if with_secrets else never | {data.secrets, data.token_key, data.tokens_key, data.tokens}


def _settled(root: Path, prefix: str, skipped: set[Path]) -> Iterator[tuple[str, Path]]:
    """Every plain file below `root`. Files that come or go meanwhile (compaction) are followed until none does."""
    root = root.absolute()
    seen: set[Path] = set()
    for _ in range(LISTINGS_MAX):
        fresh = [path for path in _plain_files(root, skipped) if path not in seen]
        if not fresh:
            return
        for path in fresh:
            seen.add(path)
            yield f"{prefix}/{path.relative_to(root).as_posix()}", path


def _plain_files(root: Path, skipped: set[Path]) -> Iterator[Path]:
    for path in sorted(root.iterdir()) if root.is_dir() else ():
        if path in skipped or path.is_symlink() or path.name.endswith(UNFINISHED) or path.name == "__pycache__":
            continue
        if path.is_dir():
            yield from _plain_files(path, skipped)
        elif path.is_file():
            yield path


class _Archive:
    """A tar being written, with the digest of what went into it."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._tar = tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT)  # noqa: SIM115 - closed in finish
        self._synced = 0
        self.entries: dict[str, Entry] = {}

    def add(self, name: str, path: Path) -> None:
        """Add the file's bytes as long as it is now; one that has gone was compacted into another."""
        try:
            source = path.open("rb")
        except FileNotFoundError:
            return
        with source:
            member = tarfile.TarInfo(name)
            member.size, member.mode = os.fstat(source.fileno()).st_size, 0o600
            reader = _Digesting(source, self._sync_in_paces)
            self._tar.addfile(member, reader)
            self.entries[name] = Entry(member.size, reader.digest())

    def finish(self, manifest: Manifest) -> None:
        written = msgspec.json.encode(manifest)
        member = tarfile.TarInfo(MANIFEST)
        member.size, member.mode = len(written), 0o600
        self._tar.addfile(member, io.BytesIO(written))
        self._tar.close()
        self._file.flush()
        os.fsync(self._file.fileno())

    def _sync_in_paces(self) -> None:
        if self._file.tell() - self._synced >= SYNC_BYTES:
            self._file.flush()
            os.fdatasync(self._file.fileno())
            self._synced = self._file.tell()


class _Digesting:
    """Reads through and keeps the digest; `after_read` is called now and then."""

    def __init__(self, source: IO[bytes], after_read: Callable[[], None]) -> None:
        self._source, self._after_read = source, after_read
        self._hash = hashlib.sha256()

    def read(self, length: int = -1, /) -> bytes:
        data = self._source.read(length)
        self._hash.update(data)
        self._after_read()
        return data

    def digest(self) -> str:
        return self._hash.hexdigest()


def _unpack(source: Path, scratch: Path) -> Manifest:
    """Unpack all of `source` below `scratch` and hold it against its manifest."""
    found: dict[str, Entry] = {}
    manifest: Manifest | None = None
    try:
        with tarfile.open(source, "r:") as tar:
            for member in tar:
                content = tar.extractfile(member)
                if content is None:
                    raise StorageError(f"{source} is no export: {member.name} is not a plain file")
                if member.name == MANIFEST:
                    manifest = msgspec.json.decode(content.read(), type=Manifest)
                else:
                    found[member.name] = _unpack_file(content, scratch / _inside(member.name, source))
    except (tarfile.TarError, msgspec.DecodeError, OSError) as error:
        raise StorageError(f"{source} cannot be restored: {error}") from error
    _verify(source, manifest, found)
    assert manifest is not None
    return manifest


def _inside(name: str, source: Path) -> PurePosixPath:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or path.parts[0] not in ("data", "workspace"):
        raise StorageError(f"{source} is no export: it holds {name!r}")
    return path


def _unpack_file(content: IO[bytes], target: Path) -> Entry:
    target.parent.mkdir(parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    with _private(target) as file:
        while data := content.read(COPY_BYTES):
            digest.update(data)
            size += len(data)
            file.write(data)
        file.flush()
        os.fsync(file.fileno())
    return Entry(size, digest.hexdigest())


def _verify(source: Path, manifest: Manifest | None, found: dict[str, Entry]) -> None:
    if manifest is None:
        raise StorageError(f"{source} was cut off: its end with {MANIFEST} is missing; use another export")
    if manifest.format != FORMAT:
        raise StorageError(
            f"{source} has format {manifest.format}, this version reads {FORMAT}; use {manifest.version}"
        )
    differing = [name for name in {**manifest.files, **found} if manifest.files.get(name) != found.get(name)]
    if differing:
        raise StorageError(f"{source} is damaged: {', '.join(sorted(differing))} is not what was exported")


def _private(path: Path) -> IO[bytes]:
    """A new file that only its owner may read: it holds personal data."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def _move(source: Path, target: Path) -> None:
    source.mkdir(exist_ok=True)
    if target.exists():
        target.rmdir()
    shutil.move(source, target)
    sync_directory(target.parent)
