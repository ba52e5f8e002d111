"""The table of blocks in received.db and state.db: appended at the end, read in ranges, given up at the front."""

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import apsw

from trackyard.model.errors import StorageError
from trackyard.store.block import Block, unpack
from trackyard.store.database import rows, storage_errors

SCHEMA = """
CREATE TABLE block (first INTEGER PRIMARY KEY, last INTEGER NOT NULL, at INTEGER NOT NULL, crc INTEGER NOT NULL,
                    data BLOB NOT NULL);
CREATE TABLE trimmed (one INTEGER PRIMARY KEY CHECK (one = 1), last INTEGER NOT NULL);
INSERT INTO trimmed VALUES (1, 0);
"""
# One statement that also compares the epoch: it is its own transaction, so a group commit gives the interpreter lock
# away once and not once per record.
APPEND = "INSERT INTO block (first, last, at, crc, data) SELECT ?, ?, ?, ?, ? FROM holder WHERE epoch = ?"
READ = """
SELECT first, last, at, crc, data, (SELECT last FROM trimmed) FROM block
WHERE first >= coalesce((SELECT max(first) FROM block WHERE first <= :next), :next) AND last >= :next ORDER BY first
"""
BOUNDS = (
    "SELECT (SELECT min(first) FROM block), (SELECT last FROM block ORDER BY first DESC LIMIT 1), last FROM trimmed"
)
OLDEST = "SELECT last, at < ?, length(data) FROM block WHERE last < ? ORDER BY first"
FRONT = "SELECT last < ? AND at < ? FROM block ORDER BY first LIMIT 1"
AT = "SELECT last, at FROM block WHERE first <= ? ORDER BY first DESC LIMIT 1"
AHEAD = "SELECT at, length(data) FROM block WHERE first > ? ORDER BY first LIMIT ?"
READ_BYTES_MAX = 16_000_000  # unpacked; one read stops after this much, so that a reader's memory is bounded
TRIM_BYTES = 2_000_000  # compressed; one pace, so that appends behind it do not wait long
PAGES_PER_PACE = 1000
FREE_PAGES_KEPT = 8000
NEVER = 2**62


def read(path: Path, connection: apsw.Connection, after: int, limit: int) -> list[tuple[Block, bytes]]:
    """At most `limit` blocks that hold offsets above `after`, with their content, in one short read transaction.

    Raises `StorageError` naming the offsets where the next block is damaged or missing; what is sound before it is
    answered first.
    """
    found: list[tuple[Block, bytes]] = []
    size = 0
    with storage_errors(path), contextlib.closing(connection.cursor()) as cursor:
        for *columns, trimmed in cursor.execute(READ, {"next": after + 1}):
            try:
                block, content = _sound(Block(*columns), path, expected=after + 1, trimmed=trimmed)
            except StorageError:
                if found:
                    break
                raise
            found.append((block, content))
            after, size = block.last, size + len(content)
            if len(found) >= limit or size >= READ_BYTES_MAX:
                break
    return found


def _sound(block: Block, path: Path, *, expected: int, trimmed: int) -> tuple[Block, bytes]:
    if block.first > max(expected, trimmed + 1):
        raise StorageError(
            f"{path} is damaged: offsets {max(expected, trimmed + 1)} to {block.first - 1} are missing; "
            "run `trackyard doctor`, then restore a copy"
        )
    return block, unpack(block, path)


def bounds(path: Path, connection: apsw.Connection) -> tuple[int, int]:
    """(first, last) offset held; (n + 1, n) where everything up to n was given up."""
    with storage_errors(path):
        ((first, last, trimmed),) = rows(connection, BOUNDS)
    return (trimmed + 1, trimmed) if first is None else (first, last)


def trim(connection: apsw.Connection, before: int, stored_before: int = NEVER) -> bool:
    """Inside a transaction: give up the oldest blocks that end below `before` and were stored before `stored_before`.

    One call gives up about TRIM_BYTES; True while there is more to give up. Space that a backlog once needed goes back
    to the disk in the same paces; some stays for the next blocks.
    """
    gone = _one_pace(connection.execute(OLDEST, (stored_before, before)))
    if gone:
        connection.execute("DELETE FROM block WHERE first <= ?", (gone,))
        connection.execute("UPDATE trimmed SET last = ?", (gone,))
    front = rows(connection, FRONT, (before, stored_before))
    return bool(front and front[0][0]) | _give_back(connection)


def _give_back(connection: apsw.Connection) -> bool:
    ((free,),) = rows(connection, "PRAGMA freelist_count")
    if free > FREE_PAGES_KEPT:
        rows(connection, f"PRAGMA incremental_vacuum({min(PAGES_PER_PACE, free - FREE_PAGES_KEPT)})")
    return bool(free > FREE_PAGES_KEPT + PAGES_PER_PACE)


def _one_pace(oldest: Iterable[tuple[int, bool, int]]) -> int:
    gone = size = 0
    for last, expired, length in oldest:
        if not expired:
            break
        gone, size = last, size + length
        if size >= TRIM_BYTES:
            break
    return gone


def last_before(path: Path, connection: apsw.Connection, at: int) -> int:
    """The last offset stored before `at`, by bisection: the times of these blocks must never step back."""
    low, high = bounds(path, connection)
    low -= 1
    with storage_errors(path):
        while low < high:
            middle = (low + high + 1) // 2
            found = rows(connection, AT, (middle,))
            if not found:  # trimmed meanwhile
                low = middle
            elif found[0][1] < at:
                low = max(middle, found[0][0])
            else:
                high = middle - 1
    return low


def ahead(path: Path, connection: apsw.Connection, after: int, limit: int) -> list[tuple[int, int]]:
    """(time, size) of the next blocks that begin above `after`, without reading them."""
    with storage_errors(path):
        return rows(connection, AHEAD, (after, limit))


def live_bytes(path: Path, connection: apsw.Connection) -> int:
    """How much of the file is in use; pages given up are used again before the file grows."""
    with storage_errors(path):
        ((pages, free, size),) = rows(
            connection, "SELECT * FROM pragma_page_count, pragma_freelist_count, pragma_page_size"
        )
    return int((pages - free) * size)


def group(bodies: Sequence[bytes], bytes_max: int) -> Iterator[Sequence[bytes]]:
    """`bodies` cut into runs of at most `bytes_max`; a larger body stands alone."""
    start = size = 0
    for index, body in enumerate(bodies):
        if size and size + len(body) > bytes_max:
            yield bodies[start:index]
            start, size = index, 0
        size += len(body)
    if bodies:
        yield bodies[start:]
