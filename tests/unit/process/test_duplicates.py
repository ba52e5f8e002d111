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
