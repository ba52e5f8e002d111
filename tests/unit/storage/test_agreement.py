"""Files that do not belong together are refused before anything is accepted."""

import pytest

from trackyard.model.errors import StorageError
from trackyard.store.agreement import check_agreement


def test_readers_behind_or_at_the_end_of_their_logs_are_fine() -> None:
    check_agreement(received=9, decided=9, events=5, lanes={"webhook": 5, "slack": 0})


def test_decisions_ahead_of_the_received_log_are_refused() -> None:
    with pytest.raises(StorageError, match=r"received\.db ends at 8, state\.db has decided up to 9"):
        check_agreement(received=8, decided=9, events=5, lanes={})


def test_lane_ahead_of_the_events_is_refused_and_named() -> None:
    with pytest.raises(StorageError, match=r"state\.db ends at event 5, lane webhook has settled up to 6"):
        check_agreement(received=9, decided=9, events=5, lanes={"webhook": 6})
