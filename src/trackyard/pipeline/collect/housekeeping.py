"""What the door does beside serving: refuse while the disk is nearly full, give up records past retention."""

import asyncio
import time
from collections.abc import Callable

import structlog

from trackyard.log.retention import expire_received
from trackyard.model.errors import StorageError
from trackyard.pipeline.collect.appender import Appender
from trackyard.store.revisions import Revisions
from trackyard.store.space import DiskSpace

LOOK_SECONDS = 0.25  # at 100 MB/s of intake a tenth of the space that is kept free
ROUND_SECONDS = 2.0
PACE_SECONDS = 0.02  # between two paces, so that commits go first

log = structlog.get_logger()


class Housekeeping:
    """Runs beside the door until cancelled. `decided` is the last received offset that process has decided."""

    def __init__(self, appender: Appender, revisions: Revisions, space: DiskSpace, decided: Callable[[], int]) -> None:
        self._appender, self._revisions = appender, revisions
        self._space, self._decided = space, decided

    async def run(self) -> None:
        """Look at the disk four times a second, at retention every other second."""
        await asyncio.gather(self._watch_space(), self._expire())

    async def _watch_space(self) -> None:
        while True:
            await self.look()
            await asyncio.sleep(LOOK_SECONDS)

    async def look(self) -> None:
        """Refuse events while there is too little room on the disk; go on when there is enough again."""
        refusal = await asyncio.to_thread(self._space.refusal)
        if refusal and not self._appender.refusal:
            log.error("collect.refusing", reason=refusal)
        elif self._appender.refusal and not refusal:
            log.info("collect.accepting_again")
        self._appender.refusal = refusal

    async def _expire(self) -> None:
        while True:
            more = False
            try:
                more = await self.expire()
            except StorageError as error:
                log.error("collect.cannot_expire", error=str(error))
            await asyncio.sleep(PACE_SECONDS if more else ROUND_SECONDS)

    async def expire(self) -> bool:
        """Give up a little of what is decided and past retention; True while there is more."""
        revision = await asyncio.to_thread(self._revisions.current)
        if revision is None:
            return False
        retention, decided = revision.workspace.retention, await asyncio.to_thread(self._decided)
        now = time.time_ns() // 1_000_000
        return await self._appender.between_writes(lambda events: expire_received(events, decided, retention, now))
