"""Opening a SQLite file the one way we do: WAL, every commit synced, schema migrated, the library known to be safe."""

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import apsw

from trackyard.model.errors import StorageError, UnsafeLibrary
from trackyard.store.durable import sync_directory

# SQLite 3.7.0 to 3.51.2 can corrupt a WAL database when two connections write or checkpoint at once (sqlite.org,
# "WAL-reset bug", fixed in 3.51.3).
SQLITE_VERSION_MIN = (3, 51, 3)
WAL_PAGES_MAX = 1000  # checkpoints at 20,000 pages gave a p99 of 80 ms at the door instead of 12
WAL_BYTES_KEPT = 64_000_000  # what it grew to beyond that while a reader held it goes back to the disk
PAGE_BYTES = 4096  # larger ones append no faster, and a checkpoint at the same number of pages takes longer
BUSY_MILLISECONDS = 10_000


def open_database(path: Path, migrations: Sequence[str], *, writer: bool) -> apsw.Connection:
    """A connection to `path`, made and migrated if `writer`. `migrations[i]` takes the schema from version i to i + 1.

    Raises `UnsafeLibrary` for a SQLite older than 3.51.3 and `StorageError` for a file newer than this program.
    """
    if not writer:
        return _for_reading(path, len(migrations))
    check_library(apsw.sqlitelibversion())
    with storage_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        sync_directory(path.parent.parent)
        connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE)
        try:
            _make_ready(connection, path, migrations)
        except BaseException:
            connection.close()
            raise
    return connection


def open_to_look(path: Path) -> apsw.Connection:
    """A connection to `path` that cannot change it, whatever its schema."""
    check_library(apsw.sqlitelibversion())
    if not path.exists():
        raise StorageError(f"{path} does not exist; has the engine that writes it been started?")
    with storage_errors(path):
        # Read-only cannot open a WAL that nobody has open.
        connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)
        connection.set_busy_timeout(BUSY_MILLISECONDS)
        connection.pragma("query_only", True)
    return connection


@contextlib.contextmanager
def storage_errors(path: Path) -> Iterator[None]:
    """Say SQLite's errors in our words: what happened to `path` and what to do."""
    try:
        yield
    except apsw.FullError as error:
        raise StorageError(f"{path}: the disk is full; free some space, nothing was stored ({error})") from error
    except (apsw.CorruptError, apsw.NotADBError) as error:
        raise StorageError(f"{path} is damaged ({error}); run `trackyard doctor`, then restore a copy") from error
    except apsw.BusyError as error:
        raise StorageError(f"{path} was locked for {BUSY_MILLISECONDS} ms by another program ({error})") from error
    except (apsw.IOError, apsw.CantOpenError, apsw.ReadOnlyError, apsw.PermissionsError, OSError) as error:
        raise StorageError(f"{path} cannot be read or written: {error}") from error


def rows(connection: apsw.Connection, query: str, bindings: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Everything `query` answers, at once: the read transaction ends with the call."""
    return connection.execute(query, bindings).fetchall()


def check_library(version: str) -> None:
    """Refuse a SQLite that is known to corrupt files."""
    if tuple(int(part) for part in version.split(".")[:3]) < SQLITE_VERSION_MIN:
        raise UnsafeLibrary(f"SQLite {version} can corrupt its files (WAL reset); install apsw>=3.51.3")


def _make_ready(connection: apsw.Connection, path: Path, migrations: Sequence[str]) -> None:
    connection.set_busy_timeout(BUSY_MILLISECONDS)
    connection.pragma("page_size", PAGE_BYTES)
    connection.pragma("auto_vacuum", "incremental")  # has to stand before the first table; `blocks.trim` uses it
    connection.pragma("journal_mode", "wal")
    connection.pragma("synchronous", "full")
    connection.pragma("wal_autocheckpoint", WAL_PAGES_MAX)
    connection.pragma("journal_size_limit", WAL_BYTES_KEPT)
    _migrate(connection, path, migrations)
    sync_directory(path.parent)  # SQLite syncs the name of a new WAL, not that of a new database


def _migrate(connection: apsw.Connection, path: Path, migrations: Sequence[str]) -> None:
    found = _schema(connection, path, len(migrations))
    for version, script in enumerate(migrations[found:], start=found + 1):
        with connection:
            connection.execute(script)
            connection.pragma("user_version", version)


def _for_reading(path: Path, known: int) -> apsw.Connection:
    connection = open_to_look(path)
    try:
        with storage_errors(path):
            found = _schema(connection, path, known)
        if found < known:
            raise StorageError(f"{path} has schema {found}, expected {known}; start the engine that writes it first")
    except BaseException:
        connection.close()
        raise
    return connection


def _schema(connection: apsw.Connection, path: Path, known: int) -> int:
    found = int(connection.pragma("user_version"))
    if found > known:
        raise StorageError(f"{path} has schema {found}, expected at most {known}; run the version that wrote it")
    return found
