"""One batch, one transaction; nothing lost, nothing doubled."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.unit.process.small_engine import NOON, Engine, track, workspace

from trackyard.model.errors import StorageError
from trackyard.model.event import CHUNK_EVENTS_MAX
from trackyard.store.sqlite_state import SqliteState


def test_an_event_is_decided_with_its_header_and_its_own_bytes(engine: Engine) -> None:
    engine.receive(track(1, properties={"revenue": 9.5}))

    ((header, body),) = engine.decided()

    assert (header.type, header.name, header.message_id, header.user_id) == ("track", "Order Completed", "m-1", "u1")
    assert (
        body
        == b'{"type":"track","event":"Order Completed","messageId":"m-1","userId":"u1","properties":{"revenue":9.5}}'
    )


def test_the_position_moves_with_the_batch(engine: Engine) -> None:
    engine.receive(track(1))
    engine.receive(track(2))

    assert engine.processor.step() == 2
    assert engine.state.position() == 2
    assert engine.processor.step() == 0


def test_chunks_hold_at_most_their_bound_and_carry_the_revision(engine: Engine) -> None:
    engine.receive(*[track(number) for number in range(CHUNK_EVENTS_MAX + 1)])
    engine.run()

    chunks = engine.state.events.read(0, 10)
    assert [(chunk.first, len(chunk.events)) for chunk in chunks] == [(1, CHUNK_EVENTS_MAX), (CHUNK_EVENTS_MAX + 1, 1)]
    assert {chunk.revision for chunk in chunks} == {1}


def test_a_batch_whose_commit_fails_is_decided_again_whole(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    engine.receive(track(1), track(1), track(2))
    fail_once(engine, monkeypatch)

    with pytest.raises(StorageError):
        engine.processor.step()

    assert [header.message_id for header in engine.headers()] == ["m-1", "m-2"]
    assert engine.counts()["duplicate"] == 1


def fail_once(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    real = engine.state.transaction

    def broken() -> Any:
        monkeypatch.setattr(engine.state, "transaction", real)
        raise StorageError("disk full")

    monkeypatch.setattr(engine.state, "transaction", broken)


def test_an_event_rejected_at_the_door_is_kept_with_its_reason_and_body(engine: Engine) -> None:
    engine.receive(track(1), {"type": "track", "userId": "u1"}, rejected=[(1, "event_not_defined", "no event name")])

    (aside,) = engine.asides("rejected")

    assert (aside.code, aside.message, aside.index) == ("event_not_defined", "no event name", 1)
    assert aside.body == b'{"type":"track","userId":"u1"}'
    assert len(engine.headers()) == 1


def test_a_record_that_cannot_be_read_is_quarantined_and_the_rest_goes_on(engine: Engine) -> None:
    engine.log.append([b"\xff not msgpack"], NOON)
    engine.receive(track(1))

    assert len(engine.headers()) == 1
    assert [aside.code for aside in engine.asides("quarantined")] == ["unreadable"]


def test_a_header_that_cannot_be_stored_costs_only_its_own_event(tmp_path: Path) -> None:
    engine = Engine(tmp_path, state=SqliteState(tmp_path / "state.db", writer=True))
    engine.receive(track(1), track(2, integrations={"Meta": {"id": 2**70}}), track(3))

    assert [header.message_id for header in engine.headers()] == ["m-1", "m-3"]
    assert engine.counts() == {"raw": 3, "decided": 2, "server": 2, "quarantined": 1}


def test_raw_is_the_sum_of_what_became_of_the_events(engine: Engine) -> None:
    engine.receive(track(1), track(1), track(2), {"type": "nonsense"}, 7, track(3))
    engine.receive(track(2), source="web", user_agent="Mozilla/5.0")

    counts = engine.counts()

    assert counts["raw"] == 7
    assert counts["raw"] == sum(counts[what] for what in ("decided", "duplicate", "rejected"))
    assert counts["twin"] == 1


def test_a_new_revision_is_taken_over_between_batches(engine: Engine) -> None:
    engine.receive(track(1))
    engine.run()
    engine.apply(workspace())
    engine.receive(track(2))
    engine.run()

    assert [chunk.revision for chunk in engine.state.events.read(0, 10)] == [1, 2]


def test_a_broken_revision_never_replaces_the_working_one(engine: Engine) -> None:
    engine.receive(track(1))
    engine.run()
    (engine.revisions._directory / "000002.json").write_bytes(b"{torn")
    (engine.revisions._directory / "current").write_text("2")
    engine.receive(track(2))
    engine.run()

    assert [chunk.revision for chunk in engine.state.events.read(0, 10)] == [1, 1]


def test_an_engine_that_starts_on_a_broken_revision_goes_back_to_the_newest_good_one(engine: Engine) -> None:
    for number in (2, 3):
        (engine.revisions._directory / f"{number:06d}.json").write_bytes(b"{torn")
    (engine.revisions._directory / "current").write_text("3")
    engine.receive(track(1))

    engine.start()
    engine.run()
    assert [chunk.revision for chunk in engine.state.events.read(0, 10)] == [1]
    assert engine.processor.facts()["refused_revision"] == 3


def test_nothing_is_decided_before_the_first_revision(tmp_path: Path) -> None:
    engine = Engine(tmp_path)
    (engine.revisions._directory / "current").unlink()
    engine.receive(track(1))

    assert engine.start().step() == 0


def test_replaying_the_log_gives_the_same_events(make_engine: Callable[..., Engine]) -> None:
    first, second = make_engine(), make_engine()
    for engine in (first, second):
        engine.receive(track(1), {"type": "page", "anonymousId": "a"}, track(1), sentAt="2026-01-15T11:00:00Z")
        engine.receive({"type": "identify", "userId": "u"}, source="web", client_side=True, ip="10.0.0.1")

    assert first.decided() == second.decided()
    assert first.headers()[1].message_id.startswith("trackyard-")
