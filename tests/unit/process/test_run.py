"""The engine's loop: it waits out what passes and stops for what does not."""

import threading
from pathlib import Path
from typing import Any

import pytest
from tests.unit.process.small_engine import Engine, track
from tests.unit.process.test_engine import fail_once

from trackyard.log.doorbell import Doorbell, Listener
from trackyard.model.errors import Fenced, StorageError
from trackyard.pipeline.process import engine as engine_module


@pytest.fixture
def listener(tmp_path: Path) -> Any:
    listener = Listener(tmp_path / "run" / "process.bell")
    yield listener
    listener.close()


def test_a_full_disk_is_waited_out(engine: Engine, listener: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_module, "RETRY_WAIT_SECONDS", 0.01)
    engine.receive(track(1))
    fail_once(engine, monkeypatch)
    stop = threading.Event()

    engine.processor.run(stop, listener, on_decided=stop.set)

    assert [header.message_id for header in engine.headers()] == ["m-1"]


def test_a_ring_wakes_the_engine(engine: Engine, listener: Listener, tmp_path: Path) -> None:
    stop, doorbell = threading.Event(), Doorbell(tmp_path / "run" / "process.bell")
    running = threading.Thread(target=engine.processor.run, args=(stop, listener, stop.set))
    running.start()
    engine.receive(track(1))
    doorbell.ring()
    running.join(timeout=10)
    doorbell.close()

    assert len(engine.headers()) == 1


def test_an_engine_that_was_replaced_stops(engine: Engine, listener: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    def fenced() -> Any:
        raise Fenced("another engine has taken over")

    monkeypatch.setattr(engine.state, "transaction", fenced)
    engine.receive(track(1))

    with pytest.raises(Fenced):
        engine.processor.run(threading.Event(), listener, on_decided=lambda: None)


def test_what_waits_to_be_decided_is_told_with_its_age(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    engine.receive(track(1))
    fail_once(engine, monkeypatch)
    with pytest.raises(StorageError):
        engine.processor.step()
    engine.now += 40_000
    assert engine.processor.facts()["waiting_seconds"] >= 40
    engine.run()
    assert engine.processor.facts()["waiting_seconds"] == 0
