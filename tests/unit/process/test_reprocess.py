"""Deciding again: same ids, a higher version, no doubles even when interrupted."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.unit.process.small_engine import Engine, track, workspace
from tests.unit.process.test_engine import fail_once

from trackyard.model.errors import StorageError
from trackyard.model.event import Decided
from trackyard.store.reprocess_jobs import Job

BLOCKING = {
    "rules": [{"type": "track", "event": "Order Completed", "schema": {"required": ["coupon"]}, "violations": "block"}]
}


def blocked_engine(make_engine: Callable[..., Engine]) -> Engine:
    """An engine whose plan has wrongly blocked m-1 to m-4 and let the page pass; one duplicate, one of another name."""
    space = workspace(plans={"plan": BLOCKING})
    space.sources["shop"].tracking_plan = "plan"
    engine = make_engine(space)
    for number in range(1, 5):
        engine.receive(track(number), track(number))
    engine.receive({"type": "page", "messageId": "p-1", "userId": "u1"}, track(9, event="Other"))
    engine.run()
    engine.apply(workspace())
    return engine


def ask(engine: Engine, first: int = 1, last: int = 5, where: str = "") -> Job:
    return engine.jobs.add(first, last, where, who="test", why="", at=engine.now)


def reprocess(engine: Engine) -> None:
    engine.run()
    while engine.processor.reprocess_step():
        pass


def versions(headers: list[Decided]) -> list[tuple[str, int]]:
    return [(header.message_id, header.version) for header in headers]


def test_events_are_decided_again_under_the_current_revision(make_engine: Callable[..., Engine]) -> None:
    engine = blocked_engine(make_engine)
    ask(engine)
    reprocess(engine)

    assert versions(engine.headers()) == [
        *[("p-1", 0), ("m-9", 0)],
        *[("m-1", 1), ("m-2", 1), ("m-3", 1), ("m-4", 1), ("p-1", 1), ("m-9", 1)],
    ]
    assert [chunk.revision for chunk in engine.state.events.read(0, 100)] == [1, 2]


def test_only_what_was_asked_for_is_decided_again(make_engine: Callable[..., Engine]) -> None:
    engine = blocked_engine(make_engine)
    ask(engine, first=2, last=3, where='type = "track" and event = "Order Completed"')
    reprocess(engine)

    assert versions(engine.headers())[2:] == [("m-2", 1), ("m-3", 1)]


def test_a_second_job_supersedes_the_first(make_engine: Callable[..., Engine]) -> None:
    engine = blocked_engine(make_engine)
    ask(engine, last=1)
    ask(engine, last=1)
    reprocess(engine)
    reprocess(engine)

    assert versions(engine.headers())[2:] == [("m-1", 1), ("m-1", 2)]


def test_duplicates_stay_duplicates_also_of_events_before_the_range(make_engine: Callable[..., Engine]) -> None:
    engine = make_engine()
    engine.receive(track(1))
    engine.run()
    engine.now += 1000
    engine.receive(track(1), track(2))
    engine.run()
    ask(engine, first=2, last=2)
    reprocess(engine)

    assert versions(engine.headers()) == [("m-1", 0), ("m-2", 0), ("m-2", 1)]


def test_a_crash_in_the_middle_neither_doubles_nor_loses(
    make_engine: Callable[..., Engine], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trackyard.pipeline.process.reprocess.BATCH_RECORDS_MAX", 1)
    engine = blocked_engine(make_engine)
    engine.receive(track(4), track(10))  # m-4 again, in the range: after a restart still a duplicate
    engine.run()
    ask(engine, last=6)
    for _ in range(6):
        engine.processor.reprocess_step()
        fail_once(engine, monkeypatch)
        with pytest.raises(StorageError):
            engine.processor.reprocess_step()
        engine.start()
        engine.run()
    reprocess(engine)

    again = [header.message_id for header in engine.headers() if header.version]
    assert again == ["m-1", "m-2", "m-3", "m-4", "p-1", "m-9", "m-10"]


def test_a_finished_job_is_not_begun_again(make_engine: Callable[..., Engine]) -> None:
    engine = blocked_engine(make_engine)
    job = ask(engine)
    reprocess(engine)
    engine.start()
    reprocess(engine)

    assert len([header for header in engine.headers() if header.version]) == 6
    assert engine.state.mark(job.mark) == job.last


def test_live_events_go_on_and_counts_stay_true(make_engine: Callable[..., Engine]) -> None:
    engine = blocked_engine(make_engine)
    ask(engine)
    reprocess(engine)
    engine.receive(track(1), track(20))

    counts = engine.counts()
    assert versions(engine.headers())[-1] == ("m-20", 0)
    assert counts["raw"] == 12 == counts["decided"] + counts["duplicate"] + counts["blocked"]
    assert counts["reprocessed"] == 6


def test_an_event_first_quarantined_is_remembered_once_decided(
    make_engine: Callable[..., Engine], monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = make_engine()

    def broken(envelopes: Any) -> Any:
        raise RuntimeError

    engine.processor.step()
    engine.processor._steps.insert(1, broken)
    engine.receive(track(1))
    engine.run()
    engine.start()
    ask(engine, last=1)
    reprocess(engine)
    engine.receive(track(1))

    assert versions(engine.headers()) == [("m-1", 1)]
    assert engine.counts()["duplicate"] == 1


def test_a_damaged_job_file_keeps_no_live_event_waiting(make_engine: Callable[..., Engine]) -> None:
    engine = make_engine()
    job = ask(engine, last=1)
    path = engine.jobs._directory / f"{job.number:06d}.json"
    sound = path.read_bytes()
    path.write_bytes(b"{torn")
    engine.receive(track(1))
    reprocess(engine)
    assert versions(engine.headers()) == [("m-1", 0)]

    path.write_bytes(sound)
    engine.now += 60_001
    reprocess(engine)
    assert versions(engine.headers()) == [("m-1", 0), ("m-1", 1)]
