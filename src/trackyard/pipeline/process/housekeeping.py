"""What can wait for an idle moment: memory, ids past their window, events put aside, the archive."""

import gc

import structlog

from trackyard.log.retention import bytes_kept, oldest_kept
from trackyard.model.errors import Fenced, StorageError
from trackyard.model.workspace import Revision
from trackyard.pipeline.process.seen import Seen
from trackyard.store.state import State

ROUND_MILLISECONDS = 10_000  # there is nothing to do more often than that
PACES_PER_TURN = 4  # each is a small transaction; more would keep live events waiting

log = structlog.get_logger()


class Housekeeping:
    """Keeps the state within the workspace's retention, a small pace at a time."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._next_round = 0
        self._is_behind = False  # there was more to do than one turn's paces

    def pace(self, now: int, revision: Revision | None, seen: Seen, at: int) -> None:
        """Do a little, unless it was done a moment ago. `at` is the log's time."""
        if now < self._next_round and self._next_round - now <= ROUND_MILLISECONDS:  # else the clock jumped back
            return
        if not self._is_behind:
            gc.collect()
        self._is_behind = revision is not None and self._expire(now, revision, seen, at)
        self._next_round = now if self._is_behind else now + ROUND_MILLISECONDS

    def _expire(self, now: int, revision: Revision, seen: Seen, at: int) -> bool:
        retention = revision.workspace.retention
        oldest, more, paces = oldest_kept(retention, now), True, 0
        try:
            while more and paces < PACES_PER_TURN:
                more = self._state.forget_ids_before(seen.useless_before(at))
                more |= self._state.forget_aside_before(oldest)
                more |= self._state.archive(oldest, bytes_kept(retention))
                paces += 1
            return more
        except Fenced:
            raise
        except StorageError as error:
            log.error("state_cannot_be_tidied", error=str(error))
            return False
