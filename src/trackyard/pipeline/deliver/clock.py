"""Time as an argument: what lanes know of it, so that a test can let three days pass at once."""

import asyncio
import time
from typing import Protocol


class Clock(Protocol):
    """Wall time and waiting."""

    def now(self) -> float:
        """Seconds since 1970 UTC."""
        ...

    async def wait(self, event: asyncio.Event, seconds: float) -> bool:
        """Return at once when `event` is set, True, else after `seconds`, False."""
        ...


class SystemClock:
    """The machine's own. Waits are monotonic: a wall clock that jumps moves no wait that has begun."""

    def now(self) -> float:
        return time.time()

    async def wait(self, event: asyncio.Event, seconds: float) -> bool:
        try:
            async with asyncio.timeout(max(0.0, seconds)):
                await event.wait()
        except TimeoutError:
            return event.is_set()
        return True
