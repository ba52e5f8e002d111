"""Every engine runs the same suite: add a factory here and it has to keep every promise."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from trackyard.log.memory import MemoryLog
from trackyard.log.protocol import Log
from trackyard.log.sqlite import SqliteLog
from trackyard.store.memory_state import MemoryState
from trackyard.store.sqlite_state import SqliteState
from trackyard.store.state import State

LOGS: dict[str, Callable[[Path], Log]] = {
    "memory": lambda directory: MemoryLog(),
    "sqlite": lambda directory: SqliteLog(directory / "received.db", writer=True),
}
STATES: dict[str, Callable[[Path], State]] = {
    "memory": lambda directory: MemoryState(),
    "sqlite": lambda directory: SqliteState(directory / "state.db", writer=True),
}


@pytest.fixture(params=LOGS)
def log(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Log]:
    """A new, empty log of each engine."""
    log = LOGS[request.param](tmp_path)
    yield log
    log.close()


@pytest.fixture(params=STATES)
def state(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[State]:
    """A new, empty state of each engine."""
    state = STATES[request.param](tmp_path)
    yield state
    state.close()
