"""What can wait is done, in small paces, and never at the cost of deciding."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.unit.process.small_engine import NOON, Engine, track, workspace

from trackyard.model.errors import StorageError
from trackyard.model.workspace import Retention
from trackyard.pipeline.process.housekeeping import Housekeeping

HOUR = 3_600_000


def tidy(engine: Engine) -> None:
    processor = engine.processor
    Housekeeping(engine.state).pace(engine.now, processor._revision, processor._seen, processor._at)


def test_ids_and_asides_past_their_time_are_forgotten(make_engine: Callable[..., Engine]) -> None:
    engine = make_engine(workspace(retention=Retention(days=2)))
    engine.receive(track(1), track(1))
    engine.run()
    engine.now = NOON + 49 * HOUR
    engine.receive(track(2), track(2))
    engine.run()

    tidy(engine)

    assert len(engine.state.ids_since(0)) == 1
    assert [aside.message_id for aside in engine.asides("duplicate")] == ["m-2"]


def test_chunks_past_retention_are_archived(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(engine.state, "archive", lambda *bounds: bool(asked.append(bounds)))
    engine.receive(track(1))
    engine.run()

    tidy(engine)

    assert asked == [(NOON - 7 * 24 * HOUR, 10_000_000_000)]


def test_an_archive_that_cannot_be_written_stops_nothing(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*bounds: Any) -> bool:
        raise StorageError("the disk is full")

    monkeypatch.setattr(engine.state, "archive", full)
    engine.receive(track(1))
    engine.run()

    tidy(engine)

    engine.receive(track(2))
    assert len(engine.headers()) == 2
