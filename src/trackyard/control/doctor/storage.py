"""The data directory: writable, roomy, held by whom, undamaged."""

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import apsw

from trackyard.control.doctor.diagnosis import Diagnosis, Installation, error, ok, warning
from trackyard.log.sqlite import SqliteLog
from trackyard.model.errors import StorageError
from trackyard.store.archive import Archive, contents, places
from trackyard.store.database import open_to_look, storage_errors
from trackyard.store.directory import DataDirectory
from trackyard.store.lease import holder_of
from trackyard.store.revisions import Revisions
from trackyard.store.space import RESUME_ABOVE_BYTES
from trackyard.store.sqlite_state import SqliteState

SYNC_SECONDS_MAX = 0.1  # every acknowledged request waits for one
FREE_BYTES_MIN = 2_000_000_000
SHALLOW_BYTES_MAX = 2_000_000_000  # a quick check reads about 1 GB in a few seconds
FAULTS_SHOWN = 3
RECORDS_AT_ONCE = 10_000  # one read is bounded in bytes too
CHUNKS_AT_ONCE = 200


def data_directory(installation: Installation) -> Iterator[Diagnosis]:
    root = installation.data.root
    if not root.is_dir():
        yield error("data directory", f"{root} is not there", "name it with --data, or start with `trackyard up`")
        return
    try:
        seconds = _seconds_to_sync(root)
    except OSError as refused:
        yield error("data directory", f"{root} cannot be written: {refused.strerror}", "correct owner and rights")
        return
    if seconds > SYNC_SECONDS_MAX:
        fix = "use a faster disk: every acknowledged request waits for one such write"
        yield warning("data directory", f"{root}: a synced write takes {seconds * 1000:.0f} ms", fix)
    else:
        yield ok("data directory", f"{root}: a synced write takes {seconds * 1000:.1f} ms")


def free_space(installation: Installation) -> Iterator[Diagnosis]:
    root = installation.data.root
    if not root.is_dir():
        return
    free, wanted = shutil.disk_usage(root).free, _bytes_of_retention(installation.data)
    found = f"{_gigabytes(free)} free, logs may grow to {_gigabytes(wanted)}"
    if free < RESUME_ABOVE_BYTES:
        yield error("free space", found, "free some space: events are refused (503) before the disk is full")
    elif free < FREE_BYTES_MIN or free + _bytes_used(root) < wanted:
        yield warning("free space", found, "enlarge the disk, or lower retention.gigabytes in trackyard.yaml")
    else:
        yield ok("free space", found)


def holders(installation: Installation) -> Iterator[Diagnosis]:
    held = held_leases(installation.data)
    names = ", ".join(f"{path.name.removesuffix('.lease')} by {holder_of(path)}" for path in held)
    yield ok("running", f"held: {names}" if held else "no engine holds the data directory")


def damaged_databases(installation: Installation) -> Iterator[Diagnosis]:
    for path in sorted(installation.data.root.glob("*.db")):
        size = path.stat().st_size
        if size > SHALLOW_BYTES_MAX and not installation.deep:
            yield ok(path.name, f"{_gigabytes(size)}, not read through; use --deep")
            continue
        faults = _faults(path)
        fix = f"stop the engine and restore a copy (`trackyard restore`); keep {path} for a rescue"
        yield error(path.name, f"damaged: {faults}", fix) if faults else ok(path.name, f"{_gigabytes(size)}, sound")


def damaged_archive(installation: Installation) -> Iterator[Diagnosis]:
    """Segments are whole and without gaps; with `deep` every block in them is read."""
    archive = Archive(installation.data.archive)
    try:
        segments = archive.segments()
        blocks = sum(len(places(segment.path)) for segment in segments)
        if installation.deep:
            blocks = sum(1 for segment in segments for _ in contents(segment, 0))
        if segments:
            yield ok("archive", f"{len(segments)} segments with {blocks} blocks, sound")
    except StorageError as damage:
        yield error("archive", str(damage), "restore the segment from a backup of the archive")


def damaged_contents(installation: Installation) -> Iterator[Diagnosis]:
    """With `deep`: every block in the live logs is read, whose checksums SQLite knows nothing of."""
    if not installation.deep:
        return
    for path, read in ((installation.data.received, _read_received), (installation.data.state, _read_events)):
        try:
            if path.exists():
                yield ok(f"{path.name} contents", f"{read(path)} records, all readable")
        except StorageError as damage:
            fix = "restore a copy; what stands before the damage is sound"
            yield error(f"{path.name} contents", str(damage), fix)


def _read_received(path: Path) -> int:
    log = SqliteLog(path, writer=False)
    try:
        count, after = 0, log.bounds()[0] - 1
        while records := log.read(after, RECORDS_AT_ONCE):
            count, after = count + len(records), records[-1].offset
        return count
    finally:
        log.close()


def _read_events(path: Path) -> int:
    state = SqliteState(path, writer=False)
    try:
        count, after = 0, state.events.bounds()[0] - 1
        while chunks := state.events.read(after, CHUNKS_AT_ONCE):
            count, after = count + sum(len(chunk.events) for chunk in chunks), chunks[-1].last
        return count
    finally:
        state.close()


def held_leases(data: DataDirectory) -> list[Path]:
    """The lease files that a living process holds."""
    return [path for path in sorted(data.run.glob("*.lease")) if _is_held(path)]


def _is_held(path: Path) -> bool:
    with path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _seconds_to_sync(root: Path) -> float:
    with tempfile.TemporaryFile(dir=root) as file:
        started = time.perf_counter()
        file.write(b"doctor")
        file.flush()
        os.fsync(file.fileno())
        return time.perf_counter() - started


def _bytes_of_retention(data: DataDirectory) -> float:
    current = Revisions(data.revisions).current()
    return current.workspace.retention.gigabytes * 1e9 if current else 0.0


def _bytes_used(root: Path) -> int:
    return sum(path.stat().st_size for path in root.glob("*.db*"))


def _gigabytes(count: float) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 1e8 else f"{count / 1e6:.1f} MB"


def _faults(path: Path) -> str:
    """What SQLite finds wrong inside of `path`; empty when nothing is."""
    try:
        with storage_errors(path):
            connection = open_to_look(path)
            try:
                lines = [str(row[0]) for row in connection.execute(f"PRAGMA quick_check({FAULTS_SHOWN})").fetchall()]
            finally:
                connection.close()
    except (StorageError, apsw.Error) as failure:
        return str(failure)
    return "" if lines == ["ok"] else "; ".join(lines)
