"""A store's traffic, endless and the same for the same seed: what the demo, the tests and the bench send.

    for item in Traffic(seed=7).events(1000):
        ...

Nothing here reads a clock or draws a number of its own: `start` is when the first event happens, chance comes from
the seed. `trackyard.sandbox.traffic.encode` makes requests of the items.
"""

import heapq
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count, islice
from random import Random

from trackyard.sandbox.traffic.item import Draft, Item, stamped
from trackyard.sandbox.traffic.odd import odd_event
from trackyard.sandbox.traffic.shopper import new_shopper
from trackyard.sandbox.traffic.stories import Step, story

__all__ = ["Item", "Traffic"]

FIRST_MOMENT = datetime(2026, 1, 15, 12, tzinfo=UTC)
VISITS_PER_SECOND = 0.5
ODD_SHARE = 0.03  # of the events; 0 leaves only what a well-kept store sends


class Traffic:
    """The events of one store. Iterating again starts again with the same events."""

    def __init__(self, seed: int, start: datetime = FIRST_MOMENT, odd_share: float = ODD_SHARE) -> None:
        self.seed, self.start, self.odd_share = seed, start, odd_share

    def __iter__(self) -> Iterator[Item]:
        rng = Random(self.seed)
        for after_seconds, draft in self._in_order_of_time(rng):
            yield stamped(rng, draft, self.start + timedelta(seconds=after_seconds))
            if rng.random() < self.odd_share:
                yield stamped(rng, odd_event(rng), self.start + timedelta(seconds=after_seconds))

    def events(self, number: int) -> Iterator[Item]:
        """The first `number` events."""
        return islice(self, number)

    def _in_order_of_time(self, rng: Random) -> Iterator[tuple[float, Draft]]:
        """The steps of all stories that run at once, interleaved as they happen."""
        numbers, next_visit = count(), 0.0
        running: list[tuple[float, int, Iterator[Step]]] = []
        while True:
            while not running or next_visit <= running[0][0]:
                heapq.heappush(running, (next_visit, next(numbers), story(rng, new_shopper(rng))))
                next_visit += rng.expovariate(VISITS_PER_SECOND)
            at, number, steps = heapq.heappop(running)
            step = next(steps, None)
            if step is not None:
                yield at, step.draft
                heapq.heappush(running, (at + step.pause_seconds, number, steps))
