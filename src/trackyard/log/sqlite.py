"""The log on one machine: SQLite, one row per appended batch, each commit synced."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from trackyard.log.protocol import Record
from trackyard.model.errors import StorageError
from trackyard.store import blocks
from trackyard.store.block import Block, pack
from trackyard.store.database import open_database, storage_errors
from trackyard.store.lease import Writer

MIGRATIONS = (blocks.SCHEMA,)
BLOCK_BYTES_MAX = 4_000_000  # a larger batch is stored as several rows of one transaction

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(list[bytes])


class SqliteLog:
    """The log in the SQLite file at `path`. As `writer` it holds the file's lease until `close`."""

    def __init__(self, path: Path, *, writer: bool) -> None:
        self._path = path
        self._writer = Writer(path, MIGRATIONS) if writer else None
        self._connection = self._writer.connection if self._writer else open_database(path, MIGRATIONS, writer=False)
        try:
            self._last = self.bounds()[1]
        except StorageError:
            self.close()
            raise

    def append(self, batch: Sequence[bytes], at: int) -> int:
        """See `Log.append`."""
        writer = self._writing()
        stored = list(_pack(batch, self._last + 1, at))
        if len(stored) == 1:
            self._append_one(writer, stored[0])
        elif stored:
            with writer.transaction() as connection:
                connection.executemany(blocks.APPEND, [(*block, writer.epoch) for block in stored])
        self._last += len(batch)
        return self._last

    def _append_one(self, writer: Writer, block: Block) -> None:
        with storage_errors(self._path):
            self._connection.execute(blocks.APPEND, (*block, writer.epoch))
            if self._connection.changes() != 1:
                raise writer.fenced()

    def read(self, after: int, limit: int) -> Sequence[Record]:
        """See `Log.read`."""
        records: list[Record] = []
        for block, content in blocks.read(self._path, self._connection, after, limit):
            start = max(block.first, after + 1)
            bodies = _decoder.decode(content)[start - block.first :][: limit - len(records)]
            records += [Record(offset, block.at, body) for offset, body in enumerate(bodies, start)]
            if len(records) >= limit:
                break
        return records

    def bounds(self) -> tuple[int, int]:
        """See `Log.bounds`."""
        return blocks.bounds(self._path, self._connection)

    def size(self) -> int:
        """See `Log.size`."""
        return blocks.live_bytes(self._path, self._connection)

    def trim(self, before: int, appended_before: int = blocks.NEVER) -> bool:
        """See `Log.trim`."""
        with self._writing().transaction() as connection:
            return blocks.trim(connection, before, appended_before)

    def close(self) -> None:
        if self._writer:
            self._writer.close()
        else:
            self._connection.close()

    def _writing(self) -> Writer:
        if self._writer is None:
            raise StorageError(f"{self._path} was opened for reading; open it as its writer to change it")
        return self._writer


def _pack(batch: Sequence[bytes], first: int, at: int) -> Iterator[Block]:
    for bodies in blocks.group(batch, BLOCK_BYTES_MAX):
        last = first + len(bodies) - 1
        yield pack(first, last, at, _encoder.encode(bodies))
        first = last + 1
