"""Moving decided events from the live log into the archive, a small pace at a time, so that nobody waits for it."""

from collections.abc import Sequence
from pathlib import Path

from trackyard.model.errors import StorageError
from trackyard.store import blocks
from trackyard.store.archive import Archive, SegmentWriter
from trackyard.store.block import Block
from trackyard.store.lease import Writer

SEGMENT_BYTES = 64_000_000
PACE_BLOCKS = 16
DAY_MILLISECONDS = 86_400_000


class Archiver:
    """The one that moves blocks of the database that `writer` holds into `directory`."""

    def __init__(self, writer: Writer, directory: Path, segment_bytes: int = SEGMENT_BYTES) -> None:
        self._writer, self._archive, self._segment_bytes = writer, Archive(directory), segment_bytes
        self._segment: SegmentWriter | None = None
        self._archived, live = self._archive.bounds()[1], self._live()[1]
        if self._archived > live:
            raise StorageError(
                f"{directory} holds events up to {self._archived}, {writer.path} only up to {live}: an older copy; "
                "restore both from the same one"
            )

    def pace(self, decided_before: int, bytes_max: int) -> bool:
        """Do a little: write some expired blocks, close a segment, or trim what is archived. True while there is more.

        Expired is what was decided before `decided_before`, and the oldest while the live log takes more than
        `bytes_max`. A segment ends with its UTC day or at 64 MB, so that much may stay longer. Raises `StorageError`
        where the archive cannot be written: nothing is trimmed then.
        """
        first, last = self._live()
        if first <= min(self._archived, last):
            self._trim(self._archived + 1)
            return True
        if 0 < self._archived < first - 1:
            raise StorageError(
                f"{self._archive.directory} lacks events {self._archived + 1} to {first - 1}; restore it"
            )
        try:
            return self._write(first - 1, decided_before, bytes_max)
        except OSError as error:
            self.close()
            raise StorageError(f"{self._archive.directory} cannot be written: {error}; the live log grows") from error

    def _write(self, after: int, decided_before: int, bytes_max: int) -> bool:
        if self._segment:
            after = self._segment.places[-1].last
        wanted = self._expired(after, decided_before, bytes_max)
        for block in wanted:
            if self._segment and self._is_full(self._segment, block.at):
                self._archived = self._segment.close().last
                self._segment = None
                return True
            self._segment = self._segment or SegmentWriter(self._archive.directory)
            self._segment.add(block)
        return bool(wanted)

    def _expired(self, after: int, decided_before: int, bytes_max: int) -> Sequence[Block]:
        path, connection = self._writer.path, self._writer.connection
        over = blocks.live_bytes(path, connection) - bytes_max - (self._segment.size if self._segment else 0)
        count = 0
        for at, length in blocks.ahead(path, connection, after, PACE_BLOCKS):
            if at >= decided_before and over <= 0:
                break
            count, over = count + 1, over - length
        return [block for block, _ in blocks.read(path, connection, after, count)] if count else []

    def _is_full(self, segment: SegmentWriter, at: int) -> bool:
        return segment.size >= self._segment_bytes or segment.places[0].at // DAY_MILLISECONDS != at // DAY_MILLISECONDS

    def _trim(self, before: int) -> None:
        with self._writer.transaction() as connection:
            blocks.trim(connection, before)

    def _live(self) -> tuple[int, int]:
        return blocks.bounds(self._writer.path, self._writer.connection)

    def close(self) -> None:
        """Leave an unfinished segment; it is written anew by whoever comes next."""
        if self._segment:
            self._segment.abandon()
            self._segment = None
