"""The commands that show what was decided, on a data directory as a server leaves it."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from tests.unit.process.small_engine import NOON, Engine, track

from trackyard.cli.main import main
from trackyard.log.sqlite import SqliteLog
from trackyard.model.event import rfc3339
from trackyard.store.directory import DataDirectory
from trackyard.store.reprocess_jobs import ReprocessJobs
from trackyard.store.sqlite_state import SqliteState


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Two decided events, one duplicate and one rejected event."""
    directory = DataDirectory(tmp_path)
    engine = Engine(tmp_path, state=SqliteState(directory.state, writer=True))
    engine.log = SqliteLog(directory.received, writer=True)
    engine.start()
    engine.receive(track(1), track(2), track(1), {"type": "track"}, rejected=[(3, "event_not_defined", "no name")])
    engine.run()
    engine.log.close()
    engine.state.close()
    return tmp_path


def run(*arguments: str) -> Any:
    result = CliRunner().invoke(main, list(arguments))
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_events_lists_the_newest_decided_events_whole(data: Path) -> None:
    (row,) = run("events", "--data", str(data), "--latest", "1", "--json")

    assert (row["offset"], row["message_id"], row["event"]["userId"]) == (2, "m-2", "u1")


def test_events_of_a_source_are_found_behind_many_others(tmp_path: Path) -> None:
    directory = DataDirectory(tmp_path)
    engine = Engine(tmp_path, state=SqliteState(directory.state, writer=True))
    for number in range(60):
        engine.receive(track(number), source="web" if number in (3, 5) else "shop")
        engine.processor.step()
    engine.state.close()

    rows = run("events", "--data", str(tmp_path), "--latest", "2", "--source", "web", "--json")
    assert [row["message_id"] for row in rows] == ["m-3", "m-5"]
    rows = run("events", "--data", str(tmp_path), "--latest", "3", "--json")
    assert [row["message_id"] for row in rows] == ["m-57", "m-58", "m-59"]


def test_events_lists_what_was_put_aside_with_its_reason(data: Path) -> None:
    (rejected,) = run("events", "--data", str(data), "--rejected", "--json")
    (duplicate,) = run("events", "--data", str(data), "--duplicates", "--json")

    assert (rejected["code"], rejected["message"], rejected["body"]) == (
        "event_not_defined",
        "no name",
        '{"type":"track"}',
    )
    assert duplicate["message_id"] == "m-1"
    assert run("events", "--data", str(data), "--quarantined", "--json") == []
    assert run("events", "--data", str(data), "--rejected", "--source", "web", "--json") == []


def test_audit_counts_them(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = run("audit", "--data", str(data), "--days", "36500", "--json")

    assert [(row["event"], row["raw"], row["duplicates"], row["effective"]) for row in rows] == [
        ("", 1, 0, 0),
        ("Order Completed", 3, 1, 2),
    ]


def test_reprocess_leaves_a_job_for_the_server(data: Path) -> None:
    times = ["--from", rfc3339(NOON), "--to", rfc3339(NOON + 1000)]

    planned = run("reprocess", "--data", str(data), *times, "--dry-run", "--json")
    assert planned == {"job": None, "first": 1, "last": 1, "requests": 1}
    asked = run("reprocess", "--data", str(data), *times, "--where", 'type = "track"', "--no-wait", "--json")
    assert asked == {"job": 1, "first": 1, "last": 1, "requests": 1, "done": False}
    (job,) = ReprocessJobs(DataDirectory(data).reprocess).all()
    assert (job.first, job.last, job.where) == (1, 1, 'type = "track"')


def test_reprocess_refuses_what_is_no_expression(data: Path) -> None:
    arguments = ["reprocess", "--data", str(data), "--from", "2026-01-01", "--to", "2027-01-01", "--where", "type ="]

    assert CliRunner().invoke(main, arguments).exit_code == 2
