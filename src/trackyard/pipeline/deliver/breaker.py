"""A lane's breaker: a failing destination stops the lane where it is and costs no event any of its budget."""

import asyncio
import random
from typing import Literal

from trackyard.pipeline.deliver.backoff import (
    AUTH_PROBE_SECONDS,
    PROBE_FIRST_SECONDS,
    PROBE_LONGEST_SECONDS,
    full_jitter,
)
from trackyard.pipeline.deliver.clock import Clock

FAILURES_TO_OPEN = 3


class Breaker:
    """Closed: requests go. Open: one probe at a time, when it is due. A success closes it."""

    def __init__(self, clock: Clock, rng: random.Random) -> None:
        self._clock, self._rng = clock, rng
        self._failures = 0
        self._probing = False
        self.state: Literal["closed", "open", "auth"] = "closed"
        self.since = clock.now()
        self.reason = ""
        self.next_try = 0.0
        self.successes = 0
        self.changed = asyncio.Event()  # wakes whoever waits to send; see `nudge`

    async def permit(self) -> None:
        """Return when a request may start. Returns early at a `nudge`: the caller looks at the world and asks again."""
        changed = self.changed
        if not self.may_send():
            await self._clock.wait(changed, 3600 if self._probing else self.next_try - self._clock.now())

    def may_send(self) -> bool:
        """Whether a request may start now."""
        return self.state == "closed" or (not self._probing and self._clock.now() >= self.next_try)

    def start(self) -> None:
        """A request starts; in an open breaker it is the one probe."""
        self._probing = self.state != "closed"

    def unused(self) -> None:
        """The request that was to start never left."""
        if self._probing:
            self._probing = False
            self.nudge()

    def success(self) -> None:
        """An answer came that speaks for a working destination."""
        self.successes += 1
        self._failures = 0
        if self.state != "closed":
            self._turn("closed", "")

    def failure(self, reason: str, *, auth: bool = False, after_seconds: float | None = None) -> float:
        """A destination-wide failure; returns the seconds until the next attempt is worth while."""
        self._failures += 1
        delay = full_jitter(self._rng, PROBE_FIRST_SECONDS, PROBE_LONGEST_SECONDS, self._failures, after_seconds)
        if auth:
            delay = max(delay, AUTH_PROBE_SECONDS)
        if auth or after_seconds or self._failures >= FAILURES_TO_OPEN or self.state != "closed":
            self.next_try = self._clock.now() + delay
            self._turn("auth" if auth else "open", reason)
        return delay

    def probe_now(self) -> None:
        """Settings or secrets have changed: what failed may work now."""
        if self.state != "closed":
            self.next_try = self._clock.now()
        self.nudge()

    def nudge(self) -> None:
        """Wake everyone who waits in `permit`."""
        self.changed.set()
        self.changed = asyncio.Event()

    def _turn(self, state: Literal["closed", "open", "auth"], reason: str) -> None:
        if state != self.state:
            self.since = self._clock.now()
        self.state, self.reason = state, reason
        self._probing = False
        self.nudge()
