"""Settling: the ledger is synced, then positions, outcomes and parked retries of all lanes go in one transaction."""

import asyncio
from collections.abc import Sequence
from typing import Protocol

import structlog

from trackyard.model.errors import Fenced, StorageError
from trackyard.pipeline.deliver.chunks import Offload
from trackyard.pipeline.deliver.clock import Clock
from trackyard.pipeline.deliver.ledger import Ledger
from trackyard.store.deliveries import Deliveries, Settlement

AGAIN_SECONDS = 1.0
IDLE_SECONDS = 60.0
log = structlog.get_logger()


class Settling(Protocol):
    """A lane, as far as settling is concerned."""

    def take(self) -> tuple[Settlement, list[bytes], int]: ...

    def settled(self, rows: int) -> None: ...


class Flushing(Protocol):
    """What else must be durable before a position moves."""

    def flush(self) -> None: ...


class Settler:
    """One writer for all lanes; while it writes, what finishes meanwhile gathers for the next commit."""

    def __init__(
        self, deliveries: Deliveries, ledger: Ledger, recorder: Flushing, clock: Clock, offload: Offload[None]
    ) -> None:
        self._deliveries, self._ledger, self._recorder = deliveries, ledger, recorder
        self._clock, self._offload = clock, offload
        self._waiting: dict[int, Settling] = {}
        self._bell = asyncio.Event()
        self._barriers: list[asyncio.Future[None]] = []
        self._stopping = False

    def settle(self, lane: Settling) -> None:
        """Have what `lane` has finished written soon."""
        self._waiting[id(lane)] = lane
        self._bell.set()

    async def written(self) -> None:
        """Return when everything that is finished by now is on disk."""
        done = asyncio.get_running_loop().create_future()
        self._barriers.append(done)
        self._bell.set()
        await done

    def stop(self) -> None:
        """Write what is left, then end."""
        self._stopping = True
        self._bell.set()

    async def run(self) -> None:
        """Write until `stop`. Raises `Fenced` when another engine has taken over."""
        while not self._stopping or self._waiting:
            await self._clock.wait(self._bell, IDLE_SECONDS)
            self._bell.clear()
            if self._waiting or self._barriers:
                await self._write(list(self._waiting.values()))

    async def _write(self, lanes: Sequence[Settling]) -> None:
        self._waiting.clear()
        barriers, self._barriers = self._barriers, []
        taken = [lane.take() for lane in lanes]
        settlements = [settlement for settlement, _, _ in taken]
        lines = [line for _, own, _ in taken for line in own]
        while not await self._written(lines, settlements):
            await self._clock.wait(asyncio.Event(), AGAIN_SECONDS)
        for lane, (_, _, rows) in zip(lanes, taken, strict=True):
            lane.settled(rows)
        for barrier in barriers:
            barrier.set_result(None)

    async def _written(self, lines: list[bytes], settlements: list[Settlement]) -> bool:
        """Whether it is on disk. What cannot be written now is written later: lanes stand still meanwhile."""

        def write() -> None:
            self._recorder.flush()
            self._ledger.append(lines)
            lines.clear()  # should the next step fail, they are not written again
            self._deliveries.settle(settlements)

        try:
            await self._offload(write)
        except Fenced:
            raise
        except (StorageError, OSError) as error:
            log.error("settle_failed", error=type(error).__name__, detail="is the disk full?")
            return False
        return True
