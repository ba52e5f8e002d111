"""Reading everything once, to find damage before somebody needs what is damaged. The engine may be running."""

from collections.abc import Iterator
from pathlib import Path

from trackyard.model.errors import StorageError
from trackyard.store.archive import Archive, Segment, contents
from trackyard.store.block import Block, unpack
from trackyard.store.database import open_to_look, rows, storage_errors

NEXT = """
SELECT first, last, at, crc, data, (SELECT last FROM trimmed) FROM block WHERE first > ? ORDER BY first LIMIT 20
"""


def faults_in_log(path: Path) -> Iterator[str]:
    """Every run of offsets in received.db or state.db that is damaged or missing, in words; nothing if all is sound."""
    connection = open_to_look(path)
    try:
        last = 0
        with storage_errors(path):
            while found := rows(connection, NEXT, (last,)):
                for *columns, trimmed in found:
                    block = Block(*columns)
                    yield from _faults_of(block, path, expected=max(last, trimmed) + 1)
                    last = max(block.first, block.last)
    except StorageError as error:
        yield str(error)
    finally:
        connection.close()


def _faults_of(block: Block, path: Path, *, expected: int) -> Iterator[str]:
    if block.first > expected:
        yield f"{path} is damaged: offsets {expected} to {block.first - 1} are missing"
    try:
        unpack(block, path)
    except StorageError as error:
        yield str(error)


def faults_in_archive(directory: Path) -> Iterator[str]:
    """Every segment of the archive that is missing or damaged, in words."""
    try:
        segments = Archive(directory).segments()
    except StorageError as error:
        yield str(error)
        return
    for segment in segments:
        yield from _faults_in(segment)


def _faults_in(segment: Segment) -> Iterator[str]:
    try:
        for _ in contents(segment, segment.first - 1):
            pass
    except StorageError as error:
        yield str(error)
