"""Deliver: one task per connection, all lanes sharing one reader, one writer, one transport and one clock."""

import asyncio
import random
import traceback
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Protocol

import msgspec
import structlog

from trackyard.kit.action import Destination
from trackyard.pipeline import metrics
from trackyard.pipeline.deliver.attempt import Recorder
from trackyard.pipeline.deliver.authorized import Authorized
from trackyard.pipeline.deliver.books import Books
from trackyard.pipeline.deliver.chunks import ChunkSource
from trackyard.pipeline.deliver.clock import Clock, SystemClock
from trackyard.pipeline.deliver.commands import obey
from trackyard.pipeline.deliver.config import Configuration, RevisionStore
from trackyard.pipeline.deliver.convoy import Convoy
from trackyard.pipeline.deliver.delivered import DeliveredIds
from trackyard.pipeline.deliver.lane import Lane, LookUp, Surroundings
from trackyard.pipeline.deliver.ledger import Ledger
from trackyard.pipeline.deliver.settle import Settler
from trackyard.pipeline.deliver.transport import Transport
from trackyard.store.deliveries import Deliveries, Parked
from trackyard.store.deliveries import Lane as LaneRecord
from trackyard.store.inbox import Inbox
from trackyard.store.secrets import Secrets
from trackyard.store.state import EventLog
from trackyard.store.tokens import MemoryTokens, TokenStore

TIDY_SECONDS = 300.0
RESTART_SECONDS = 5.0
LOOK_SECONDS = 0.25  # without a ring, lanes look this often for events and revisions
log = structlog.get_logger()


class Bell(Protocol):
    """What rings when there are new events: `log.doorbell.Listener`."""

    def fileno(self) -> int: ...

    def drain(self) -> None: ...


class Deliverer:
    """Runs the lanes of the current revision."""

    def __init__(
        self,
        events: EventLog,
        deliveries: Deliveries,
        ledger: Ledger,
        revisions: RevisionStore,
        catalogue: Mapping[str, Destination],
        transport: Transport,
        recorder: Recorder,
        secrets: Secrets,
        clock: Clock | None = None,
        rng: random.Random | None = None,
        offload: "Offloads | None" = None,
        look_seconds: float = LOOK_SECONDS,
        inbox: Inbox | None = None,
        tokens: TokenStore | None = None,
    ) -> None:
        self._events, self._deliveries = events, deliveries
        self._look_seconds = look_seconds
        self._clock = clock or SystemClock()
        self._offloads = offload or Threads()
        self._config = Configuration(revisions, catalogue, secrets, self._clock)
        self._transport = transport
        settler = Settler(deliveries, ledger, recorder, self._clock, self._offloads.write)
        source = ChunkSource(events, self._offloads.read)
        look_up = asker(ledger, self._offloads)
        rng = rng or random.Random()
        authorized = Authorized(self._config, transport, tokens or MemoryTokens(), self._clock)
        self._around = Surroundings(
            source, self._config, transport, recorder, settler, self._clock, rng, look_up, Convoy(), authorized
        )
        self.lanes: dict[str, Lane] = {}
        self._inbox, self._ledger = inbox, ledger
        self._tidied_at = self._clock.now()
        self._start_again: dict[str, float] = {}  # lanes that failed, and when they may go on
        self._running: dict[str, asyncio.Task[None]] = {}

    async def run(self, stop: asyncio.Event, bell: Bell | None = None) -> None:
        """Deliver until `stop`, then end what is under way. Raises what the store raises, `Fenced` above all."""
        settling = asyncio.create_task(self._around.settler.run())
        if bell is not None:
            asyncio.get_running_loop().add_reader(bell.fileno(), self._rung, bell)
        try:
            while not stop.is_set() and not settling.done():
                await self._look()
                await self._clock.wait(stop, self._look_seconds)
        finally:
            if bell is not None:
                asyncio.get_running_loop().remove_reader(bell.fileno())
            for lane in self.lanes.values():
                lane.stop()
            await asyncio.gather(*self._running.values(), return_exceptions=True)
            self._around.settler.stop()
            await settling
            await self._transport.close()
            self._offloads.close()

    def _rung(self, bell: Bell) -> None:
        bell.drain()
        for lane in self.lanes.values():
            lane.wake()

    async def _look(self) -> None:
        """See to it that there is a running lane for every connection, and none for others."""
        current = self._config.current
        if current is None:
            return
        await self._transport.allow(self._config.private_hosts)
        for name in current.workspace.connections:
            if name not in self._running and self._may_start(name):
                await self._start(name)
        for name, lane in list(self.lanes.items()):
            if name not in current.workspace.connections:
                lane.stop()
            lane.look()
            if self._running[name].done():
                self._ended(name)
        if self._inbox is not None:
            await obey(self._inbox, self.lanes, self._deliveries, self._around, self._offloads.write)
        self._tell()
        now = self._clock.now()
        if now - self._tidied_at > TIDY_SECONDS:
            self._tidied_at = now
            self._ledger.tidy()

    def _may_start(self, name: str) -> bool:
        waits = self._clock.now() < self._start_again.get(name, 0.0)
        if waits or self._config.current is None:
            return False
        # one whose file cannot be used gets a lane too: it says so
        return self._config.destination(name) is not None or bool(self._config.fault(self._config.current.number, name))

    async def _start(self, name: str) -> None:
        kept: Kept = await self._offloads.write(lambda: kept_of(self._deliveries, name))
        record = kept.lane or LaneRecord(connection=name, position=await self._first_position(name))
        lane = Lane(name, Books(record, kept.delivered), kept.parked, self._around)
        self.lanes[name] = lane
        self._running[name] = asyncio.create_task(lane.run())

    def _ended(self, name: str) -> None:
        """A lane that ended or failed is started again at the next look; what was not settled is read again."""
        task = self._running.pop(name)
        del self.lanes[name]
        if not task.cancelled() and (error := task.exception()) is not None:
            self._start_again[name] = self._clock.now() + RESTART_SECONDS
            log.error("lane_failed", connection=name, error=type(error).__name__, at=where_in_code(error))

    async def _first_position(self, name: str) -> int:
        """Where a connection begins that never had a lane: at the first event of the revision that brought it."""
        introduced = self._config.introduced_in(name)
        first, last = await self._offloads.bounds(self._events)
        low, high = first - 1, last  # invariant: everything up to `low` is older
        while low < high:
            middle = (low + high) // 2
            view = await self._around.source.after(middle)
            if view is None or view.revision >= introduced:
                high = middle
            else:
                low = view.last
        return low

    def _tell(self) -> None:
        for name, lane in self.lanes.items():
            metrics.lane_lag.labels(name).set(max(0, self._around.source.newest - lane.books.position))


def asker(ledger: Ledger, offloads: "Offloads") -> LookUp:
    """The ledger's answers, had off the event loop."""

    async def look_up(connection: str, message_ids: Sequence[str]) -> set[str]:
        found: set[str] = await offloads.read(lambda: ledger.delivered(connection, message_ids))
        return found

    return look_up


def where_in_code(error: BaseException) -> str:
    """The place an error comes from. Its text and the values around it may be somebody's data: they are not told."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""


class Kept(msgspec.Struct):
    """What the store has kept of a lane."""

    lane: LaneRecord | None
    delivered: DeliveredIds
    parked: Sequence[Parked]


def kept_of(deliveries: Deliveries, name: str) -> Kept:
    """Everything a lane begins with."""
    ids, forgotten = deliveries.settled_ids(name)
    lane = next((lane for lane in deliveries.lanes() if lane.connection == name), None)
    return Kept(lane, DeliveredIds(ids, forgotten=forgotten), deliveries.parked(name))


class Offloads(Protocol):
    """How blocking work leaves the event loop: reads and writes each in their own order."""

    def read(self, work: Callable[[], Any]) -> Awaitable[Any]: ...

    def write(self, work: Callable[[], Any]) -> Awaitable[Any]: ...

    async def bounds(self, events: EventLog) -> tuple[int, int]: ...

    def close(self) -> None: ...


class Threads:
    """One thread that reads, one that writes."""

    def __init__(self) -> None:
        self._reader = ThreadPoolExecutor(1, "deliver-read")
        self._writer = ThreadPoolExecutor(1, "deliver-write")

    def read(self, work: Callable[[], Any]) -> Awaitable[Any]:
        return asyncio.get_running_loop().run_in_executor(self._reader, work)

    async def bounds(self, events: EventLog) -> tuple[int, int]:
        return await asyncio.get_running_loop().run_in_executor(self._reader, events.bounds)

    def write(self, work: Callable[[], Any]) -> Awaitable[Any]:
        return asyncio.get_running_loop().run_in_executor(self._writer, work)

    def close(self) -> None:
        self._reader.shutdown(wait=True)
        self._writer.shutdown(wait=True)


class InTurn:
    """Everything at once and in order, for tests with a clock of their own."""

    async def read(self, work: Callable[[], Any]) -> Any:
        return work()

    write = read

    async def bounds(self, events: EventLog) -> tuple[int, int]:
        return events.bounds()

    def close(self) -> None:
        pass
