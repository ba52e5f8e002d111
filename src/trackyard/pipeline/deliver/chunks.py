"""Decided events for all lanes: each chunk is read, and each event decoded and written as JSON, once."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from functools import cached_property
from hashlib import blake2b
from typing import TypeVar

from trackyard.kit.canonical_json import SharedEvent
from trackyard.model.event import Chunk, Decided, full_event
from trackyard.store.state import EventLog

CHUNKS_HELD_MAX = 32  # lanes share these as long as they are less apart: 4 requests of 1,000 rows are 8 chunks
ID_BYTES = 8
READ_CHUNKS = 4
T = TypeVar("T")
Offload = Callable[[Callable[[], T]], Awaitable[T]]


class ChunkView:
    """One chunk with what lanes derive from it."""

    def __init__(self, chunk: Chunk) -> None:
        self.chunk = chunk
        self.first, self.last = chunk.first, chunk.last
        self.revision = chunk.revision
        self.decided_at = chunk.decided_at
        self._events: list[SharedEvent | None] = [None] * len(chunk.events)

    def decided(self, index: int) -> Decided:
        return self.chunk.events[index]

    def event(self, index: int) -> SharedEvent:
        """The whole event; shared by all lanes, so never to be changed."""
        event = self._events[index]
        if event is None:
            event = SharedEvent(full_event(self.chunk.events[index], self.chunk.bodies[index]))
            self._events[index] = event
        return event

    @cached_property
    def ids(self) -> bytes:
        """Eight bytes for every message id, in order."""
        return b"".join(id_of(event.message_id) for event in self.chunk.events)

    def index_of(self, id_: bytes) -> int | None:
        """Where the first event of this message id is, if there is one here."""
        return self._places.get(id_)

    @cached_property
    def _places(self) -> dict[bytes, int]:
        return {self.id(index): index for index in reversed(range(len(self.chunk.events)))}

    def id(self, index: int) -> bytes:
        return self.ids[index * ID_BYTES : (index + 1) * ID_BYTES]


def id_of(message_id: str) -> bytes:
    """What a message id is remembered as."""
    return blake2b(message_id.encode("utf-8", "surrogatepass"), digest_size=ID_BYTES).digest()


class ChunkSource:
    """Reads chunks off the event loop, one read at a time, and holds the newest."""

    def __init__(self, events: EventLog, offload: Offload[list[ChunkView]]) -> None:
        self._events, self._offload = events, offload
        self._held: OrderedDict[int, ChunkView] = OrderedDict()  # by first offset
        self._reading = asyncio.Lock()
        self.newest = 0  # the highest offset seen so far

    async def after(self, offset: int) -> ChunkView | None:
        """The chunk that holds the first event above `offset`, or None at the end of the log."""
        found = self._look(offset + 1)
        if found is None:
            async with self._reading:
                found = self._look(offset + 1) or await self._read(offset)
        return found

    async def holding(self, offset: int) -> ChunkView | None:
        """The chunk that holds `offset`; None where it is gone."""
        view = await self.after(offset - 1)
        return view if view is not None and view.first <= offset <= view.last else None

    def _look(self, offset: int) -> ChunkView | None:
        for first in reversed(self._held):
            view = self._held[first]
            if view.first <= offset <= view.last:
                self._held.move_to_end(first)
                return view
        return None

    async def _read(self, offset: int) -> ChunkView | None:
        views = await self._offload(lambda: [ChunkView(chunk) for chunk in self._events.read(offset, READ_CHUNKS)])
        for view in views:
            self._held.setdefault(view.first, view)
            self.newest = max(self.newest, view.last)
        while len(self._held) > CHUNKS_HELD_MAX:
            self._held.popitem(last=False)
        return self._held.get(views[0].first, views[0]) if views else None
