"""A world for lanes: events, workspaces and sinks made in one line, time that a test moves."""

import asyncio
import heapq
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from trackyard.destinations import catalogue
from trackyard.kit.action import Destination
from trackyard.kit.request import Response
from trackyard.model.event import Chunk, Decided
from trackyard.model.workspace import Connection, Revision, Source, Subscription, Workspace
from trackyard.pipeline.deliver.engine import Deliverer, InTurn
from trackyard.pipeline.deliver.ledger import MemoryLedger
from trackyard.pipeline.deliver.shadow import ShadowList
from trackyard.pipeline.deliver.transport import NoResponse, Wire
from trackyard.store.deliveries_memory import MemoryDeliveries
from trackyard.store.secrets import Secrets

START = 1_780_000_000.0
EVERYTHING = {"default": ["functional", "analytics"]}


class ManualClock:
    """Time that stands still until nobody has anything to do, then jumps to whoever waits the shortest."""

    def __init__(self, start: float = START) -> None:
        self._now = start
        self._sleepers: list[tuple[float, int, asyncio.Event]] = []
        self._count = 0

    def now(self) -> float:
        return self._now

    async def wait(self, event: asyncio.Event, seconds: float) -> bool:
        alarm = asyncio.Event()
        self._count += 1
        heapq.heappush(self._sleepers, (self._now + max(0.0, seconds), self._count, alarm))
        if not event.is_set():
            relay = asyncio.create_task(event.wait())
            relay.add_done_callback(lambda _: alarm.set())
            try:
                await alarm.wait()
            finally:
                relay.cancel()
        return event.is_set()

    async def run_until(self, condition: Callable[[], bool], limit_seconds: float = 3600.0) -> None:
        """Let time pass until `condition`, at most `limit_seconds` of it."""
        end = self._now + limit_seconds
        while not await self._settled(condition):
            assert self._sleepers, "nobody waits, and what was waited for has not come"
            at, _, alarm = heapq.heappop(self._sleepers)
            assert at <= end, f"not within {limit_seconds} s"
            self._now = max(self._now, at)
            alarm.set()

    async def pass_seconds(self, seconds: float) -> None:
        end = self._now + seconds
        while True:
            await self._settled(lambda: False)
            if not self._sleepers or self._sleepers[0][0] > end:
                break
            at, _, alarm = heapq.heappop(self._sleepers)
            self._now = max(self._now, at)
            alarm.set()
        self._now = end

    async def _settled(self, condition: Callable[[], bool]) -> bool:
        ready = asyncio.get_running_loop()._ready  # type: ignore[attr-defined]
        await asyncio.sleep(0)
        while ready and not condition():  # noqa: ASYNC110 - until nothing is left to run
            await asyncio.sleep(0)
        return condition()


class MemoryEvents:
    """An events log in a list."""

    def __init__(self) -> None:
        self.chunks: list[Chunk] = []

    def add(self, events: Sequence[Decided], bodies: Sequence[bytes], revision: int, at: float) -> None:
        first = self.chunks[-1].last + 1 if self.chunks else 1
        self.chunks.append(Chunk(first, revision, int(at * 1000), list(events), list(bodies)))

    def read(self, after: int, limit: int) -> Sequence[Chunk]:
        return [chunk for chunk in self.chunks if chunk.last > after][:limit]

    def bounds(self) -> tuple[int, int]:
        return (self.chunks[0].first, self.chunks[-1].last) if self.chunks else (1, 0)

    def last_before(self, at: int) -> int:
        return max((chunk.last for chunk in self.chunks if chunk.decided_at < at), default=0)


class MemoryRevisions:
    """Applied revisions in a list."""

    def __init__(self, workspace: Workspace) -> None:
        self._revisions = [Revision(number=1, workspace=workspace, who="test", at=0, why="")]

    def current_number(self) -> int:
        return len(self._revisions)

    def get(self, number: int) -> Revision:
        return self._revisions[number - 1]

    def twin(self, message_id: str, **headers: Any) -> None:
        """Append the second observation of an event."""
        decided = event(message_id, at=self.clock.now(), observation=2, channel="browser", **headers)
        self.events.add(
            [decided], [body(decided, int(message_id[2:]))], self.revisions.current_number(), self.clock.now()
        )

    def apply(self, workspace: Workspace) -> int:
        self._revisions.append(Revision(number=len(self._revisions) + 1, workspace=workspace, who="test", at=0, why=""))
        return len(self._revisions)


Answer = Response | NoResponse


class Sink:
    """A destination that remembers what it took and answers as a test wants it to."""

    def __init__(self, answer: Callable[["Sink", Wire], Answer | Awaitable[Answer]] | None = None) -> None:
        self.requests: list[Wire] = []
        self.taken: list[dict[str, Any]] = []
        self.answer = answer or (lambda sink, wire: Response(status=200))
        self.allowed: frozenset[str] = frozenset()

    async def send(self, wire: Wire, timeout_seconds: float) -> Answer:
        self.requests.append(wire)
        answer = self.answer(self, wire)
        if not isinstance(answer, Response | NoResponse):
            answer = await answer
        if isinstance(answer, Response) and answer.status < 300:
            self.taken += [row for row in rows_in(wire) if isinstance(row, dict)]
        return answer

    async def allow(self, private_hosts: frozenset[str]) -> None:
        self.allowed = private_hosts

    async def close(self) -> None:
        pass

    @property
    def ids(self) -> list[str]:
        return [row["messageId"] for row in self.taken]


def rows_in(wire: Wire) -> list[dict[str, Any]]:
    decoded = msgspec.json.decode(wire.body)
    return decoded if isinstance(decoded, list) else [decoded]


class World:
    """One deliverer over memory, with a clock of its own."""

    def __init__(
        self,
        workspace: Workspace,
        sink: Sink | None = None,
        tmp: Path = Path("/nonexistent"),
        destinations: Sequence[Destination] = (),
    ) -> None:
        self.catalogue = {**catalogue(), **{found.slug: found for found in destinations}}
        self.clock = ManualClock()
        self.events, self.revisions = MemoryEvents(), MemoryRevisions(workspace)
        self.deliveries, self.ledger, self.shadow = MemoryDeliveries(), MemoryLedger(), ShadowList()
        self.sink = sink or Sink()
        self.environ = {"TOKEN": "hunter2-token"}
        self.secrets = Secrets(tmp, self.environ)
        self.stop = asyncio.Event()
        self.task: asyncio.Task[None] | None = None
        self.count = 0

    def start(self, look_seconds: float = 0.25) -> Deliverer:
        self.stop = asyncio.Event()
        self.deliverer = Deliverer(
            self.events,
            self.deliveries,
            self.ledger,
            self.revisions,
            self.catalogue,
            self.sink,
            self.shadow,
            self.secrets,
            self.clock,
            random.Random(1),
            InTurn(),
            look_seconds,
        )
        self.task = asyncio.create_task(self.deliverer.run(self.stop))
        return self.deliverer

    async def end(self) -> None:
        self.stop.set()
        assert self.task is not None
        task = self.task
        await self.clock.run_until(task.done)
        task.result()

    async def kill(self) -> None:
        """End every task where it is: nothing more is written."""
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def track(self, count: int = 1, **headers: Any) -> list[str]:
        """Append one chunk of events; returns their message ids."""
        events, bodies = [], []
        for _ in range(count):
            self.count += 1
            decided = event(f"m-{self.count}", at=self.clock.now(), **headers)
            events.append(decided)
            bodies.append(body(decided, self.count))
        self.events.add(events, bodies, self.revisions.current_number(), self.clock.now())
        return [decided.message_id for decided in events]

    def twin(self, message_id: str, **headers: Any) -> None:
        """Append the second observation of an event."""
        decided = event(message_id, at=self.clock.now(), observation=2, channel="browser", **headers)
        self.events.add(
            [decided], [body(decided, int(message_id[2:]))], self.revisions.current_number(), self.clock.now()
        )

    def apply(self, change: Callable[[Workspace], None]) -> None:
        workspace = msgspec.convert(
            msgspec.to_builtins(self.revisions.get(self.revisions.current_number()).workspace), Workspace
        )
        change(workspace)
        self.revisions.apply(workspace)

    def outcomes(self) -> list[str]:
        return [entry.outcome for entry in self.ledger.entries for _ in entry.message_id]


def event(message_id: str, at: float = START, **headers: Any) -> Decided:
    made: dict[str, Any] = {
        "type": "track",
        "message_id": message_id,
        "name": "Order Completed",
        "source": "shop",
        "environment": "production",
        "channel": "server",
        "received_at": int(at * 1000),
        "timestamp": int(at * 1000),
        "user_id": "u1",
        "person": "u1",
        **headers,
    }
    return Decided(**made)


def body(decided: Decided, number: int) -> bytes:
    return msgspec.json.encode(
        {"type": decided.type, "event": decided.name, "userId": decided.user_id, "properties": {"number": number}}
    )


def webhook(
    batch_size: int = 0, *, mapping: Mapping[str, Any] | None = None, trigger: str = 'type = "track"', **rest: Any
) -> Connection:
    mapped = {"url": "https://sink.example/in", "batch_size": batch_size, "data": {"@path": "$."}, **(mapping or {})}
    subscription = Subscription(action="send", trigger=trigger, mapping=mapped, dialect="segment")
    rest.setdefault("purposes", ["functional"])
    return Connection(destination="webhook", subscriptions=[subscription], **rest)


def workspace(**connections: Connection) -> Workspace:
    source = Source(name="Shop", kind="server", write_keys={"production": ["k"]}, no_decision=EVERYTHING)
    return Workspace(name="test", environments=["production", "dev"], sources={"shop": source}, connections=connections)
