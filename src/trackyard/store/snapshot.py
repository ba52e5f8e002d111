"""A copy of a database as it is at one moment, taken while its writer goes on."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import apsw

from trackyard.store.database import PAGE_BYTES, open_to_look, rows, storage_errors
from trackyard.store.durable import PACE_BYTES, sync_file

BLOCKS_PER_READ = 50
SCHEMA = "SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY rowid"


def snapshot(source: Path, target: Path) -> None:
    """Copy the database `source` to the new file `target`; on return a power cut keeps the copy.

    The copy holds all that was committed before one moment near the end of the call, and nothing after it. Blocks
    never change and are copied in many short reads, the rest in one: a single long one would keep the WAL from being
    checkpointed, and the engine would pay for it at once afterwards. Raises `StorageError` naming `source`.
    """
    with storage_errors(source):
        reader = open_to_look(source)
        writer = apsw.Connection(str(target))
        try:
            _copy(reader, _Copy(writer, target))
        finally:
            writer.close()
            reader.close()
    sync_file(target)


def _copy(reader: apsw.Connection, copy: "_Copy") -> None:
    schema = rows(reader, SCHEMA)
    tables = [name for kind, name, _ in schema if kind == "table"]
    copy.make(schema, rows(reader, "PRAGMA user_version")[0][0])
    last = _copy_blocks(reader, copy, after=0) if "block" in tables else 0
    with reader:
        if "block" in tables:
            _copy_blocks(reader, copy, last)
        for table in tables:
            if table != "block":
                copy.add(table, _all(reader, table))
    copy.finish("block" in tables)


def _copy_blocks(reader: apsw.Connection, copy: "_Copy", after: int) -> int:
    """Copy what lies behind the block that begins at `after`; returns where the last one begins."""
    query = "SELECT * FROM block WHERE first > ? ORDER BY first LIMIT ?"
    while found := rows(reader, query, (after, BLOCKS_PER_READ)):
        copy.add("block", found)
        after = found[-1][0]
    return after


def _all(reader: apsw.Connection, table: str) -> Iterator[tuple[Any, ...]]:
    yield from reader.execute(f'SELECT * FROM "{table}"')


class _Copy:
    """The new file: written in transactions of a few megabytes, each synced before the next."""

    def __init__(self, connection: apsw.Connection, path: Path) -> None:
        self._connection, self._path, self._unsynced = connection, path, 0

    def make(self, schema: list[tuple[Any, ...]], version: int) -> None:
        self._connection.pragma("page_size", PAGE_BYTES)
        self._connection.pragma("auto_vacuum", "incremental")
        self._connection.pragma("journal_mode", "off")
        self._connection.pragma("synchronous", "off")  # `snapshot` syncs in its own paces
        for _, _, sql in schema:
            self._connection.execute(sql)
        self._connection.pragma("user_version", version)
        self._connection.execute("BEGIN")

    def add(self, table: str, found: "Iterator[tuple[Any, ...]] | list[tuple[Any, ...]]") -> None:
        for row in found:
            self._connection.execute(f'INSERT INTO "{table}" VALUES ({", ".join("?" * len(row))})', row)
            self._unsynced += sum(len(value) if isinstance(value, bytes | str) else 8 for value in row)
            if self._unsynced >= PACE_BYTES:
                self._sync()

    def _sync(self) -> None:
        self._connection.execute("COMMIT")
        sync_file(self._path)
        self._unsynced = 0
        self._connection.execute("BEGIN")

    def finish(self, has_blocks: bool) -> None:
        if has_blocks:  # some may have been trimmed in the source after they were copied
            self._connection.execute("DELETE FROM block WHERE last <= (SELECT last FROM trimmed)")
        self._connection.execute("COMMIT")
