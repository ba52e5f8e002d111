"""How much of a connection may be under way at once: requests, rows not settled yet, one batch per slot of persons."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from zlib import crc32

from trackyard.pipeline.deliver.books import Books
from trackyard.pipeline.deliver.clock import Clock
from trackyard.pipeline.deliver.config import Configuration
from trackyard.pipeline.deliver.convoy import Cursor
from trackyard.pipeline.deliver.groups import Batch
from trackyard.pipeline.deliver.row import Row
from trackyard.pipeline.deliver.sending import Sender, Stopping

IDLE_SECONDS = 60.0
Pace = Callable[[int], Awaitable[None]]


class Dispatcher:
    """Sends batches as soon as there is room for each."""

    def __init__(
        self,
        name: str,
        books: Books,
        sender: Sender,
        config: Configuration,
        clock: Clock,
        *,
        on_done: Callable[[], None],
        on_fault: Callable[[], None],
        pace: Pace | None,
    ) -> None:
        self._name, self._books, self._sender, self._config, self._clock = name, books, sender, config, clock
        self._on_done, self._on_fault, self._pace = on_done, on_fault, pace
        self._slots = [asyncio.Lock() for _ in range(slot_count(name, config))]
        self._tasks: set[asyncio.Task[None]] = set()
        self._doubt = 0  # rows sent whose outcome is not on disk yet
        self._settled = asyncio.Event()
        self.fault: BaseException | None = None

    async def dispatch(self, batches: Sequence[Batch], cursor: Cursor) -> None:
        """Return when every batch is under way, or when the lane stops."""
        for batch in batches:
            while len(self._tasks) >= self._places() and not self._sender.stopping:
                busy, cursor.busy = cursor.busy, False
                await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)
                cursor.busy = busy
            if self._pace is not None:
                await self._pace(len(batch.rows))
            if self._sender.stopping:
                return
            task = asyncio.create_task(self._deliver(batch))
            self._tasks.add(task)
            task.add_done_callback(self._ended)

    def slot(self, row: Row) -> int | None:
        """Where the deliveries of the row's person go one after the other; None where order does not matter."""
        return crc32(row.decided.person.encode("utf-8", "replace")) % len(self._slots) if self._slots else None

    @property
    def ordered(self) -> bool:
        """Whether the deliveries of a person keep their order."""
        return bool(self._slots)

    @property
    def busy(self) -> bool:
        """Whether anything is under way."""
        return bool(self._tasks)

    def settled(self, rows: int) -> None:
        """The outcomes of so many rows are on disk."""
        self._doubt -= rows
        self.wake()

    def wake(self) -> None:
        """Have those who wait for room look again."""
        self._settled.set()
        self._settled = asyncio.Event()

    async def finish(self) -> None:
        """Return when nothing is under way."""
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _places(self) -> int:
        # with slots, some batches wait for their slot
        return 4 * len(self._slots) if self._slots else self._concurrency()

    def _concurrency(self) -> int:
        connection = self._config.connection(self._name)
        return connection.concurrency if connection else 1

    def _ended(self, task: asyncio.Task[None]) -> None:
        """A fault of ours leaves its rows open: the lane ends with it, and is started anew from its position."""
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None and self.fault is None:
            self.fault = task.exception()
            self._on_fault()

    async def _deliver(self, batch: Batch) -> None:
        try:
            if batch.slot is None:
                await self._deliver_bounded(batch.rows)
            else:
                async with self._slots[batch.slot]:
                    await self._deliver_bounded(batch.rows)
        except Stopping:
            pass  # the rows stay open: the position is below them

    async def _deliver_bounded(self, rows: list[Row]) -> None:
        """At most concurrency x batch rows are ever sent without their outcome on disk."""
        count = len(rows)
        while self._doubt and self._doubt + count > self._doubt_max(rows[0]) and not self._sender.stopping:
            await self._clock.wait(self._settled, IDLE_SECONDS)
        self._doubt += count
        await self._sender.deliver(rows)
        self._books.in_doubt += count
        self._on_done()

    def _doubt_max(self, row: Row) -> int:
        connection = self._config.connection(self._name)
        limit = connection.batch_rows if connection and connection.batch_rows else row.shape.rows_max
        return self._concurrency() * min(limit, row.shape.rows_max)


def slot_count(name: str, config: Configuration) -> int:
    """As many slots as requests under way where a connection keeps each person's order, else none."""
    connection, destination = config.connection(name), config.destination(name)
    if connection is None or destination is None:
        return 0
    return connection.concurrency if (connection.ordering or destination.ordering) == "person" else 0
