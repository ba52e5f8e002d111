"""Decided events past retention: files of blocks that never change again.

A segment is `FIRST-LAST-FROM-TO.events` (offsets, then the times of its first and last block): the names are the index.
Inside: the blocks as they lay in the live log, then a table of them with its own checksum, then how long that is. A
segment appears under its name only when it is whole and synced. The oldest segments may be deleted; nothing else may.
"""

import itertools
import os
import struct
import zlib
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import msgspec

from trackyard.model.errors import StorageError
from trackyard.store.block import Block, unpack
from trackyard.store.durable import PacedFile, sync_directory

SUFFIX = ".events"
MAGIC = b"TRACKYD1"
READ_BYTES_MAX = 16_000_000  # unpacked; one read stops after this much
_END = struct.Struct("<II8s")  # checksum and length of the table, magic


class Segment(NamedTuple):
    """What a segment's name says."""

    first: int
    last: int
    from_at: int
    to_at: int
    path: Path


class Place(msgspec.Struct, frozen=True, array_like=True):
    """Where one block lies in its segment."""

    first: int
    last: int
    at: int
    crc: int
    start: int
    length: int


class Archive:
    """The segments in `directory`, for any number of readers; a directory that does not exist is an empty archive."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._segments: list[Segment] = []

    def segments(self) -> Sequence[Segment]:
        """All segments, oldest first. Raises `StorageError` where one between them is missing."""
        found = sorted(_segment(path) for path in self.directory.glob(f"*{SUFFIX}"))
        for earlier, later in itertools.pairwise(found):
            if later.first != earlier.last + 1:
                raise StorageError(
                    f"{self.directory} is damaged: expected a segment with events {earlier.last + 1} to "
                    f"{later.first - 1} between {earlier.path.name} and {later.path.name}; restore it"
                )
        return found

    def bounds(self) -> tuple[int, int]:
        """(first, last) event offset held; (1, 0) for an empty archive."""
        segments = self.segments()
        return (segments[0].first, segments[-1].last) if segments else (1, 0)

    def read(self, after: int, limit: int) -> Sequence[bytes]:
        """The contents of at most `limit` blocks that hold offsets above `after`, in order; empty past the end."""
        segment = self._holding(after + 1)
        if segment is None:
            return []
        found: list[bytes] = []
        size = 0
        for content in contents(segment, after):
            found.append(content)
            size += len(content)
            if len(found) >= limit or size >= READ_BYTES_MAX:
                break
        return found

    def _holding(self, offset: int) -> Segment | None:
        if not self._segments or offset > self._segments[-1].last or offset < self._segments[0].first:
            self._segments = list(self.segments())
        return next((segment for segment in self._segments if segment.last >= offset), None)

    def last_before(self, at: int) -> int:
        """The last offset decided before `at`; 0 where this archive has none."""
        until = 0
        for segment in self.segments():
            if segment.to_at < at:
                until = segment.last
            elif segment.from_at < at:
                return max(place.last for place in places(segment.path) if place.at < at)
        return until


class SegmentWriter:
    """A segment being written; on the disk in paces, visible to readers with `close`."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._directory = directory
        self._path = directory / "segment.new"
        self._file = self._path.open("wb")
        self._paced = PacedFile(self._file)
        self.places: list[Place] = []
        self.size = 0

    def add(self, block: Block) -> None:
        """Append `block`, which follows the last one."""
        self.places.append(Place(block.first, block.last, block.at, block.crc, self.size, len(block.data)))
        self._paced.write(block.data)
        self.size += len(block.data)

    def close(self) -> Segment:
        """Make the segment visible and durable."""
        table = msgspec.msgpack.encode(self.places)
        self._paced.write(table + _END.pack(zlib.crc32(table), len(table), MAGIC))
        self._paced.sync()
        self._file.close()
        first, last = self.places[0], self.places[-1]
        name = f"{first.first:015d}-{last.last:015d}-{first.at}-{last.at}{SUFFIX}"
        self._path.replace(self._directory / name)
        sync_directory(self._directory)
        return _segment(self._directory / name)

    def abandon(self) -> None:
        """Leave nothing behind; the blocks are still in the live log."""
        self._file.close()
        self._path.unlink(missing_ok=True)


@lru_cache(maxsize=8)
def places(path: Path) -> tuple[Place, ...]:
    """The table of a segment. Raises `StorageError` where the file is cut short or its table was changed."""
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        end = os.pread(file.fileno(), _END.size, max(0, size - _END.size))
        if len(end) == _END.size:
            crc, length, magic = _END.unpack(end)
            table = os.pread(file.fileno(), length, max(0, size - _END.size - length))
            if magic == MAGIC and zlib.crc32(table) == crc:
                return msgspec.msgpack.decode(table, type=tuple[Place, ...])
    raise StorageError(f"{path} is damaged: it has no sound table of its blocks (cut short?); restore it from a copy")


def contents(segment: Segment, after: int) -> Iterator[bytes]:
    """The contents of the blocks of `segment` that hold offsets above `after`. Raises `StorageError` for damage."""
    with segment.path.open("rb") as file:
        for place in places(segment.path):
            if place.last > after:
                yield _content(segment.path, file.fileno(), place)


def _content(path: Path, file: int, place: Place) -> bytes:
    data = os.pread(file, place.length, place.start)
    return unpack(Block(place.first, place.last, place.at, place.crc, data), path)


def _segment(path: Path) -> Segment:
    try:
        first, last, from_at, to_at = (int(part) for part in path.name.removesuffix(SUFFIX).split("-"))
    except ValueError:
        raise StorageError(f"{path} is not a segment: expected FIRST-LAST-FROM-TO{SUFFIX}; move it away") from None
    return Segment(first, last, from_at, to_at, path)
