"""Whether the files of a data directory belong together."""

from collections.abc import Mapping

from trackyard.model.errors import StorageError

REMEDY = "it was cut short or is an older copy; restore all files from the same export"


def check_agreement(received: int, decided: int, events: int, lanes: Mapping[str, int]) -> None:
    """Refuse a reader that is ahead of its log: it would take the events that come next for done.

    Given are the last received offset, process's position in it, the last event offset and each lane's position in it.
    """
    if decided > received:
        raise StorageError(f"received.db ends at {received}, state.db has decided up to {decided}: {REMEDY}")
    for lane, position in lanes.items():
        if position > events:
            raise StorageError(f"state.db ends at event {events}, lane {lane} has settled up to {position}: {REMEDY}")
