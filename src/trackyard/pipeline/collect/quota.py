"""A source's own limit, where its operator has set one. None is built in: old SDKs lose events on a 429."""

import math
import time

import msgspec

from trackyard.model.errors import BadRequest


class _Bucket(msgspec.Struct):
    tokens: float
    at: float


class Quotas:
    """Token buckets per source: one second's worth at once, one batch may overdraw, what follows waits."""

    def __init__(self) -> None:
        self._buckets: dict[str, _Bucket] = {}

    def spend(self, source: str, per_second: int | None, events: int, now: float | None = None) -> None:
        """Count `events` of `source`. Raises `BadRequest` 429, with the seconds to wait, when its quota is used up."""
        if per_second is None:
            return
        now = time.monotonic() if now is None else now
        bucket = self._buckets.setdefault(source, _Bucket(per_second, now))
        bucket.tokens = min(per_second, bucket.tokens + (now - bucket.at) * per_second)
        bucket.at = now
        if bucket.tokens <= 0:
            raise _over_quota(source, per_second, max(1, math.ceil(-bucket.tokens / per_second)))
        bucket.tokens -= events


def _over_quota(source: str, per_second: int, seconds: int) -> BadRequest:
    # Whole seconds: analytics-node and analytics.js cannot read a date here. Older browsers read X-RateLimit-Reset.
    wait = str(seconds)
    return BadRequest(
        429,
        "rate_limited",
        f"source {source} is limited to {per_second} events per second; try again in {wait} s",
        (("Retry-After", wait), ("X-RateLimit-Reset", wait)),
    )
