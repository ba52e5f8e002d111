"""How long to wait before the next attempt."""

import random

RETRY_FIRST_SECONDS = 5.0
RETRY_LONGEST_SECONDS = 900.0
PROBE_FIRST_SECONDS = 0.5
PROBE_LONGEST_SECONDS = 60.0
AUTH_PROBE_SECONDS = 900.0
RETRY_AFTER_LONGEST_SECONDS = 3600.0  # a platform that asks for more is probed once an hour


def full_jitter(rng: random.Random, first: float, longest: float, failures: int, asked: float | None = None) -> float:
    """A random share of the exponential delay after `failures` failures, never less than what the platform asked for.

    Full jitter: clients that failed together do not come back together.
    """
    ceiling = min(longest, first * 2 ** min(failures - 1, 30))
    return max(rng.uniform(0, ceiling), min(asked or 0.0, RETRY_AFTER_LONGEST_SECONDS))
