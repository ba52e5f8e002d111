"""A lane: one connection's reader of the events log, at its own position and pace."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence

import msgspec

from trackyard.pipeline import metrics
from trackyard.pipeline.deliver.attempt import Attempts, Recorder
from trackyard.pipeline.deliver.authorized import Authorized
from trackyard.pipeline.deliver.books import Books
from trackyard.pipeline.deliver.breaker import Breaker
from trackyard.pipeline.deliver.chunks import ChunkSource, ChunkView, id_of
from trackyard.pipeline.deliver.clock import Clock
from trackyard.pipeline.deliver.config import Configuration
from trackyard.pipeline.deliver.convoy import Convoy, Cursor
from trackyard.pipeline.deliver.dispatch import Dispatcher, Pace, slot_count
from trackyard.pipeline.deliver.groups import Groups
from trackyard.pipeline.deliver.polling import Poller
from trackyard.pipeline.deliver.row import Row, dead_of
from trackyard.pipeline.deliver.selecting import Selector, Wanted
from trackyard.pipeline.deliver.sending import Sender
from trackyard.pipeline.deliver.settle import Settler
from trackyard.pipeline.deliver.tickets import Tickets
from trackyard.pipeline.deliver.transport import Transport
from trackyard.pipeline.deliver.waiting import PARKED_ROWS_MAX, ParkedRows
from trackyard.store.deliveries import Dead, LaneState, Parked, Settlement

EVENTS_AT_ONCE = 250  # then other lanes have their turn
RETRIES_AT_ONCE = 200
GATHER_SECONDS = 0.02  # how long they wait for others at the end of the log while a request is under way
LINGER_SECONDS = 0.2  # how long a row may wait for others to share its request while the log goes on
IDLE_SECONDS = 60.0  # the engine wakes lanes far more often
ACCEPTED = "accepted"
GONE = "the event is no longer in the log"


# Asks the ledger, off the event loop, which of these message ids a connection has delivered.
LookUp = Callable[[str, Sequence[str]], Awaitable[set[str]]]


class Surroundings(msgspec.Struct):
    """What all lanes share."""

    source: ChunkSource
    config: Configuration
    transport: Transport
    recorder: Recorder
    settler: Settler
    clock: Clock
    rng: random.Random
    look_up: LookUp
    convoy: Convoy
    authorized: Authorized


class Lane:
    """Reads, selects, groups and sends for one connection until told to stop."""

    def __init__(
        self,
        name: str,
        books: Books,
        parked: Sequence[Parked],
        around: Surroundings,
        *,
        only: Wanted | None = None,
        pace: Pace | None = None,
    ) -> None:
        self.name, self.books = name, books
        self._around, self._clock, self._config = around, around.clock, around.config
        self.tickets = Tickets(row for row in parked if row.ticket)
        self.waiting = ParkedRows(
            (row for row in parked if not row.ticket), ordered=slot_count(name, around.config) > 0
        )
        self.breaker = Breaker(around.clock, around.rng)
        attempts = Attempts(name, around.config, around.authorized, around.recorder, around.clock)
        self._selector = Selector(name, books, around.config, around.clock, self._known, only)
        self._sender = Sender(
            name, books, self.breaker, attempts, self.waiting, self.tickets, around.config, around.clock, around.rng
        )
        self._poller = Poller(
            name, books, self.breaker, attempts, self.tickets, self.waiting, around.config, around.clock, around.rng,
            on_done=self._done,
        )  # fmt: skip
        self._dispatcher = Dispatcher(
            name, books, self._sender, around.config, around.clock,
            on_done=self._done, on_fault=self.stop, pace=pace,
        )  # fmt: skip
        self._moved = asyncio.Event()  # something finished, was settled, or the world changed
        self._refused: int | str | None = ACCEPTED  # the settings that were refused
        self._stopping = False
        self._broken = ""  # why nothing can be made of the events that come next
        self._cursor = Cursor()

    async def run(self) -> None:
        """Go on until `stop`; returns when nothing is being sent any more."""
        self._cursor = self._around.convoy.join()
        loops = [asyncio.create_task(self._loop(step)) for step in (self._read, self._retry, self._poller.step)]
        try:
            await asyncio.gather(*loops)
        finally:
            self._around.convoy.leave(self._cursor)
            for loop in loops:
                loop.cancel()
            await asyncio.gather(*loops, return_exceptions=True)
            await self._dispatcher.finish()
            self.look()
        if self._dispatcher.fault is not None:
            raise self._dispatcher.fault

    def stop(self) -> None:
        """Start nothing new; what is under way may end."""
        self._stopping = self._sender.stopping = True
        self.wake()

    def look(self) -> None:
        """Notice what has changed around the lane, and tell how it is."""
        connection = self._config.connection(self.name)
        self._look_at_credentials()
        self._show(connection.mode if connection else "off")
        self.wake()

    def wake(self) -> None:
        """There may be news from outside: events, a revision, a command."""
        self._note()
        self._dispatcher.wake()
        self.breaker.nudge()

    def revive(self, rows: Sequence[tuple[Dead, Parked]]) -> None:
        """Dead letters that are to be tried again."""
        for dead, parked in rows:
            self.books.revive(dead, parked)
            self.waiting.add(parked)
        self._around.settler.settle(self)
        self.wake()

    def take(self) -> tuple[Settlement, list[bytes], int]:
        """What the settler writes next."""
        return self.books.take()

    def settled(self, rows: int) -> None:
        """What was taken is on disk."""
        self._dispatcher.settled(rows)
        metrics.lane_position.labels(self.name).set(self.books.position)
        self._note()

    def _done(self) -> None:
        """A batch has its outcomes."""
        self._around.settler.settle(self)
        self._note()

    def _note(self) -> None:
        self._moved.set()
        self._moved = asyncio.Event()

    async def _loop(self, step: Callable[[], Awaitable[float]]) -> None:
        while not self._stopping:
            moved = self._moved
            wait = await step()
            if wait > 0:
                await self._clock.wait(moved, wait)

    @property
    def busy(self) -> bool:
        """Whether anything is being sent or waits to be."""
        return self._dispatcher.busy or len(self.waiting) + len(self.tickets) > 0

    # Reading

    async def _read(self) -> float:
        """Deal with the next chunks; returns how long to wait when there are none."""
        connection = self._config.connection(self.name)
        mode = connection.mode if connection else "off"
        if connection is None or mode == "paused" or self._full():
            return IDLE_SECONDS
        if not self.breaker.may_send():
            return self._until_probe()
        view = await self._around.source.after(self.books.scanned)
        if view is None:
            return IDLE_SECONDS
        if mode == "off":
            self._look_at(view.last)
            return 0
        self._broken = self._config.fault(view.revision, self.name)
        if self._broken:
            return IDLE_SECONDS
        await self._go_through(view, connection.batch_bytes, connection.batch_rows)
        return 0

    def _look_at_credentials(self) -> None:
        """Refused credentials are tried again as soon as they are others."""
        found = self._config.fingerprint(self.name) if self.breaker.state == "auth" else ACCEPTED
        if self.breaker.state == "auth" and self._refused not in (ACCEPTED, found):
            self.breaker.probe_now()
        self._refused = found

    def _full(self) -> bool:
        return self.books.full or len(self.waiting) >= PARKED_ROWS_MAX

    def _until_probe(self) -> float:
        return min(IDLE_SECONDS, max(0.01, self.breaker.next_try - self._clock.now()))

    async def _go_through(self, view: ChunkView, bytes_max: int | None, rows_max: int | None) -> None:
        """Read on as long as there is something to share a request with, then send what has gathered."""
        groups = Groups(bytes_max, rows_max)
        self._cursor.busy = True
        try:
            await self._read_on(view, groups)
            await self._dispatcher.dispatch(groups.flush(), self._cursor)
        finally:
            self._cursor.busy = False

    async def _read_on(self, view: ChunkView, groups: Groups) -> None:
        following: ChunkView | None = view
        while following is not None and not self._stopping:
            view = following
            for begin in range(max(0, self.books.scanned + 1 - view.first), len(view.chunk.events), EVENTS_AT_ONCE):
                end = min(begin + EVENTS_AT_ONCE, len(view.chunk.events))
                await self._remember(view, begin, end)
                await self._group(groups, self._selector.rows(view, begin, end))
                self._look_at(view.first + end - 1)
                await asyncio.sleep(0)
            self._cursor.offset = view.last
            await self._around.convoy.keep_together(self._cursor)
            following = await self._following(view, groups)

    async def _following(self, view: ChunkView, groups: Groups) -> ChunkView | None:
        """The next chunk, where its rows may still share a request with those that have gathered.

        With nothing under way rows go at once; else they wait a moment for others, so that a busy lane sends few large
        requests instead of many small ones.
        """
        while groups.oldest_at is not None and not self.books.full and not self._stopping:
            moved, waited = self._moved, self._clock.now() - groups.oldest_at
            following = await self._around.source.after(view.last) if waited < LINGER_SECONDS else None
            if following is not None:
                return None if self._config.fault(following.revision, self.name) else following
            if waited >= GATHER_SECONDS or not self._dispatcher.busy:
                return None
            await self._clock.wait(moved, GATHER_SECONDS - waited)
        return None

    def _look_at(self, offset: int) -> None:
        self.books.look_at(offset)
        self._around.settler.settle(self)

    async def _remember(self, view: ChunkView, begin: int, end: int) -> None:
        """Where a twin or a later version may be older than what is in memory, the ledger is asked."""
        if not self.books.delivered.forgotten:
            return
        doubtful = [
            decided.message_id
            for index, decided in enumerate(view.chunk.events[begin:end], begin)
            if (decided.observation > 1 or decided.version > 0) and not self._known(view.id(index))
        ]
        if doubtful:
            found = await self._around.look_up(self.name, doubtful)
            self.books.delivered.add(b"".join(id_of(message_id) for message_id in found))

    def _known(self, id_: bytes) -> bool:
        return (
            self.books.on_its_way(id_)
            or id_ in self.books.delivered
            or self.waiting.holds(id_)
            or self.tickets.holds(id_)
        )

    # Retries

    async def _retry(self) -> float:
        """Send what is due again; returns how long to wait for more."""
        connection = self._config.connection(self.name)
        if connection is None or connection.mode in ("paused", "off"):
            return IDLE_SECONDS
        if not self.breaker.may_send():
            return self._until_probe()
        now = int(self._clock.now() * 1000)
        groups = Groups(connection.batch_bytes, connection.batch_rows)
        for parked in self.waiting.due(now, RETRIES_AT_ONCE):
            row = await self._made_again(parked)
            if row is not None:
                await self._group(groups, [row])
        await self._dispatcher.dispatch(groups.flush(), self._cursor)
        next_at = self.waiting.next_at
        return IDLE_SECONDS if next_at is None else max(0.01, min(IDLE_SECONDS, (next_at - now) / 1000))

    async def _made_again(self, parked: Parked) -> Row | None:
        if self._config.fault(parked.revision, self.name):
            self.waiting.add(msgspec.structs.replace(parked, next_at=int((self._clock.now() + IDLE_SECONDS) * 1000)))
            return None
        view = await self._around.source.holding(parked.offset)
        made = self._selector.again(view, parked) if view is not None else (GONE, "dead")
        if isinstance(made, Row):
            return made
        reason, outcome = made
        dead = dead_of(parked, int(self._clock.now() * 1000), reason) if outcome == "dead" else None
        self.books.unpark(parked, dead)
        if view is not None:
            self.books.refuse(("", "", parked.revision, outcome, reason), view, parked.offset - view.first)
        self.waiting.drop(parked.key)
        metrics.outcomes_total.labels(self.name, outcome).inc()
        self._around.settler.settle(self)
        return None

    # Sending

    async def _group(self, groups: Groups, rows: Sequence[Row]) -> None:
        for row in rows:
            full = groups.add(row, self._dispatcher.slot(row))
            if full:
                await self._dispatcher.dispatch(full, self._cursor)

    # Telling

    def _show(self, mode: str) -> None:
        """The lane's state for whoever asks, and on disk where it is news."""
        breaker = self.breaker
        state: LaneState = "running"
        if mode in ("paused", "off"):
            state = "paused" if mode == "paused" else "off"
        elif self._broken:
            state = "broken"
        elif breaker.state != "closed":
            state = breaker.state
        elif self._full():
            state = "full"
        metrics.breaker_open.labels(self.name).set({"open": 1, "auth": 2}.get(breaker.state, 0))
        metrics.parked_rows.labels(self.name).set(len(self.waiting))
        reason = self._broken if state == "broken" else breaker.reason
        if self.books.state(state, self._clock.now(), reason, breaker.next_try if state != "running" else 0):
            self._around.settler.settle(self)
