"""A copy of a database as it is at one moment, taken while its writer goes on."""

import os
from pathlib import Path

import apsw

from trackyard.model.errors import StorageError
from trackyard.store.database import BUSY_MILLISECONDS, check_library

PAGES_PER_STEP = 2000  # 8 MB between syncs: one sync of a large file stalled every commit of the engine for 1.5 s


def snapshot(source: Path, target: Path) -> None:
    """Copy the database `source` to the new file `target`; on return a power cut keeps the copy.

    The copy holds all that was committed before one moment and nothing after it. The source's WAL grows while it lasts.
    Raises `StorageError` naming `source` when it cannot be read.
    """
    check_library(apsw.sqlitelibversion())
    try:
        reader = apsw.Connection(str(source), flags=apsw.SQLITE_OPEN_READWRITE)  # read-only cannot open a fresh WAL
        reader.set_busy_timeout(BUSY_MILLISECONDS)
        reader.pragma("query_only", True)
        writer = apsw.Connection(str(target))
        try:
            _copy(reader, writer, target)
        finally:
            writer.close()
            reader.close()
    except apsw.Error as error:
        raise StorageError(f"{source} cannot be copied: {error}") from error


def _copy(reader: apsw.Connection, writer: apsw.Connection, target: Path) -> None:
    # Inside a read transaction the backup sees one state and is not started over by the engine's commits.
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM sqlite_schema").fetchall()
    with writer.backup("main", reader, "main") as backup:
        while not backup.done:
            backup.step(PAGES_PER_STEP)
            _sync(target)
    reader.execute("COMMIT")
    writer.pragma("journal_mode", "delete")
    _sync(target)


def _sync(path: Path) -> None:
    file = os.open(path, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
