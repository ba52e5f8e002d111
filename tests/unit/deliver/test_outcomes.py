"""Outcomes that only some destinations give: by the row, accepted for later, by conversation."""

import asyncio
from collections.abc import Callable, Generator, Sequence
from datetime import UTC, datetime

import msgspec
from tests.unit.deliver.world import Sink, World, webhook, workspace

from trackyard.kit.action import Destination, action
from trackyard.kit.outcome import Accepted, Delivered, Outcome, Rejected, Retry
from trackyard.kit.request import Request, Response
from trackyard.model.workspace import Connection
from trackyard.pipeline.deliver.transport import Wire

HOUR = 3600.0
NOW = datetime(2026, 1, 1, tzinfo=UTC)


class Settings(msgspec.Struct, frozen=True):
    pass


class Payload(msgspec.Struct, frozen=True):
    number: int
    person: str = ""


def batch(rows: Sequence[Payload], settings: Settings, now: datetime) -> Request:
    return Request(url="https://rows.example/", json=[{"number": row.number, "person": row.person} for row in rows])


def read(response: Response, rows: int) -> Sequence[Outcome]:
    """The sink answers with a word per row."""
    words: list[str] = response.json() or []
    by_word: dict[str, Outcome] = {
        "yes": Delivered(),
        "later": Accepted("t-1"),
        "again": Retry("row locked"),
        "no": Rejected("bad row of jane@example.com"),
    }
    return [by_word[word] for word in words]


@action("rows", title="Rows", build_batch=batch, batch_rows_max=10, read=read)
def rows(row: Payload, settings: Settings) -> Request:
    return batch([row], settings, NOW)


@action("talk", title="Talk")
def talk(row: Payload, settings: Settings) -> Generator[Request, Response, Sequence[Outcome] | None]:
    first = yield Request(url="https://rows.example/token", json={})
    if first.status != 200:
        return [Retry("no token")]
    yield Request(url="https://rows.example/row", json={"number": row.number, "token": first.json()})
    return None


rowwise = Destination(
    slug="rowwise",
    name="Rowwise",
    settings=Settings,
    actions=[rows, talk],
    purposes=frozenset(),
    docs_url="https://example.com",
)


def connection(slug: str = "rows", **rest: object) -> Connection:
    made = webhook(mapping={}, **rest)
    made.destination = "rowwise"
    made.subscriptions[0].action = slug
    made.subscriptions[0].mapping = {"number": {"@path": "$.properties.number"}, "person": {"@path": "$.userId"}}
    return made


def answering(word: Callable[[int], str]) -> Sink:
    def answer(sink: Sink, wire: Wire) -> Response:
        numbers = [row["number"] for row in msgspec.json.decode(wire.body)]
        return Response(status=207, body=msgspec.json.encode([word(number) for number in numbers]))

    return Sink(answer)


def told(world: World, done: Callable[[], bool], seconds: float = HOUR) -> None:
    async def story() -> None:
        world.start(look_seconds=5)
        await world.clock.run_until(done, seconds)
        await world.end()

    asyncio.run(story())


def sent_numbers(world: World) -> list[int]:
    return [row["number"] for wire in world.sink.requests for row in msgspec.json.decode(wire.body)]


def test_each_row_of_a_batch_has_its_own_outcome() -> None:
    words = {1: "yes", 2: "no", 3: "later", 4: "yes"}
    world = World(workspace(hook=connection()), answering(words.__getitem__), destinations=[rowwise])
    world.track(4)
    told(world, lambda: len(world.outcomes()) == 4)
    assert sorted(world.outcomes()) == ["accepted", "dead", "delivered", "delivered"]
    [dead] = world.deliveries.dead()
    assert dead.message_id == "m-2"
    assert "jane" not in dead.reason
    assert len(world.sink.requests) == 1


def test_a_row_that_fails_by_itself_is_tried_again_and_then_given_up() -> None:
    world = World(
        workspace(hook=connection()), answering(lambda n: "again" if n == 2 else "yes"), destinations=[rowwise]
    )
    world.track(3)
    start = world.clock.now()
    told(world, lambda: len(world.deliveries.dead()) == 1, 10 * HOUR)
    [dead] = world.deliveries.dead()
    assert dead.message_id == "m-2"
    assert "given up after" in dead.reason
    assert 4 * HOUR <= world.clock.now() - start <= 5 * HOUR
    assert world.deliveries.parked("hook") == []
    assert sent_numbers(world).count(1) == sent_numbers(world).count(3) == 1
    assert 10 < sent_numbers(world).count(2) < 100
    assert world.deliveries.lanes()[0].position == 3


def test_what_waits_survives_a_restart_and_is_sent_once() -> None:
    locked = True
    world = World(
        workspace(hook=connection()),
        answering(lambda n: "again" if n == 2 and locked else "yes"),
        destinations=[rowwise],
    )
    world.track(3)
    told(world, lambda: len(world.deliveries.parked("hook")) == 1)
    locked = False
    told(world, lambda: world.outcomes().count("delivered") == 3)
    assert world.deliveries.parked("hook") == []


def test_later_deliveries_of_a_person_wait_behind_the_one_that_failed() -> None:
    locked = True
    world = World(
        workspace(hook=connection(ordering="person")),
        answering(lambda n: "again" if n == 1 and locked else "yes"),
        destinations=[rowwise],
    )
    world.track(1, person="ann", user_id="ann")

    async def story() -> None:
        nonlocal locked
        world.start(look_seconds=5)
        await world.clock.pass_seconds(1)
        for person in ("ann", "bob", "ann"):
            world.track(1, person=person, user_id=person)
        await world.clock.run_until(lambda: 3 in sent_numbers(world))
        assert {2, 4}.isdisjoint(sent_numbers(world))
        locked = False
        await world.clock.run_until(lambda: 4 in sent_numbers(world))
        await world.end()

    asyncio.run(story())
    assert [number for number in sent_numbers(world) if number in (2, 4)] == [2, 4]
    assert world.deliveries.parked("hook") == []


def test_a_purpose_withdrawn_stops_a_row_that_waits() -> None:
    world = World(workspace(hook=connection()), answering(lambda n: "again"), destinations=[rowwise])
    world.track(1)

    async def story() -> None:
        world.start(look_seconds=1)
        await world.clock.run_until(lambda: len(world.deliveries.parked("hook")) == 1)
        world.apply(lambda found: setattr(found.connections["hook"], "purposes", ["email_marketing"]))
        await world.clock.pass_seconds(1)
        sent = len(world.sink.requests)
        await world.clock.pass_seconds(6 * HOUR)
        assert len(world.sink.requests) == sent
        await world.end()

    asyncio.run(story())
    assert world.deliveries.parked("hook") == world.deliveries.dead() == []


def test_a_conversation_may_end_with_its_own_word() -> None:
    def answer(sink: Sink, wire: Wire) -> Response:
        return Response(status=200, body=b'"t"') if wire.url.endswith("token") else Response(status=200)

    world = World(workspace(hook=connection("talk")), Sink(answer), destinations=[rowwise])
    world.sink.taken = []
    world.track(1)
    told(world, lambda: world.outcomes() == ["delivered"])
    assert [wire.url.rpartition("/")[2] for wire in world.sink.requests] == ["token", "row"]


def test_answers_for_too_few_rows_leave_the_outcome_unknown() -> None:
    world = World(
        workspace(hook=connection(on_unknown="hold")),
        Sink(lambda sink, wire: Response(status=200, body=b'["yes"]')),
        destinations=[rowwise],
    )
    world.track(3)
    told(world, lambda: len(world.deliveries.dead()) == 3)
    assert set(world.outcomes()) == {"unknown"}


def test_a_destination_whose_code_fails_costs_only_the_row_that_shows_it() -> None:
    def odd(row: Payload, settings: Settings, now: datetime) -> Request:
        if row.number == 2:
            raise ZeroDivisionError("with jane@example.com inside")
        return batch([row], settings, now)

    def odd_batch(found: Sequence[Payload], settings: Settings, now: datetime) -> Request:
        return [odd(row, settings, now) for row in found] and batch(found, settings, now)

    broken = msgspec.structs.replace(rows, build=odd, build_batch=odd_batch)
    destination = msgspec.structs.replace(rowwise, actions=[broken])
    world = World(workspace(hook=connection()), answering(lambda n: "yes"), destinations=[destination])
    world.track(5)
    told(world, lambda: len(world.outcomes()) == 5)
    assert [(dead.message_id, dead.reason) for dead in world.deliveries.dead()] == [
        ("m-2", "the request cannot be built: ZeroDivisionError")
    ]


def test_a_request_that_is_no_json_costs_only_its_row() -> None:
    def odd(row: Payload, settings: Settings, now: datetime) -> Request:
        return Request(url="https://rows.example/", json=[{"number": row.number if row.number != 2 else object()}])

    single = msgspec.structs.replace(rows, build=odd, build_batch=None)
    destination = msgspec.structs.replace(rowwise, actions=[single])
    world = World(workspace(hook=connection()), answering(lambda n: "yes"), destinations=[destination])
    world.track(5)
    told(world, lambda: len(world.outcomes()) == 5)
    assert [dead.message_id for dead in world.deliveries.dead()] == ["m-2"]


def test_an_event_too_old_for_the_platform_is_not_sent() -> None:
    destination = msgspec.structs.replace(rowwise, event_age_seconds_max=7 * 86_400)
    world = World(workspace(hook=connection()), answering(lambda n: "yes"), destinations=[destination])
    world.track(1, timestamp=int((world.clock.now() - 8 * 86_400) * 1000))
    world.track(1)
    told(world, lambda: len(world.outcomes()) == 2)
    assert sorted(world.outcomes()) == ["delivered", "expired"]
    assert sent_numbers(world) == [2]
