"""Declared differences that several destinations share."""

from typing import Final

from trackyard.kit.action import Difference

HASH: Final = "re:[0-9a-fA-F]{64}"
OUR_HASH: Final = "re:[0-9a-f]{64}"
USER_AGENT: Final = Difference(
    path="requests.*.headers.user-agent",
    want="Segment (Actions)",
    got="absent",
    reason="the lane names itself; a request does not claim to be Segment's",
)


SECONDS: Final = "a time in Unix seconds is read as such, not as milliseconds of January 1970"


def partner(path: str, segments: str, ours: str) -> Difference:
    """We do not sign with Segment's name."""
    return Difference(path=path, want=segments, got=ours, reason="the platform tells its partners apart by this name")


def rehashed(path: str, reason: str) -> Difference:
    """Another hash than Segment's, or the same in lower case."""
    return Difference(path=path, want=HASH, got=OUR_HASH, reason=reason)


def unhashed(path: str, reason: str) -> Difference:
    """A hash there of what is not sent here."""
    return Difference(path=path, want=HASH, got="absent", reason=reason)
