"""Replay: a lane of its own over a stretch of the log, beside the live one, through the same gate, at its own rate.

It sends by the connection as it is now, so that what a corrected mapping makes of old events is what goes out.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import msgspec
from aiolimiter import AsyncLimiter

from trackyard.kit.action import Destination
from trackyard.model.errors import RefusedError
from trackyard.model.event import Chunk
from trackyard.pipeline.deliver.attempt import Recorder
from trackyard.pipeline.deliver.authorized import Authorized
from trackyard.pipeline.deliver.books import Books
from trackyard.pipeline.deliver.chunks import ChunkSource, ChunkView
from trackyard.pipeline.deliver.clock import Clock
from trackyard.pipeline.deliver.config import Configuration, RevisionStore
from trackyard.pipeline.deliver.convoy import Convoy
from trackyard.pipeline.deliver.delivered import DeliveredIds
from trackyard.pipeline.deliver.engine import Offloads, asker, kept_of
from trackyard.pipeline.deliver.lane import Lane, Surroundings
from trackyard.pipeline.deliver.ledger import Ledger
from trackyard.pipeline.deliver.selecting import Selector
from trackyard.pipeline.deliver.settle import Settler
from trackyard.pipeline.deliver.transport import Transport
from trackyard.store.deliveries import Dead, Deliveries
from trackyard.store.deliveries import Lane as LaneRecord
from trackyard.store.secrets import Secrets
from trackyard.store.state import EventLog
from trackyard.store.tokens import MemoryTokens, TokenStore

LOOK_SECONDS = 0.2
Where = Callable[[Mapping[str, Any]], bool]


class Stretch(msgspec.Struct, frozen=True):
    """What is replayed to one connection: the events above `after` up to `last` that are wanted."""

    connection: str
    after: int
    last: int
    where: Where
    delivered: DeliveredIds  # these are passed over


class Forecast(msgspec.Struct):
    """What a replay would do."""

    events: int = 0
    rows: int = 0
    already_delivered: int = 0
    refused: int = 0  # by gate or mapping


class ReplayedEvents:
    """The log as if it ended with the stretch."""

    def __init__(self, events: EventLog, last: int) -> None:
        self._events, self._last = events, last

    def read(self, after: int, limit: int) -> Sequence[Chunk]:
        return [_cut(chunk, self._last) for chunk in self._events.read(after, limit) if chunk.first <= self._last]

    def bounds(self) -> tuple[int, int]:
        first, last = self._events.bounds()
        return first, min(last, self._last)

    def last_before(self, at: int) -> int:
        return min(self._events.last_before(at), self._last)


class Replay:
    """One replay. What it has done is kept in `deliveries`, a file of its own: interrupted, it goes on from there."""

    def __init__(
        self,
        stretch: Stretch,
        events: EventLog,
        deliveries: Deliveries,
        ledger: Ledger,
        revisions: RevisionStore,
        catalogue: Mapping[str, Destination],
        transport: Transport,
        recorder: Recorder,
        secrets: Secrets,
        clock: Clock,
        rng: random.Random,
        offloads: Offloads,
        rows_per_second: float | None = None,
        tokens: TokenStore | None = None,
    ) -> None:
        self._stretch, self._deliveries, self._offloads = stretch, deliveries, offloads
        self._config = Configuration(revisions, catalogue, secrets, clock, always_current=True)
        settler = Settler(deliveries, ledger, recorder, clock, offloads.write)
        source = ChunkSource(ReplayedEvents(events, stretch.last), offloads.read)
        authorized = Authorized(self._config, transport, tokens or MemoryTokens(), clock)
        look_up = asker(ledger, offloads)
        self._around = Surroundings(
            source, self._config, transport, recorder, settler, clock, rng, look_up, Convoy(), authorized
        )
        self._limiter = AsyncLimiter(max(1.0, rows_per_second), 1.0) if rows_per_second else None
        self.position = stretch.after

    async def run(self, stop: asyncio.Event, progress: Callable[[int], None]) -> Sequence[Dead]:
        """Send until all of the stretch has an outcome, or until `stop`. Returns the dead letters when complete."""
        connection = self._config.connection(self._stretch.connection)
        if connection is None or connection.mode not in ("live", "shadow"):
            raise RefusedError(
                f"connection {self._stretch.connection} is {connection.mode if connection else 'unknown'}"
            )
        await self._around.transport.allow(self._config.private_hosts)
        lane = await self._lane()
        settling = asyncio.create_task(self._around.settler.run())
        running = asyncio.create_task(lane.run())
        while not (stop.is_set() or running.done() or settling.done() or self._complete(lane)):
            lane.look()
            self.position = lane.books.position
            progress(self.position)
            await self._around.clock.wait(stop, LOOK_SECONDS)
        lane.stop()
        await running
        await self._around.settler.written()
        self._around.settler.stop()
        await settling
        await self._around.transport.close()
        progress(lane.books.position)
        dead: Sequence[Dead] = await self._offloads.write(lambda: self._deliveries.dead(self._stretch.connection))
        return dead

    async def forecast(self) -> Forecast:
        """What `run` would do, without sending anything."""
        found = Forecast()
        books = Books(self._record(None))
        selector = Selector(self._stretch.connection, books, self._config, self._around.clock, lambda id_: False)
        view = await self._around.source.after(self._stretch.after)
        while view is not None:
            for index in range(max(0, self._stretch.after + 1 - view.first), len(view.chunk.events)):
                found.events += 1
                if view.id(index) in self._stretch.delivered:
                    found.already_delivered += 1
                elif self._stretch.where(view.event(index)):
                    found.rows += len(selector.rows(view, index, index + 1))
            view = await self._around.source.after(view.last)
        found.refused = books.refused
        return found

    def is_complete(self) -> bool:
        """Whether nothing of the stretch is left."""
        return self.position >= self._stretch.last

    async def _lane(self) -> Lane:
        kept = await self._offloads.write(lambda: kept_of(self._deliveries, self._stretch.connection))
        books = Books(self._record(kept.lane), kept.delivered)
        return Lane(self._stretch.connection, books, kept.parked, self._around, only=self._wanted, pace=self._pace())

    def _record(self, kept: LaneRecord | None) -> LaneRecord:
        return kept or LaneRecord(connection=self._stretch.connection, position=self._stretch.after)

    def _wanted(self, view: ChunkView, index: int) -> bool:
        return view.id(index) not in self._stretch.delivered and self._stretch.where(view.event(index))

    def _pace(self) -> Callable[[int], Awaitable[None]] | None:
        limiter = self._limiter
        if limiter is None:
            return None

        async def pace(rows: int) -> None:
            for _ in range(rows):
                await limiter.acquire()

        return pace

    def _complete(self, lane: Lane) -> bool:
        self.position = lane.books.position
        return self.is_complete() and not lane.busy


def _cut(chunk: Chunk, last: int) -> Chunk:
    keep = last - chunk.first + 1
    if keep >= len(chunk.events):
        return chunk
    return Chunk(chunk.first, chunk.revision, chunk.decided_at, chunk.events[:keep], chunk.bodies[:keep])
