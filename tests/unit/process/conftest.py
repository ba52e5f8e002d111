"""Engines on memory for the tests of process."""

import itertools
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.unit.process.small_engine import Engine


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return Engine(tmp_path)


@pytest.fixture
def make_engine(tmp_path: Path) -> Callable[..., Engine]:
    """Further engines, each with its own log and state."""
    numbers = itertools.count()
    return lambda space=None: Engine(tmp_path / f"engine-{next(numbers)}", space)
