"""Accepted rows whose platform can be asked what became of them."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from tests.unit.deliver.world import Sink, World, webhook, workspace

from trackyard.kit.action import Destination, action, outcome_of_status
from trackyard.kit.outcome import Accepted, Delivered, Outcome, Rejected, Retry
from trackyard.kit.request import Request, Response
from trackyard.model.workspace import Connection
from trackyard.pipeline.deliver.transport import NoResponse, Wire
from trackyard.store.deliveries import Deliveries, Lane, Parked, Settlement
from trackyard.store.deliveries_memory import MemoryDeliveries
from trackyard.store.deliveries_sqlite import SqliteDeliveries

HOUR = 3600.0
NOW = datetime(2026, 1, 1, tzinfo=UTC)


class Settings(msgspec.Struct, frozen=True):
    pass


class Payload(msgspec.Struct, frozen=True):
    number: int


def batch(rows: Sequence[Payload], settings: Settings, now: datetime) -> Request:
    return Request(url="https://jobs.example/", json=[{"number": row.number} for row in rows])


def read(response: Response, rows: int) -> Sequence[Outcome]:
    return [Accepted(str(response.json()))] * rows


def poll(ticket: str, settings: Settings) -> Request:
    return Request(method="GET", url=f"https://jobs.example/status?ticket={ticket}")


def read_poll(response: Response, ticket: str) -> Outcome:
    if response.status != 200:
        return outcome_of_status(response)
    return {
        "done": Delivered(),
        "bad": Rejected("no such conversion"),
        "failed": Retry("processing failed"),
        "busy": Accepted(ticket),
    }[response.json()]


@action(
    "jobs", title="Jobs", build_batch=batch, batch_rows_max=10, read=read,
    poll=poll, read_poll=read_poll, poll_seconds_max=6 * HOUR,
)  # fmt: skip
def jobs(row: Payload, settings: Settings) -> Request:
    return batch([row], settings, NOW)


later = Destination(
    slug="later",
    name="Later",
    settings=Settings,
    actions=[jobs],
    purposes=frozenset(),
    docs_url="https://example.com",
)


def connection(**rest: object) -> Connection:
    made = webhook(mapping={}, **rest)
    made.destination = "later"
    made.subscriptions[0].action = "jobs"
    made.subscriptions[0].mapping = {"number": {"@path": "$.properties.number"}}
    return made


class Platform:
    """Takes jobs in, and says of them what a test wants, by the time that has passed since."""

    def __init__(self, word: Callable[[float], str | int]) -> None:
        self.word = word
        self.world: World | None = None
        self.begun: dict[str, float] = {}
        self.asked: list[float] = []
        self.jobs: list[list[int]] = []

    def answer(self, sink: Sink, wire: Wire) -> Response | NoResponse:
        assert self.world is not None
        now = self.world.clock.now()
        if wire.method == "POST":
            self.jobs.append([row["number"] for row in msgspec.json.decode(wire.body)])
            ticket = f"t-{len(self.jobs)}"
            self.begun[ticket] = now
            return Response(status=200, body=msgspec.json.encode(ticket))
        self.asked.append(now)
        word = self.word(now - self.begun[wire.url.rpartition("=")[2]])
        if word == 0:
            return NoResponse("timeout", may_have_arrived=True)
        if isinstance(word, int):
            return Response(status=word)
        return Response(status=200, body=msgspec.json.encode(word))


class PollingSink(Sink):
    """What is asked has no body."""

    async def send(self, wire: Wire, timeout_seconds: float) -> Response | NoResponse:
        self.requests.append(wire)
        answer = self.answer(self, wire)
        assert isinstance(answer, Response | NoResponse)
        return answer


def at(platform: Platform, **rest: object) -> World:
    world = World(workspace(hook=connection(**rest)), PollingSink(platform.answer), destinations=[later])
    platform.world = world
    return world


def told(world: World, done: Callable[[], bool], seconds: float = HOUR) -> None:
    async def story() -> None:
        world.start(look_seconds=5)
        await world.clock.run_until(done, seconds)
        await world.end()

    asyncio.run(story())


def nothing_waits(world: World) -> Callable[[], bool]:
    return lambda: world.ledger.entries != [] and world.deliveries.parked("hook") == []


def test_an_accepted_batch_is_asked_for_once_and_delivered_by_its_answer() -> None:
    platform = Platform(lambda age: "done")
    world = at(platform)
    start = world.clock.now()
    world.track(4)
    told(world, lambda: world.outcomes().count("delivered") == 4)
    assert platform.jobs == [[1, 2, 3, 4]] and len(platform.asked) == 1
    assert 60 <= platform.asked[0] - start < 65
    assert [(entry.outcome, entry.attempt) for entry in world.ledger.entries] == [("accepted", 1), ("delivered", 2)]
    assert world.deliveries.parked("hook") == [] and world.deliveries.lanes()[0].position == 4


def test_what_is_still_being_processed_is_asked_for_ever_less_often() -> None:
    platform = Platform(lambda age: "busy" if age < 2 * HOUR else "done")
    world = at(platform)
    world.track(1)
    told(world, lambda: "delivered" in world.outcomes(), 3 * HOUR)
    pauses = [after - before for before, after in zip(platform.asked, platform.asked[1:], strict=False)]
    assert pauses[:3] == pytest.approx([60, 120, 240], abs=2)
    assert max(pauses) <= 901 and len(platform.asked) < 20
    assert world.outcomes() == ["accepted", "delivered"]


def test_what_processing_refuses_is_a_dead_letter_with_its_reason() -> None:
    world = at(Platform(lambda age: "bad"))
    world.track(2)
    told(world, lambda: len(world.deliveries.dead()) == 2)
    assert [dead.reason for dead in world.deliveries.dead()] == ["no such conversion"] * 2
    assert world.outcomes() == ["accepted"] * 2 + ["dead"] * 2
    assert world.deliveries.parked("hook") == []


def test_what_processing_failed_with_is_sent_again() -> None:
    platform = Platform(lambda age: "failed" if len(platform.jobs) == 1 else "done")
    world = at(platform)
    world.track(2)
    told(world, lambda: world.outcomes().count("delivered") == 2)
    assert sorted(number for job in platform.jobs for number in job) == [1, 1, 2, 2]
    assert world.outcomes().count("retry") == 2


def test_a_job_that_always_fails_is_given_up() -> None:
    platform = Platform(lambda age: "failed")
    world = at(platform)
    world.track(1)
    told(world, lambda: len(world.deliveries.dead()) == 1, 10 * HOUR)
    assert "given up after" in world.deliveries.dead()[0].reason
    assert len(platform.jobs) < 60


def test_a_ticket_is_kept_over_a_kill_and_asked_for_after_it() -> None:
    platform = Platform(lambda age: "done")
    world = at(platform)
    world.track(3)

    async def story() -> None:
        world.start(look_seconds=5)
        await world.clock.run_until(lambda: len(world.deliveries.parked("hook")) == 3)
        await world.kill()
        assert platform.asked == []
        world.start(look_seconds=5)
        await world.clock.run_until(lambda: world.outcomes().count("delivered") == 3)
        await world.end()

    asyncio.run(story())
    assert platform.jobs == [[1, 2, 3]] and len(platform.asked) == 1


def test_without_a_word_a_held_connection_keeps_the_row_for_somebody_to_decide() -> None:
    platform = Platform(lambda age: "busy")
    world = at(platform, on_unknown="hold")
    world.track(1)
    told(world, lambda: len(world.deliveries.dead()) == 1, 7 * HOUR)
    assert world.deliveries.dead()[0].reason.startswith("unknown outcome, held: accepted, then no word for 6.0 h")
    assert world.outcomes() == ["accepted", "unknown"] and len(platform.jobs) == 1


def test_without_a_word_a_connection_that_resends_sends_again() -> None:
    platform = Platform(lambda age: "busy" if len(platform.jobs) == 1 else "done")
    world = at(platform)
    world.track(1)
    told(world, lambda: "delivered" in world.outcomes(), 8 * HOUR)
    assert platform.jobs == [[1], [1]]
    assert world.outcomes() == ["accepted", "unknown", "accepted", "delivered"]


@pytest.mark.parametrize("trouble", [503, 401, 0])
def test_a_platform_that_cannot_be_asked_costs_the_row_nothing(trouble: int) -> None:
    platform = Platform(lambda age: trouble if age < 2 * HOUR else "done")
    world = at(platform)
    world.track(1)
    told(world, lambda: "delivered" in world.outcomes(), 4 * HOUR)
    assert platform.jobs == [[1]] and world.outcomes() == ["accepted", "delivered"]


def test_refused_credentials_do_not_use_up_a_tickets_time() -> None:
    platform = Platform(lambda age: 401 if age < 20 * HOUR else "done")
    world = at(platform)
    world.track(1)
    told(world, lambda: "delivered" in world.outcomes(), 22 * HOUR)
    assert platform.jobs == [[1]]


def test_nobody_is_asked_while_the_connection_is_paused() -> None:
    platform = Platform(lambda age: "done")
    world = at(platform)
    world.track(1)

    async def story() -> None:
        world.start(look_seconds=5)
        await world.clock.run_until(lambda: len(world.deliveries.parked("hook")) == 1)
        world.apply(lambda changed: setattr(changed.connections["hook"], "mode", "paused"))
        await world.clock.pass_seconds(HOUR)
        assert platform.asked == []
        world.apply(lambda changed: setattr(changed.connections["hook"], "mode", "live"))
        await world.clock.run_until(lambda: "delivered" in world.outcomes())
        await world.end()

    asyncio.run(story())


def test_a_twin_of_an_accepted_row_is_not_sent() -> None:
    platform = Platform(lambda age: "done")
    world = at(platform)
    world.track(1)

    async def story() -> None:
        world.start(look_seconds=5)
        await world.clock.run_until(lambda: len(world.deliveries.parked("hook")) == 1)
        world.twin("m-1")
        await world.clock.run_until(nothing_waits(world))
        world.twin("m-1")
        await world.clock.pass_seconds(60)
        await world.end()

    asyncio.run(story())
    assert platform.jobs == [[1]]


def test_later_deliveries_of_a_person_do_not_wait_for_an_accepted_one() -> None:
    platform = Platform(lambda age: "busy" if age < HOUR else "done")
    world = at(platform, ordering="person")
    world.track(1)

    async def story() -> None:
        world.start(look_seconds=5)
        await world.clock.run_until(lambda: len(world.deliveries.parked("hook")) == 1)
        world.track(1)
        await world.clock.run_until(lambda: len(platform.jobs) == 2, 60)
        await world.end()

    asyncio.run(story())


def stores(tmp_path: Path) -> list[Deliveries]:
    return [MemoryDeliveries(), SqliteDeliveries(tmp_path / "deliveries.db", writer=True)]


def test_a_ticket_is_stored_with_the_row(tmp_path: Path) -> None:
    parked = Parked(
        connection="hook", offset=1, subscription=0, revision=1, message_id="m", person="", attempts=1,
        first_at=1, next_at=2, reason="accepted", ticket="t-1", accepted_at=1,
    )  # fmt: skip
    for store in stores(tmp_path):
        store.settle([Settlement(lane=Lane(connection="hook", position=1), park=[parked])])
        assert store.parked("hook") == [parked]
        store.close()
