"""The log on one machine: SQLite, one row per appended batch, each commit synced."""

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import apsw
import msgspec

from trackyard.log.protocol import Record
from trackyard.model.errors import StorageError
from trackyard.store.checksum import checksum
from trackyard.store.database import open_database, rows, storage_errors
from trackyard.store.lease import Writer

# One row per batch: a batch costs one statement, so the writer's thread hands the interpreter lock over once, not once
# per record.
MIGRATIONS = (
    """
CREATE TABLE block (first INTEGER PRIMARY KEY, last INTEGER NOT NULL, at INTEGER NOT NULL, crc INTEGER NOT NULL,
                    data BLOB NOT NULL);
CREATE TABLE trimmed (one INTEGER PRIMARY KEY CHECK (one = 1), last INTEGER NOT NULL);
INSERT INTO trimmed VALUES (1, 0);
""",
)
APPEND = """
INSERT INTO block (first, last, at, crc, data) SELECT ?, ?, ?, ?, ? FROM holder WHERE epoch = ?
"""
READ = """
SELECT first, last, at, crc, data, (SELECT last FROM trimmed) FROM block
WHERE first >= coalesce((SELECT max(first) FROM block WHERE first <= :next), :next) AND last >= :next ORDER BY first
"""
BOUNDS = (
    "SELECT (SELECT min(first) FROM block), (SELECT last FROM block ORDER BY first DESC LIMIT 1), last FROM trimmed"
)
BLOCK_BYTES_MAX = 4_000_000  # a larger batch is stored as several rows of one transaction
READ_BYTES_MAX = 16_000_000  # one read stops after this much, so that a reader's memory is bounded
TRIM_BYTES = 8_000_000  # one pace of `trim`

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(list[bytes])


class SqliteLog:
    """The log in the SQLite file at `path`. As `writer` it holds the file's lease until `close`."""

    def __init__(self, path: Path, *, writer: bool) -> None:
        self._path = path
        with storage_errors(path):
            self._writer = Writer(path, MIGRATIONS) if writer else None
            self._connection = (
                self._writer.connection if self._writer else open_database(path, MIGRATIONS, writer=False)
            )
            self._last = self.bounds()[1]

    def append(self, batch: Sequence[bytes], at: int) -> int:
        """See `Log.append`."""
        writer = self._writing()
        blocks = list(_blocks(batch, self._last + 1, at))
        if len(blocks) == 1:
            self._append_one(writer, blocks[0])
        elif blocks:
            with writer.transaction() as connection:
                connection.executemany(APPEND, [(*row, writer.epoch) for row in blocks])
        self._last += len(batch)
        return self._last

    def _append_one(self, writer: Writer, row: tuple[int, int, int, int, bytes]) -> None:
        with storage_errors(self._path):
            self._connection.execute(APPEND, (*row, writer.epoch))
            if self._connection.changes() != 1:
                raise writer.fenced()

    def read(self, after: int, limit: int) -> Sequence[Record]:
        """See `Log.read`; stops early after about 16 MB."""
        records: list[Record] = []
        size = 0
        with storage_errors(self._path), contextlib.closing(self._connection.cursor()) as cursor:
            for first, last, at, crc, data, trimmed in cursor.execute(READ, {"next": after + 1}):
                self._check_block(first, last, at, crc, data, expected=after + 1, trimmed=trimmed)
                bodies = _decoder.decode(data)
                fresh = bodies[max(0, after + 1 - first) :][: limit - len(records)]
                records += [Record(offset, at, body) for offset, body in enumerate(fresh, start=max(first, after + 1))]
                after, size = last, size + len(data)
                if len(records) >= limit or size >= READ_BYTES_MAX:
                    break
        return records

    def _check_block(
        self, first: int, last: int, at: int, crc: int, data: bytes, *, expected: int, trimmed: int
    ) -> None:
        if first > expected and first > trimmed + 1:
            raise StorageError(
                f"{self._path} is damaged: offsets {expected} to {first - 1} are missing; restore a copy"
            )
        if crc != checksum(first, last, at, data):
            raise StorageError(f"{self._path} is damaged: wrong checksum on offsets {first} to {last}; restore a copy")

    def bounds(self) -> tuple[int, int]:
        """See `Log.bounds`."""
        with storage_errors(self._path):
            ((first, last, trimmed),) = rows(self._connection, BOUNDS)
        return (trimmed + 1, trimmed) if first is None else (first, last)

    def trim(self, before: int) -> bool:
        """See `Log.trim`."""
        with self._writing().transaction() as connection:
            gone = _one_pace(connection, min(before, self._last + 1))
            if gone:
                connection.execute("DELETE FROM block WHERE first <= ?", (gone,))
                connection.execute("UPDATE trimmed SET last = max(last, ?)", (gone,))
        first, last = self.bounds()
        return gone > 0 and first <= last and self._ends_before(first, before)

    def _ends_before(self, first: int, before: int) -> bool:
        found = rows(self._connection, "SELECT last < ? FROM block WHERE first = ?", (before, first))
        return bool(found and found[0][0])

    def close(self) -> None:
        if self._writer:
            self._writer.close()
        else:
            self._connection.close()

    def _writing(self) -> Writer:
        if self._writer is None:
            raise StorageError(f"{self._path} was opened for reading; open it as its writer to change it")
        return self._writer


def _blocks(batch: Sequence[bytes], first: int, at: int) -> Iterator[tuple[int, int, int, int, bytes]]:
    start = size = 0
    for index, body in enumerate(batch):
        if size and size + len(body) > BLOCK_BYTES_MAX:
            yield _block(batch[start:index], first + start, at)
            start, size = index, 0
        size += len(body)
    if batch:
        yield _block(batch[start:], first + start, at)


def _block(bodies: Sequence[bytes], first: int, at: int) -> tuple[int, int, int, int, bytes]:
    data, last = _encoder.encode(bodies), first + len(bodies) - 1
    return first, last, at, checksum(first, last, at, data), data


def _one_pace(connection: apsw.Connection, before: int) -> int:
    """The last offset of the oldest blocks that end below `before` and are about TRIM_BYTES together; 0 for none."""
    gone = size = 0
    for last, length in connection.execute(
        "SELECT last, length(data) FROM block WHERE last < ? ORDER BY first", (before,)
    ):
        gone, size = last, size + length
        if size >= TRIM_BYTES:
            break
    return gone
