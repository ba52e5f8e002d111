"""An event that breaks a step is quarantined alone."""

from collections.abc import Sequence
from typing import Any

import pytest
from prometheus_client import REGISTRY
from tests.unit.process.small_engine import Engine, track

from trackyard.pipeline.process import engine as engine_module
from trackyard.pipeline.process.envelope import Answer, Envelope
from trackyard.pipeline.process.steps import steps_of


def poisoned(envelopes: Sequence[Envelope]) -> Sequence[Answer]:
    for envelope in envelopes:
        if envelope.event.get("properties") == "poison":
            raise KeyError("secret@example.com")
    return envelopes


@pytest.fixture(params=["first", "before the duplicates", "last"])
def poisoned_engine(request: pytest.FixtureRequest, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Engine:
    def with_poison(*arguments: Any) -> list[Any]:
        steps = steps_of(*arguments)
        steps.insert({"first": 1, "before the duplicates": 4, "last": len(steps)}[request.param], poisoned)
        return steps

    monkeypatch.setattr(engine_module, "steps_of", with_poison)
    return engine


def test_one_event_in_five_hundred_is_quarantined_and_the_rest_goes_on(poisoned_engine: Engine) -> None:
    events = [track(number) for number in range(500)]
    events[317]["properties"] = "poison"
    before = quarantined()
    poisoned_engine.receive(*events)

    assert [header.message_id for header in poisoned_engine.headers()] == [f"m-{n}" for n in range(500) if n != 317]
    assert quarantined() == before + 1
    (aside,) = poisoned_engine.asides("quarantined")
    assert (aside.message_id, aside.index, aside.code) == ("m-317", 317, "KeyError")


def quarantined() -> float:
    """What an alert looks at."""
    labels = {"source": "shop", "decision": "quarantined"}
    return REGISTRY.get_sample_value("trackyard_process_events_total", labels) or 0.0


def test_the_log_names_the_place_and_no_personal_data(poisoned_engine: Engine, capsys: Any) -> None:
    poisoned_engine.receive(track(1, properties="poison"))
    poisoned_engine.run()

    said = capsys.readouterr().out
    assert "event_quarantined" in said and "KeyError" in said
    assert "example.com" not in said
