"""How long received records are kept: until decided, and then until they are too old or too many."""

from trackyard.log.protocol import Log
from trackyard.model.workspace import Retention

DAY_MILLISECONDS = 86_400_000
GIGABYTE = 1_000_000_000
SHARE = 0.5  # received and decided events share the workspace's bound in bytes


def oldest_kept(retention: Retention, now: int) -> int:
    """What was stored before this time (ms UTC) is past retention."""
    return now - int(retention.days * DAY_MILLISECONDS)


def bytes_kept(retention: Retention) -> int:
    """How much each of the two live logs may take."""
    return int(retention.gigabytes * GIGABYTE * SHARE)


def expire_received(log: Log, decided: int, retention: Retention, now: int) -> bool:
    """Give up some decided records past retention, one small pace between appends; True while there is more to do.

    `decided` is process's position: what it has not decided stays, however old or large.
    """
    if log.size() > bytes_kept(retention):
        return log.trim(decided + 1) and log.size() > bytes_kept(retention)
    return log.trim(decided + 1, oldest_kept(retention, now))
