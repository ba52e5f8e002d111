"""Duplicates, twins and how long they are remembered."""

from collections.abc import Callable

import pytest
from tests.unit.process.small_engine import NOON, Engine, track, workspace

from trackyard.pipeline.process import seen as seen_module
from trackyard.pipeline.process.seen import Seen, id_of

HOUR = 3_600_000
BROWSER = {"source": "web", "endpoint": "track", "client_side": True, "user_agent": "Mozilla/5.0"}


def test_duplicate_message_id_is_kept_once(engine: Engine) -> None:
    engine.receive(track(1), track(1))
    engine.receive(track(1))

    assert len(engine.headers()) == 1
    assert [aside.message_id for aside in engine.asides("duplicate")] == ["m-1", "m-1"]


def test_a_twin_is_a_second_observation_and_not_a_duplicate(engine: Engine) -> None:
    engine.receive(track(1), **BROWSER)
    engine.receive(track(1), source="shop")
    engine.receive(track(1), source="shop")

    assert [(header.channel, header.observation) for header in engine.headers()] == [("browser", 1), ("server", 2)]
    assert engine.counts() == {"raw": 3, "decided": 2, "client": 1, "server": 1, "twin": 1, "duplicate": 1}


def test_twins_in_one_batch_find_each_other(engine: Engine) -> None:
    engine.receive(track(1), **BROWSER)
    engine.receive(track(1), source="shop")
    assert engine.processor.step() == 2

    assert [header.observation for header in engine.headers()] == [1, 2]


def test_environments_share_no_message_ids(engine: Engine) -> None:
    engine.receive(track(1))
    engine.receive(track(1), environment="dev")

    assert [(header.environment, header.observation) for header in engine.headers()] == [("production", 1), ("dev", 1)]


def test_ids_are_remembered_across_a_restart(engine: Engine) -> None:
    engine.receive(track(1))
    engine.run()
    engine.start()
    engine.receive(track(1), track(2))

    assert [header.message_id for header in engine.headers()] == ["m-1", "m-2"]


def test_ids_are_forgotten_after_the_window_and_not_before(engine: Engine) -> None:
    engine.receive(track(1))
    engine.run()
    engine.now = NOON + 24 * HOUR
    engine.receive(track(1))
    engine.run()
    engine.now = NOON + 26 * HOUR
    engine.receive(track(1))

    assert len(engine.headers()) == 2


def test_a_wider_window_is_kept_for_longer(make_engine: Callable[..., Engine]) -> None:
    engine = make_engine(workspace(duplicate_window_hours=720))
    engine.receive(track(1))
    engine.run()
    engine.now = NOON + 719 * HOUR
    engine.receive(track(1))

    assert engine.counts()["duplicate"] == 1


def test_a_clock_that_jumps_back_loses_no_ids(engine: Engine) -> None:
    engine.receive(track(1))
    engine.run()
    engine.now = NOON - 48 * HOUR
    engine.receive(track(1), track(2))
    engine.run()
    engine.start()  # also not those that are read again from the state
    engine.now = NOON + 1
    engine.receive(track(1), track(2))

    assert [header.message_id for header in engine.headers()] == ["m-1", "m-2"]


def test_ids_in_sorted_runs_are_found_and_no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seen_module, "YOUNG_IDS_MAX", 100)
    monkeypatch.setattr(seen_module, "MAPPED_IDS_MIN", 1000)
    seen = Seen(24 * HOUR)
    known = [id_of("production", f"m-{number}", "browser") for number in range(3000)]
    for start in range(0, 3000, 50):
        seen.channels_of(known[start : start + 50], NOON + start * 20_000)
        seen.keep(NOON + start * 20_000)

    twins = [id_of("production", f"m-{number}", "server") for number in range(3000)]
    strangers = [id_of("production", f"x-{number}", "browser") for number in range(3000)]

    assert seen.channels_of(known, NOON + 20 * HOUR) == [1] * 3000
    seen.drop()
    assert seen.channels_of(twins, NOON + 20 * HOUR) == [1] * 3000
    seen.drop()
    assert seen.channels_of(strangers, NOON + 20 * HOUR) == [0] * 3000


def test_what_a_failed_batch_added_is_dropped() -> None:
    seen = Seen(24 * HOUR)
    one = id_of("production", "m-1", "browser")
    seen.channels_of([one], NOON)
    seen.drop()

    assert seen.channels_of([one], NOON) == [0]
    assert seen.added() == one


def answer(**granted: bool) -> dict[str, object]:
    return {"context": {"consent": {"categoryPreferences": granted}}}


ALL = {"ads_storage": True, "ads_user_data": True, "analytics": True}


@pytest.mark.parametrize("in_one_batch", [True, False])
def test_a_twin_without_an_answer_has_the_refusal_of_the_first(engine: Engine, in_one_batch: bool) -> None:
    engine.receive(track(1, **answer(Analytics=True, Advertising=False)), **BROWSER)
    if not in_one_batch:
        engine.run()
        engine.start()
    engine.receive(track(1), source="shop")

    assert [header.consent for header in engine.headers()][1] == ALL | {"ads_storage": False, "ads_user_data": False}


def test_of_two_answers_of_twins_the_most_restrictive_counts(engine: Engine) -> None:
    engine.receive(track(1, **answer(Analytics=False, Advertising=True)), **BROWSER)
    engine.receive(track(1, **answer(Analytics=True, Advertising=True)), source="shop")

    assert engine.headers()[1].consent == ALL | {"analytics": False}


def test_a_twin_keeps_the_privacy_signal_of_the_browser(engine: Engine) -> None:
    engine.receive(track(1), gpc=True, **BROWSER)
    engine.receive(track(1), source="shop")

    assert [header.gpc for header in engine.headers()] == [True, True]
    assert engine.headers()[1].consent is None


def test_a_twin_that_brings_consent_has_it(engine: Engine) -> None:
    engine.receive(track(1), source="shop")
    engine.receive(track(1, **answer(Analytics=True, Advertising=True)), **BROWSER)

    assert [header.consent for header in engine.headers()] == [None, ALL]


def test_a_refusal_is_no_observation(engine: Engine) -> None:
    engine.receive(track(1, **answer(Analytics=False)), **BROWSER)
    engine.run()
    engine.start()
    engine.receive(track(2), source="shop")

    assert [header.observation for header in engine.headers()] == [1, 1]
    assert engine.headers()[1].consent is None


def test_an_event_without_an_answer_keeps_what_its_source_allowed_then(engine: Engine) -> None:
    space = workspace()
    space.sources["shop"].no_decision = {"default": ["necessary", "functional"]}
    engine.apply(space)
    engine.receive(track(1), source="shop")
    engine.receive(track(2, **answer(Analytics=True)), source="shop")

    assert [header.without_decision for header in engine.headers()] == [("necessary", "functional"), None]
