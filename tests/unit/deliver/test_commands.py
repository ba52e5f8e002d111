"""The commands over a data directory, beside a deliver process that runs in this one."""

import asyncio
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiohttp import web
from click.testing import CliRunner
from tests.unit.deliver.world import body, event, webhook, workspace

from trackyard.cli.main import main
from trackyard.destinations import catalogue
from trackyard.model.event import Chunk
from trackyard.model.workspace import Connection, Revision
from trackyard.pipeline.deliver import compaction
from trackyard.pipeline.deliver.engine import Deliverer
from trackyard.pipeline.deliver.history import delivered_among
from trackyard.pipeline.deliver.ledger import SegmentLedger
from trackyard.pipeline.deliver.shadow import ShadowFiles
from trackyard.pipeline.deliver.transport import HttpTransport
from trackyard.store.deliveries_sqlite import SqliteDeliveries
from trackyard.store.directory import DataDirectory
from trackyard.store.inbox import Inbox
from trackyard.store.revisions import Revisions
from trackyard.store.secrets import Secrets
from trackyard.store.sqlite_state import SqliteState

BEGIN = "2000-01-01T00:00:00Z"
END = "2100-01-01T00:00:00Z"


class Place:
    """A data directory with events, a sink, and a way to run deliver over it for a while."""

    def __init__(self, root: Path) -> None:
        self.directory = DataDirectory(root)
        self.taken: list[dict[str, Any]] = []
        self.refuse: set[int] = set()
        self.url = ""
        self.count = 0

    def apply(self, connection: Connection) -> None:
        revisions = Revisions(self.directory.revisions)
        found = workspace(hook=connection)
        found.allowed_private_hosts = ["127.0.0.1"]
        number = revisions.current_number() + 1
        revisions.put(Revision(number=number, workspace=found, who="test", at=0, why=""))

    def track(self, count: int) -> None:
        state = SqliteState(self.directory.state, writer=True)
        now = int(time.time() * 1000)
        events = [event(f"m-{self.count + number + 1}", at=now / 1000) for number in range(count)]
        bodies = [body(decided, self.count + number + 1) for number, decided in enumerate(events)]
        with state.transaction() as transaction:
            transaction.append_events(Chunk(transaction.next_offset(), 1, now, events, bodies))
        self.count += count
        state.close()

    @contextmanager
    def delivering(self) -> Iterator[None]:
        ended = threading.Event()
        thread = threading.Thread(target=lambda: asyncio.run(self._deliver(ended)))
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join(20)
            assert not thread.is_alive()

    def wait_for(self, count: int) -> None:
        end = time.monotonic() + 10
        while len(self.taken) < count:
            assert time.monotonic() < end, f"{len(self.taken)} of {count} arrived"
            time.sleep(0.01)

    def ask(self, *arguments: str) -> Any:
        result = CliRunner().invoke(main, [*arguments, "--data", str(self.directory.root), "--json"])
        assert result.exit_code == 0, result.output + str(result.exception)
        return msgspec.json.decode(result.output)

    async def sink(self, request: web.Request) -> web.StreamResponse:
        found = msgspec.json.decode(await request.read())
        rows = found if isinstance(found, list) else [found]
        if any(row["properties"]["number"] in self.refuse for row in rows):
            return web.Response(status=422)
        self.taken += rows
        return web.Response()

    async def _deliver(self, ended: threading.Event) -> None:
        directory = self.directory
        events = SqliteState(directory.state, writer=False)
        deliveries = SqliteDeliveries(directory.deliveries, writer=True)
        deliverer = Deliverer(
            events.events,
            deliveries,
            SegmentLedger(directory.ledger),
            Revisions(directory.revisions),
            catalogue(),
            HttpTransport(),
            ShadowFiles(directory.shadow),
            Secrets(directory.secrets, os.environ),
            inbox=Inbox(directory.inbox("deliver")),
            look_seconds=0.02,
        )
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        waiting = loop.run_in_executor(None, lambda: (ended.wait(), loop.call_soon_threadsafe(stop.set)))
        await deliverer.run(stop)
        await waiting
        deliveries.close()
        events.close()


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    found = Place(tmp_path / "data")
    ready, ended = threading.Event(), threading.Event()

    async def serve() -> None:
        app = web.Application(client_max_size=10**8)
        app.router.add_post("/in", found.sink)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        found.url = f"http://127.0.0.1:{runner.addresses[0][1]}/in"
        ready.set()
        await asyncio.get_running_loop().run_in_executor(None, ended.wait)
        await runner.cleanup()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    ready.wait(10)
    found.apply(webhook(10, mapping={"url": found.url}))
    found.track(20)
    SqliteDeliveries(found.directory.deliveries, writer=True).close()
    yield found
    ended.set()
    thread.join(10)


def test_deliveries_lists_the_newest_first_and_finds_one_event(place: Place) -> None:
    with place.delivering():
        place.wait_for(20)
    newest = place.ask("deliveries", "--latest", "3")
    assert [row["message_id"] for row in newest] == ["m-20", "m-19", "m-18"]
    [one] = place.ask("deliveries", "--message-id", "m-7", "--connection", "hook", "--outcome", "delivered")
    assert (one["status"], one["attempt"], one["revision"], one["gate"]) == (200, 1, 1, "no_decision:default")
    assert one["http_ms"] > 0
    assert len(one["digest"]) == 64


def test_deliveries_are_found_after_compaction_beside_newer_ones(place: Place) -> None:
    for _ in range(2):
        with place.delivering():
            place.track(5)
            place.wait_for(len(place.taken) + 1)
            place.wait_for(place.count)
    ledger = place.directory.ledger
    compaction.compact(ledger, now=time.time())
    assert [path.suffix for path in (ledger / "compacted").iterdir()] == [".parquet"]
    assert len(place.ask("deliveries", "--latest", "1000")) == 30
    assert delivered_among(ledger, "hook", ["m-1", "m-30", "m-31"]) == {"m-1", "m-30"}


def test_a_torn_last_line_of_the_ledger_is_passed_over(place: Place) -> None:
    with place.delivering():
        place.wait_for(20)
    [segment] = (place.directory.ledger / "live").iterdir()
    segment.write_bytes(segment.read_bytes() + b'{"at":17,"connection":"ho')
    assert len(place.ask("deliveries", "--latest", "1000")) == 20


def test_the_ledger_is_bounded_in_age(place: Place) -> None:
    for _ in range(2):
        with place.delivering():
            place.track(1)
            place.wait_for(place.count)
    compaction.compact(place.directory.ledger, now=time.time() + 31 * 86_400)
    assert list((place.directory.ledger / "compacted").iterdir()) == []


def test_dead_letters_are_listed_retried_and_discarded(place: Place) -> None:
    place.refuse = {3, 5}
    with place.delivering():
        place.wait_for(18)
        end = time.monotonic() + 5
        while len(dead := place.ask("dead-letters", "list")) < 2:
            assert time.monotonic() < end
            time.sleep(0.02)
        assert {letter["message_id"] for letter in dead} == {"m-3", "m-5"}
        assert dead[0]["reason"] == "HTTP 422"
        place.refuse = set()
        assert place.ask("dead-letters", "retry", "hook", "--message-id", "m-3") == {
            "done": True,
            "rows": 1,
            "problem": "",
        }
        place.wait_for(19)
        assert place.ask("dead-letters", "discard", "hook")["rows"] == 1
        assert place.ask("dead-letters", "list") == []


def test_a_command_waits_for_a_deliver_process_that_does_not_run(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trackyard.cli.commands.dead_letters.ANSWER_SECONDS", 0.05)
    place.refuse = {3}
    with place.delivering():
        place.wait_for(19)
    place.refuse = set()
    assert place.ask("dead-letters", "retry", "hook") == {"done": False}
    with place.delivering():
        place.wait_for(20)


def test_lanes_say_where_they_stand(place: Place) -> None:
    with place.delivering():
        place.wait_for(20)
    [lane] = place.ask("lanes")
    assert (lane["connection"], lane["state"], lane["position"], lane["lag"]) == ("hook", "running", 20, 0)


def replay(place: Place, *arguments: str) -> Any:
    return place.ask("replay", "--connection", "hook", "--from", BEGIN, "--to", END, *arguments)


@pytest.fixture(autouse=True)
def no_nice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.nice", lambda increment: increment)  # it would hold for the rest of the tests


def test_replay_passes_over_what_was_delivered_unless_told_otherwise(place: Place) -> None:
    place.refuse = {4}
    with place.delivering():
        place.wait_for(19)
    place.refuse = set()
    assert replay(place, "--dry-run") == {"events": 20, "rows": 1, "already_delivered": 19, "refused": 0}
    assert replay(place) == {"complete": True, "position": 20, "dead": 0}
    assert [row["messageId"] for row in place.taken[19:]] == ["m-4"]
    assert replay(place, "--again")["complete"]
    assert len(place.taken) == 40
    assert list(place.directory.replays.glob("*.db*")) == []


def test_replay_narrows_by_a_condition_and_asks_the_gate(place: Place) -> None:
    with place.delivering():
        place.wait_for(20)
    replay(place, "--again", "--where", "properties.number > 18")
    assert [row["properties"]["number"] for row in place.taken[20:]] == [19, 20]
    place.apply(webhook(10, mapping={"url": place.url}, purposes=["email_marketing"]))
    assert replay(place, "--again", "--dry-run")["refused"] == 20
    replay(place, "--again")
    assert len(place.taken) == 22


def test_dead_letters_of_a_replay_end_up_with_the_others(place: Place) -> None:
    place.refuse = {4}
    assert replay(place)["dead"] == 1
    with place.delivering():
        end = time.monotonic() + 5
        while not place.ask("dead-letters", "list"):
            assert time.monotonic() < end
            time.sleep(0.02)


def test_deliveries_of_a_directory_that_is_not_there_is_an_error_and_no_empty_list(tmp_path: Path) -> None:
    found = CliRunner().invoke(main, ["deliveries", "--data", str(tmp_path / "typo"), "--json"])
    assert (found.exit_code, found.stdout) == (3, "")
    assert "does not exist" in found.stderr
