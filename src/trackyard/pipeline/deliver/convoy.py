"""Keeps lanes together that can share chunks: decoding an event once for all of them is most of what a lane costs."""

import asyncio

NEAR_EVENTS = 5_000  # within what `ChunkSource` holds; a lane further behind has to read for itself anyway
TURNS_MAX = 100


class Cursor:
    """How far a lane has read, and whether it has something to do that needs only the processor."""

    __slots__ = ("busy", "offset")

    def __init__(self) -> None:
        self.offset = 0
        self.busy = False


class Convoy:
    """The cursors of all lanes."""

    def __init__(self) -> None:
        self._cursors: list[Cursor] = []

    def join(self) -> Cursor:
        """A new lane's cursor."""
        cursor = Cursor()
        self._cursors.append(cursor)
        return cursor

    def leave(self, cursor: Cursor) -> None:
        self._cursors.remove(cursor)

    async def keep_together(self, cursor: Cursor) -> None:
        """Let busy lanes just behind have their turn first. Never waits for a lane that waits for its destination."""
        for _ in range(TURNS_MAX):
            if not any(other.busy and 0 < cursor.offset - other.offset <= NEAR_EVENTS for other in self._cursors):
                return
            await asyncio.sleep(0)
