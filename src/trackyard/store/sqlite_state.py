"""Process's state on one machine: one SQLite file, one transaction per decided batch."""

import contextlib
import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path

import apsw
import msgspec

from trackyard.model.errors import Fenced, StorageError
from trackyard.model.event import Chunk
from trackyard.store import blocks
from trackyard.store.archive import Archive
from trackyard.store.archiver import Archiver
from trackyard.store.block import pack
from trackyard.store.database import open_database, rows, storage_errors
from trackyard.store.lease import Writer
from trackyard.store.state import Aside, EventLog, check_place, day_of

MIGRATIONS = (
    blocks.SCHEMA
    + """
CREATE TABLE position (one INTEGER PRIMARY KEY CHECK (one = 1), received INTEGER NOT NULL);
INSERT INTO position VALUES (1, 0);
CREATE TABLE mark (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE ids (at INTEGER NOT NULL, ids BLOB NOT NULL);
CREATE INDEX ids_at ON ids (at);
CREATE TABLE aside (number INTEGER PRIMARY KEY, total INTEGER NOT NULL, at INTEGER NOT NULL,
                    received_offset INTEGER NOT NULL, place INTEGER NOT NULL, source TEXT NOT NULL, kind TEXT NOT NULL,
                    code TEXT NOT NULL, message TEXT NOT NULL, message_id TEXT NOT NULL, body BLOB NOT NULL);
CREATE TABLE count (day INTEGER NOT NULL, source TEXT NOT NULL, name TEXT NOT NULL, what TEXT NOT NULL,
                    events INTEGER NOT NULL, PRIMARY KEY (day, source, name, what)) WITHOUT ROWID;
""",
)
LAST = """
SELECT max(trimmed.last, coalesce(newest.last, 0)), coalesce(newest.at, 0)
FROM trimmed LEFT JOIN (SELECT last, at FROM block ORDER BY first DESC LIMIT 1) newest
"""
ADD_COUNT = """
INSERT INTO count VALUES (?, ?, ?, ?, ?)
ON CONFLICT (day, source, name, what) DO UPDATE SET events = events + excluded.events
"""
ASIDE = """
SELECT at, received_offset, place, source, kind, code, message, message_id, body FROM aside
WHERE kind IN ({}) ORDER BY number DESC LIMIT ?
"""
# `total` counts the bytes ever put aside, so that what lies beyond the bound is known without reading a body.
ASIDE_TOTAL = "SELECT coalesce((SELECT total FROM aside ORDER BY number DESC LIMIT 1), 0)"
OLDEST_ASIDE = "SELECT number, at < ? OR total <= ?, total FROM aside ORDER BY number LIMIT ?"
PUT_ASIDE = "INSERT INTO aside VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
ASIDE_BYTES_MAX = 1_000_000_000
FORGET_ROWS = 200  # one pace
FORGET_BYTES = 2_000_000  # one pace

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Chunk)


class SqliteEventLog:
    """The decided events in state.db and, past retention, in the archive beside it, as one `EventLog`."""

    def __init__(self, path: Path, connection: apsw.Connection, archive: Archive) -> None:
        self._path, self._connection, self._archive = path, connection, archive

    def read(self, after: int, limit: int) -> Sequence[Chunk]:
        """See `EventLog.read`."""
        return [_decoder.decode(content) for content in self._contents(after, limit)]

    def _contents(self, after: int, limit: int) -> Sequence[bytes]:
        found = blocks.read(self._path, self._connection, after, limit)
        if found and found[0][0].first <= after + 1:
            return [content for _, content in found]
        first, last = blocks.bounds(self._path, self._connection)
        if after >= last:
            return []
        if after + 1 >= first:  # trimmed or appended between the two reads
            return self._contents(after, limit)
        return self._archive.read(after, limit) or self._lost(after, first)

    def _lost(self, after: int, first: int) -> Sequence[bytes]:
        raise StorageError(
            f"{self._archive.directory} lacks events {after + 1} to {first - 1}; restore it, or start at {first - 1}"
        )

    def last_before(self, at: int) -> int:
        """See `EventLog.last_before`."""
        first, _ = blocks.bounds(self._path, self._connection)
        live = blocks.last_before(self._path, self._connection, at)
        return live if live >= first else self._archive.last_before(at)

    def bounds(self) -> tuple[int, int]:
        """See `EventLog.bounds`."""
        first, last = blocks.bounds(self._path, self._connection)
        archived, until = self._archive.bounds()
        return (archived, last) if until else (first, last)


class SqliteState:
    """The state in the SQLite file at `path`. As `writer` it holds the file's lease until `close`."""

    def __init__(self, path: Path, *, writer: bool, aside_bytes_max: int = ASIDE_BYTES_MAX) -> None:
        self._path, self._aside_bytes_max = path, aside_bytes_max
        self._writer = Writer(path, MIGRATIONS) if writer else None
        self._connection = self._writer.connection if self._writer else open_database(path, MIGRATIONS, writer=False)
        archive = path.parent / "archive"
        self.events: EventLog = SqliteEventLog(path, self._connection, Archive(archive))
        self._archiver: Archiver | None = None
        try:
            self._archiver = Archiver(self._writer, archive) if self._writer else None
        except StorageError:
            self.close()
            raise

    def position(self) -> int:
        """See `State.position`."""
        with storage_errors(self._path):
            ((received,),) = rows(self._connection, "SELECT received FROM position")
        return int(received)

    def mark(self, name: str) -> int:
        """See `State.mark`."""
        with storage_errors(self._path):
            found = rows(self._connection, "SELECT value FROM mark WHERE name = ?", (name,))
        return int(found[0][0]) if found else 0

    @contextlib.contextmanager
    def transaction(self) -> Iterator["SqliteTransaction"]:
        """See `State.transaction`."""
        with self._writing().transaction() as connection:
            yield SqliteTransaction(connection, *rows(connection, LAST)[0])

    def ids_since(self, at: int) -> Sequence[tuple[int, bytes]]:
        """See `State.ids_since`."""
        with storage_errors(self._path):
            return rows(self._connection, "SELECT at, ids FROM ids WHERE at >= ? ORDER BY at, rowid", (at,))

    def forget_ids_before(self, at: int) -> bool:
        """See `State.forget_ids_before`."""
        oldest = "SELECT rowid FROM ids WHERE at < ? ORDER BY at LIMIT ?"
        with self._writing().transaction() as connection:
            connection.execute(f"DELETE FROM ids WHERE rowid IN ({oldest})", (at, FORGET_ROWS))
            return connection.changes() == FORGET_ROWS

    def aside(self, kinds: Sequence[str], limit: int) -> Sequence[Aside]:
        """See `State.aside`."""
        query = ASIDE.format(", ".join("?" * len(kinds)))
        with storage_errors(self._path):
            return [Aside(*row) for row in rows(self._connection, query, (*kinds, limit))]

    def forget_aside_before(self, at: int) -> bool:
        """See `State.forget_aside_before`."""
        with self._writing().transaction() as connection:
            bound = rows(connection, ASIDE_TOTAL)[0][0] - self._aside_bytes_max
            oldest = rows(connection, OLDEST_ASIDE, (at, bound, FORGET_ROWS))
            gone = [
                row for row in itertools.takewhile(lambda row: row[1], oldest) if row[2] - oldest[0][2] < FORGET_BYTES
            ]
            if gone:
                connection.execute("DELETE FROM aside WHERE number <= ?", (gone[-1][0],))
            front = rows(connection, OLDEST_ASIDE, (at, bound, 1))
        return bool(front and front[0][1])

    def counts_since(self, at: int) -> Sequence[tuple[int, str, str, str, int]]:
        """See `State.counts_since`."""
        with storage_errors(self._path):
            query = "SELECT * FROM count WHERE day >= ? ORDER BY day, source, name, what"
            return rows(self._connection, query, (day_of(at),))

    def archive(self, decided_before: int, bytes_max: int) -> bool:
        """See `State.archive`."""
        self._writing()
        assert self._archiver
        return self._archiver.pace(decided_before, bytes_max)

    def close(self) -> None:
        if self._archiver:
            self._archiver.close()
        if self._writer:
            self._writer.close()
        else:
            self._connection.close()

    def _writing(self) -> Writer:
        if self._writer is None:
            raise StorageError(f"{self._path} was opened for reading; open it as its writer to change it")
        return self._writer


class SqliteTransaction:
    """See `Transaction`."""

    def __init__(self, connection: apsw.Connection, last: int, at: int) -> None:
        self._connection, self._next, self._at = connection, last + 1, at

    def next_offset(self) -> int:
        """See `Transaction.next_offset`."""
        return self._next

    def append_events(self, chunk: Chunk) -> None:
        """See `Transaction.append_events`."""
        check_place(chunk, self._next)
        self._at = max(self._at, chunk.decided_at)  # a clock may step back, the log's time does not
        block = pack(chunk.first, chunk.last, self._at, _encoder.encode(chunk))
        self._connection.execute("INSERT INTO block VALUES (?, ?, ?, ?, ?)", block)
        self._next = chunk.last + 1

    def remember_ids(self, at: int, ids: bytes) -> None:
        """See `Transaction.remember_ids`."""
        self._connection.execute("INSERT INTO ids VALUES (?, ?)", (at, ids))

    def put_aside(self, events: Sequence[Aside]) -> None:
        """See `Transaction.put_aside`."""
        ((total,),) = rows(self._connection, ASIDE_TOTAL)
        totals = itertools.accumulate((len(event.body) for event in events), initial=total)
        next(totals)
        values = [(running, *msgspec.structs.astuple(event)) for running, event in zip(totals, events, strict=True)]
        self._connection.executemany(PUT_ASIDE, values)

    def count(self, at: int, counts: Sequence[tuple[str, str, str, int]]) -> None:
        """See `Transaction.count`."""
        self._connection.executemany(ADD_COUNT, [(day_of(at), *count) for count in counts])

    def set_mark(self, name: str, value: int) -> None:
        """See `Transaction.set_mark`."""
        self._connection.execute("INSERT OR REPLACE INTO mark VALUES (?, ?)", (name, value))

    def set_position(self, expected: int, new: int) -> None:
        """See `Transaction.set_position`."""
        self._connection.execute("UPDATE position SET received = ? WHERE received = ?", (new, expected))
        if self._connection.changes() != 1:
            ((found,),) = rows(self._connection, "SELECT received FROM position")
            raise Fenced(
                f"the reader stands at {found}, expected {expected}: another engine has moved it; this one stops"
            )
