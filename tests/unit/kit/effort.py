"""How much CPU something takes, in a unit that shrinks and grows with the machine, so that no test is timed."""

import contextlib
import time
from collections.abc import Callable

EFFORT_MAX = 5  # some 100 ms; a text that makes a parser hang takes seconds, or for ever
TRIES = 3  # the best of them: another process may have had the caches


def effort(work: Callable[[], object], *expected: type[Exception]) -> float:
    """The CPU time of `work`, as a multiple of a yardstick measured beside it: 200,000 texts made, about 20 ms."""
    return min(_seconds(work, *expected) / _seconds(_yardstick) for _ in range(TRIES))


def _seconds(work: Callable[[], object], *expected: type[Exception]) -> float:
    started = time.thread_time()
    with contextlib.suppress(*expected):
        work()
    return time.thread_time() - started


def _yardstick() -> None:
    texts: dict[int, str] = {}
    for number in range(200_000):
        texts[number & 255] = str(number)
