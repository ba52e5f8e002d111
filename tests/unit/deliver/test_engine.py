"""Lanes as a whole: what is sent, what is not, and what is kept about it. Time is an argument."""

import asyncio
import random
from collections.abc import Awaitable, Callable

import msgspec
import pytest
from tests.unit.deliver.world import Sink, World, rows_in, webhook, workspace

from trackyard.kit.request import Response
from trackyard.model.errors import StorageError
from trackyard.model.workspace import Workspace
from trackyard.pipeline.deliver.ledger import Entry
from trackyard.pipeline.deliver.transport import NoResponse, Wire
from trackyard.store.deliveries import Settlement
from trackyard.store.deliveries_memory import MemoryDeliveries

DAY = 86_400.0
Story = Callable[[World], Awaitable[None]]
SILENCE = NoResponse("no answer from sink.example in time", may_have_arrived=True)


def tell(world: World, story: Story, look_seconds: float = 2) -> None:
    async def told() -> None:
        world.start(look_seconds)
        await story(world)
        await world.end()

    asyncio.run(told())


def numbers(wire: Wire) -> list[int]:
    return [row["properties"]["number"] for row in rows_in(wire)]


def refusing(bad: set[int], status: int = 400) -> Sink:
    """A sink that refuses every request with one of these events in it."""
    return Sink(lambda sink, wire: Response(status=status if bad & set(numbers(wire)) else 200))


def test_every_event_reaches_the_webhook_once_and_in_batches() -> None:
    async def story(world: World) -> None:
        ids = world.track(250) + world.track(30)
        await world.clock.run_until(lambda: len(world.sink.taken) == 280)
        assert sorted(world.sink.ids) == sorted(ids)

    world = World(workspace(hook=webhook(100)))
    tell(world, story)
    assert max(len(entry.message_id) for entry in world.ledger.entries) == 100
    assert world.deliveries.lanes()[0].position == 280


def test_a_lane_goes_on_where_it_stopped() -> None:
    async def first(world: World) -> None:
        world.track(10)
        await world.clock.run_until(lambda: len(world.sink.taken) == 10)

    async def second(world: World) -> None:
        world.track(5)
        await world.clock.run_until(lambda: len(world.sink.taken) == 15)

    world = World(workspace(hook=webhook()))
    tell(world, first)
    tell(world, second)
    assert len(set(world.sink.ids)) == len(world.sink.ids) == 15


def test_undeclared_purposes_mean_nothing_is_sent() -> None:
    async def story(world: World) -> None:
        world.track(3)
        await world.clock.run_until(lambda: world.deliveries.lanes()[:1] != [] and len(world.ledger.lines) > 0)

    world = World(workspace(hook=webhook(purposes=None)))
    tell(world, story)
    assert world.sink.requests == []
    assert world.outcomes() == ["denied"] * 3
    assert world.deliveries.lanes()[0].position == 3


def test_a_denied_purpose_never_yields_a_request() -> None:
    async def story(world: World) -> None:
        world.track(2, consent={"functional": False})
        world.track(1, consent={"functional": True})
        await world.clock.run_until(lambda: len(world.sink.taken) == 1)

    world = World(workspace(hook=webhook()))
    tell(world, story)
    assert world.sink.ids == ["m-3"]


def test_an_event_of_a_dev_key_never_reaches_a_production_connection() -> None:
    async def story(world: World) -> None:
        world.track(2, environment="dev")
        world.track(1)
        await world.clock.run_until(lambda: len(world.sink.taken) == 1)

    world = World(workspace(hook=webhook()))
    tell(world, story)
    assert world.sink.ids == ["m-3"]


def test_an_outage_of_three_days_costs_no_event_anything() -> None:
    down = True
    world = World(workspace(hook=webhook(50)), Sink(lambda sink, wire: Response(status=503 if down else 200)))

    async def story(world: World) -> None:
        nonlocal down
        world.track(500)
        await world.clock.pass_seconds(3 * DAY)
        lane = world.deliveries.lanes()[0]
        assert (lane.state, lane.reason, lane.position) == ("open", "HTTP 503", 0)
        assert len(world.sink.requests) < 3 * DAY / 20  # probes back off to about half a minute
        down = False
        await world.clock.run_until(lambda: len(world.sink.taken) == 500, 300)

    tell(world, story, look_seconds=600)
    assert len(set(world.sink.ids)) == 500
    assert world.deliveries.dead() == []
    assert world.deliveries.lanes()[0].state == "running"


def test_a_dead_destination_holds_nobody_else_back() -> None:
    sink = Sink(lambda sink, wire: Response(status=503 if "dead" in wire.url else 200))
    hooks = {name: webhook(10, mapping={"url": f"https://{name}.example/"}) for name in ("dead", "fine")}
    world = World(workspace(**hooks), sink)

    async def story(world: World) -> None:
        world.track(100)
        await world.clock.run_until(lambda: len(world.sink.taken) == 100)

    tell(world, story)
    assert {lane.connection: lane.position for lane in world.deliveries.lanes()}["fine"] == 100


def test_a_slow_sink_does_not_slow_a_fast_one() -> None:
    async def answer(sink: Sink, wire: Wire) -> Response:
        if "slow" in wire.url:
            await world.clock.wait(asyncio.Event(), 8)
        return Response(status=200)

    hooks = {name: webhook(10, mapping={"url": f"https://{name}.example/"}) for name in ("slow", "fast")}
    world = World(workspace(**hooks), Sink(answer))  # type: ignore[arg-type]

    async def story(world: World) -> None:
        for _ in range(20):
            world.track(20)
            await world.clock.pass_seconds(0.5)
        await world.clock.run_until(lambda: len(world.sink.taken) == 800, 600)

    tell(world, story, look_seconds=0.25)
    queued = [ms for entry in world.ledger.entries if entry.connection == "fast" for ms in entry.queued_ms]
    assert max(queued) <= 1000


def test_one_bad_row_loses_only_itself() -> None:
    async def story(world: World) -> None:
        world.track(1000)
        await world.clock.run_until(lambda: len(world.sink.taken) == 999)

    world = World(workspace(hook=webhook(1000)), refusing({637}))
    tell(world, story)
    [dead] = world.deliveries.dead()
    assert (dead.message_id, dead.reason) == ("m-637", "HTTP 400")
    assert dead.digest and "dead-letters retry" in dead.fix
    assert len(set(world.sink.ids)) == len(world.sink.ids) == 999
    assert len(world.sink.requests) < 25  # halving, not one by one


def test_an_address_that_does_not_exist_is_not_bisected() -> None:
    async def story(world: World) -> None:
        world.track(100)
        await world.clock.run_until(lambda: len(world.deliveries.dead()) == 100)

    world = World(workspace(hook=webhook(100)), Sink(lambda sink, wire: Response(status=404)))
    tell(world, story)
    assert len(world.sink.requests) == 1


def test_a_row_that_breaks_the_sink_is_found_and_the_others_go_on() -> None:
    sink = Sink(lambda sink, wire: SILENCE if 7 in numbers(wire) else Response(status=200))
    world = World(workspace(hook=webhook(20)), sink)

    async def story(world: World) -> None:
        world.track(20)
        await world.clock.pass_seconds(600)
        world.track(20)
        await world.clock.run_until(lambda: len(set(world.sink.ids)) == 39, DAY)
        await world.clock.run_until(lambda: len(world.deliveries.dead()) == 1, DAY)

    tell(world, story, look_seconds=600)
    assert [dead.message_id for dead in world.deliveries.dead()] == ["m-7"]
    assert world.deliveries.lanes()[0].position == 40


def test_refused_credentials_stop_the_lane_until_they_change() -> None:
    key = "old"
    world = World(
        workspace(hook=webhook(settings={"sharedSecret": "${env:TOKEN}"})),
        Sink(lambda sink, wire: Response(status=401 if key == "old" else 200)),
    )

    async def story(world: World) -> None:
        nonlocal key
        world.track(5)
        await world.clock.pass_seconds(60)
        assert world.deliveries.lanes()[0].state == "auth"
        probes = len(world.sink.requests)
        await world.clock.pass_seconds(300)
        assert len(world.sink.requests) == probes
        key = "new"
        world.environ["TOKEN"] = "another-token"
        await world.clock.run_until(lambda: len(world.sink.taken) == 5, 10)

    tell(world, story)
    assert world.deliveries.dead() == []


def test_a_missing_secret_is_a_state_and_not_a_loss() -> None:
    async def story(world: World) -> None:
        world.track(2)
        await world.clock.pass_seconds(30)
        lane = world.deliveries.lanes()[0]
        assert lane.state == "auth"
        assert "NOT_SET" in lane.reason
        world.environ["NOT_SET"] = "now-it-is"
        await world.clock.run_until(lambda: len(world.sink.taken) == 2, 10)

    tell(World(workspace(hook=webhook(settings={"sharedSecret": "${env:NOT_SET}"}))), story)


def test_retry_after_is_honoured() -> None:
    answers = [Response(status=429, headers={"retry-after": "120"})]
    world = World(
        workspace(hook=webhook()), Sink(lambda sink, wire: answers.pop() if answers else Response(status=200))
    )

    async def story(world: World) -> None:
        start = world.clock.now()
        world.track(1)
        await world.clock.run_until(lambda: len(world.sink.taken) == 1)
        assert world.clock.now() - start >= 120

    tell(world, story)


def test_paused_sends_nothing_and_loses_nothing() -> None:
    async def story(world: World) -> None:
        world.track(5)
        await world.clock.pass_seconds(3600)
        assert world.sink.requests == []
        world.apply(lambda found: setattr(found.connections["hook"], "mode", "live"))
        await world.clock.run_until(lambda: len(world.sink.taken) == 5)

    tell(World(workspace(hook=webhook(mode="paused"))), story)


def test_off_forgets() -> None:
    async def story(world: World) -> None:
        world.track(5)
        await world.clock.pass_seconds(10)
        world.apply(lambda found: setattr(found.connections["hook"], "mode", "live"))
        await world.clock.pass_seconds(5)
        world.track(1)
        await world.clock.run_until(lambda: len(world.sink.taken) == 1)

    world = World(workspace(hook=webhook(mode="off")))
    tell(world, story)
    assert world.sink.ids == ["m-6"]


def test_switching_off_holds_at_the_very_next_send() -> None:
    world = World(workspace(hook=webhook()), Sink(lambda sink, wire: Response(status=503)))

    async def story(world: World) -> None:
        world.track(3)
        await world.clock.pass_seconds(30)
        world.apply(lambda found: setattr(found.connections["hook"], "mode", "off"))
        await world.clock.pass_seconds(0.5)
        sent = len(world.sink.requests)
        await world.clock.pass_seconds(3600)
        assert len(world.sink.requests) == sent

    tell(world, story)
    assert world.deliveries.lanes()[0].position == 3


def test_switching_off_stops_what_waits_for_the_rate() -> None:
    world = World(workspace(hook=webhook(requests_per_second=10, concurrency=4)))

    async def story(world: World) -> None:
        world.track(30)
        while len(world.sink.requests) < 10:  # the rate is kept by the loop's own time
            await world.clock.pass_seconds(0.1)
        world.apply(lambda found: setattr(found.connections["hook"], "mode", "off"))
        await world.clock.pass_seconds(0.1)
        while world.deliveries.lanes()[0].position < 30:
            await world.clock.pass_seconds(0.1)
            await asyncio.sleep(0.01)

    tell(world, story)
    assert len(world.sink.requests) == 10


def test_a_purpose_withdrawn_by_a_revision_stops_what_waits() -> None:
    world = World(workspace(hook=webhook()), Sink(lambda sink, wire: Response(status=503)))

    async def story(world: World) -> None:
        world.track(3)
        await world.clock.pass_seconds(30)
        world.sink.answer = lambda sink, wire: Response(status=200)
        world.apply(lambda found: setattr(found.connections["hook"], "purposes", ["email_marketing"]))
        await world.clock.pass_seconds(600)

    tell(world, story)
    assert world.sink.taken == []
    assert "denied" in world.outcomes()


def test_shadow_records_the_exact_request_and_sends_nothing() -> None:
    async def story(world: World) -> None:
        world.track(30)
        await world.clock.run_until(lambda: len(world.shadow.recorded) == 3)

    live = World(workspace(hook=webhook(10, settings={"sharedSecret": "${env:TOKEN}"})))
    shadow = World(workspace(hook=webhook(10, mode="shadow", settings={"sharedSecret": "${env:TOKEN}"})))
    tell(shadow, story)

    async def sent(world: World) -> None:
        world.track(30)
        await world.clock.run_until(lambda: len(world.sink.requests) == 3)

    tell(live, sent)
    assert shadow.sink.requests == []
    assert sorted(record.digest for _, record in shadow.shadow.recorded) == sorted(
        wire.digest for wire in live.sink.requests
    )
    assert set(shadow.outcomes()) == {"shadow"}


def test_a_twin_is_not_sent_when_its_first_observation_was() -> None:
    async def story(world: World) -> None:
        world.track(3)
        await world.clock.run_until(lambda: len(world.sink.taken) == 3)
        world.twin("m-1")
        world.twin("m-2")
        world.track(1)
        await world.clock.run_until(lambda: len(world.sink.taken) == 4)

    world = World(workspace(hook=webhook()))
    tell(world, story)
    assert len(set(world.sink.ids)) == 4


def test_a_browser_twin_that_brings_consent_releases_its_server_twin() -> None:
    async def story(world: World) -> None:
        world.track(1, consent={"functional": False})
        world.twin("m-1", consent={"functional": True})
        await world.clock.run_until(lambda: len(world.sink.taken) == 1)

    world = World(workspace(hook=webhook()))
    tell(world, story)
    assert sorted(world.outcomes()) == ["delivered", "denied"]


def test_a_twin_is_not_sent_while_its_first_observation_waits() -> None:
    world = World(workspace(hook=webhook()), Sink(lambda sink, wire: Response(status=503)))

    async def story(world: World) -> None:
        world.track(1)
        await world.clock.pass_seconds(5)
        world.twin("m-1")
        await world.clock.pass_seconds(5)
        world.sink.answer = lambda sink, wire: Response(status=200)
        await world.clock.pass_seconds(200)

    tell(world, story)
    assert world.sink.ids == ["m-1"]


def test_a_twin_is_remembered_across_a_restart() -> None:
    async def first(world: World) -> None:
        world.track(1)
        await world.clock.run_until(lambda: len(world.sink.taken) == 1)

    async def second(world: World) -> None:
        world.twin("m-1")
        world.track(1)
        await world.clock.run_until(lambda: len(world.sink.taken) == 2)

    world = World(workspace(hook=webhook()))
    tell(world, first)
    tell(world, second)
    assert world.sink.ids == ["m-1", "m-2"]


def test_an_unknown_outcome_is_held_where_the_connection_says_so() -> None:
    async def story(world: World) -> None:
        world.track(1)
        await world.clock.run_until(lambda: len(world.deliveries.dead()) == 1)
        await world.clock.pass_seconds(3600)

    world = World(workspace(hook=webhook(on_unknown="hold")), Sink(lambda sink, wire: SILENCE))
    tell(world, story)
    assert len(world.sink.requests) == 1
    assert world.outcomes() == ["unknown"]


def test_a_mapping_that_gives_no_payload_makes_a_dead_letter_with_a_fix() -> None:
    async def story(world: World) -> None:
        world.track(2)
        await world.clock.run_until(lambda: len(world.deliveries.dead()) == 2)

    world = World(workspace(hook=webhook(mapping={"method": {"@path": "$.event"}})))
    tell(world, story)
    dead = world.deliveries.dead()[0]
    assert "method" in dead.reason
    assert "Order Completed" not in dead.reason
    assert "mapping" in dead.fix
    assert world.deliveries.lanes()[0].position == 2


def test_a_full_disk_stops_the_lane_and_loses_nothing() -> None:
    world = World(workspace(hook=webhook()))
    settle, full = world.deliveries.settle, True

    def sometimes(settlements: list[Settlement]) -> None:
        if full:
            raise StorageError("the disk is full")
        settle(settlements)

    world.deliveries.settle = sometimes  # type: ignore[method-assign,assignment]

    async def story(world: World) -> None:
        nonlocal full
        world.track(500)
        await world.clock.pass_seconds(60)
        assert len(world.sink.taken) <= 4  # concurrency x batch rows
        full = False
        await world.clock.run_until(lambda: len(world.sink.taken) == 500)

    tell(world, story)
    assert len(set(world.sink.ids)) == 500
    assert len({(e.offset[0]) for e in world.ledger.entries}) == len(world.ledger.entries)


@pytest.mark.parametrize("seed", range(12))
def test_after_a_kill_few_rows_come_again_and_they_are_byte_identical(seed: int) -> None:
    rng = random.Random(seed)
    rows, concurrency = rng.choice([1, 5, 20]), rng.choice([1, 3])

    async def answer(sink: Sink, wire: Wire) -> Response:
        await world.clock.wait(asyncio.Event(), rng.uniform(0.001, 0.2))
        return Response(status=200)

    world = World(workspace(hook=webhook(rows, concurrency=concurrency)), Sink(answer))  # type: ignore[arg-type]

    async def story() -> None:
        kills = 0
        while len(set(world.sink.ids)) < 300:
            world.start()
            if world.count < 300:
                world.track(60)
            await world.clock.pass_seconds(rng.uniform(0.05, 0.6))
            await world.kill()
            kills += 1
        assert len(world.sink.ids) - 300 <= kills * rows * concurrency

    asyncio.run(story())
    bodies: dict[str, set[bytes]] = {}
    for row in world.sink.taken:
        bodies.setdefault(row["messageId"], set()).add(msgspec.json.encode(row))
    assert all(len(versions) == 1 for versions in bodies.values())


def test_deliveries_of_a_person_keep_their_order() -> None:
    rng = random.Random(5)

    async def answer(sink: Sink, wire: Wire) -> Response:
        await world.clock.wait(asyncio.Event(), rng.uniform(0.001, 1))
        return Response(status=200 if rng.random() < 0.9 else 503)

    world = World(workspace(hook=webhook(ordering="person", concurrency=4)), Sink(answer))  # type: ignore[arg-type]

    async def story(world: World) -> None:
        for turn in range(100):
            world.track(1, person=f"p{turn % 7}", user_id=f"p{turn % 7}")
        await world.clock.run_until(lambda: len(set(world.sink.ids)) == 100)

    tell(world, story)
    for person in range(7):
        seen = [row["properties"]["number"] for row in world.sink.taken if row["userId"] == f"p{person}"]
        assert seen == sorted(seen)


def test_the_ledger_says_what_became_of_a_delivery() -> None:
    async def story(world: World) -> None:
        world.track(1)
        await world.clock.run_until(lambda: len(world.sink.taken) == 1)

    world = World(workspace(hook=webhook()))
    tell(world, story)
    [entry] = world.ledger.entries
    assert msgspec.structs.replace(entry, built_ms=0, http_ms=0, at=0, queued_ms=[]) == Entry(
        at=0,
        connection="hook",
        subscription="send",
        action="send",
        revision=1,
        gate="no_decision:default",
        outcome="delivered",
        attempt=1,
        status=200,
        digest=world.sink.requests[0].digest,
        message_id=["m-1"],
        offset=[1],
        queued_ms=[],
    )


def test_a_new_connection_begins_with_the_revision_that_brought_it() -> None:
    async def story(world: World) -> None:
        world.track(5)
        await world.clock.run_until(lambda: len(world.sink.taken) == 5)

        def add(found: Workspace) -> None:
            found.connections["late"] = webhook(mapping={"url": "https://late.example/"})

        world.apply(add)
        world.track(2)
        await world.clock.run_until(lambda: len(world.sink.taken) == 9)

    world = World(workspace(hook=webhook()))
    tell(world, story)
    late = [row for wire in world.sink.requests if "late" in wire.url for row in rows_in(wire)]
    assert [row["messageId"] for row in late] == ["m-6", "m-7"]


def test_a_change_of_mapping_counts_from_its_log_position_on() -> None:
    async def story(world: World) -> None:
        world.apply(lambda found: setattr(found.connections["hook"], "mode", "paused"))
        await world.clock.pass_seconds(1)
        world.track(1)

        def move(found: Workspace) -> None:
            found.connections["hook"].mode = "live"
            found.connections["hook"].subscriptions[0].mapping["url"] = "https://new.example/"

        world.apply(move)
        world.track(1)
        await world.clock.run_until(lambda: len(world.sink.taken) == 2)

    world = World(workspace(hook=webhook()))
    tell(world, story)
    assert {wire.url for wire in world.sink.requests} == {"https://sink.example/in", "https://new.example/"}


def test_a_twin_older_than_memory_is_looked_up_in_the_ledger() -> None:
    async def first(world: World) -> None:
        world.track(6)
        await world.clock.run_until(lambda: len(world.sink.taken) == 6)

    async def second(world: World) -> None:
        world.twin("m-1")
        world.track(1)
        await world.clock.run_until(lambda: len(world.sink.taken) == 7)

    world = World(workspace(hook=webhook()))
    world.deliveries = MemoryDeliveries(ids_max=4)
    tell(world, first)
    tell(world, second)
    assert world.deliveries.settled_ids("hook")[1]
    assert sorted(world.sink.ids) == [f"m-{number}" for number in range(1, 8)]


def test_a_revision_that_cannot_be_used_stops_the_lane_and_says_why() -> None:
    async def story(world: World) -> None:
        world.track(1)
        await world.clock.run_until(lambda: len(world.sink.taken) == 1)
        world.apply(lambda found: setattr(found.connections["hook"].subscriptions[0], "mapping", {"url": {"@nix": 1}}))
        world.track(2)
        await world.clock.pass_seconds(60)
        lane = world.deliveries.lanes()[0]
        assert (lane.state, lane.position) == ("broken", 1)
        assert "revision 2" in lane.reason
        mapping = {"url": "https://sink.example/in", "data": {"@path": "$."}}
        world.apply(lambda found: setattr(found.connections["hook"].subscriptions[0], "mapping", mapping))
        await world.clock.run_until(lambda: len(world.sink.taken) == 3)

    tell(World(workspace(hook=webhook())), story)


def test_a_file_of_a_destination_that_can_no_longer_be_used_stops_its_lane_and_no_other() -> None:
    """As after an update of Trackyard: the revision was sound when it was applied."""

    async def story(world: World) -> None:
        world.apply(lambda found: setattr(found, "destinations", {"chat": "import trackyard.kit.gone"}))
        world.apply(lambda found: setattr(found.connections["own"], "destination", "team-chat"))
        world.track(2)
        await world.clock.run_until(lambda: len(world.sink.taken) == 2)
        await world.clock.pass_seconds(60)
        states = {lane.connection: (lane.state, lane.reason) for lane in world.deliveries.lanes()}
        assert states["hook"][0] != "broken"
        assert states["own"][0] == "broken" and "destinations/chat.py:1" in states["own"][1]
        world.apply(lambda found: setattr(found.connections["own"], "destination", "webhook"))
        await world.clock.run_until(lambda: len(world.sink.taken) == 4)

    tell(World(workspace(hook=webhook(), own=webhook())), story)


def test_an_event_that_cannot_be_read_is_a_dead_letter_and_the_rest_goes_on() -> None:
    async def story(world: World) -> None:
        world.track(3)
        world.events.chunks[0].bodies[1] = b'{"type":"track","event":"\\ud800"'
        await world.clock.run_until(lambda: len(world.sink.taken) == 2)

    world = World(workspace(hook=webhook()))
    tell(world, story)
    assert [dead.message_id for dead in world.deliveries.dead()] == ["m-2"]
    assert world.deliveries.lanes()[0].position == 3


def test_a_fault_of_ours_ends_the_lane_which_begins_again_where_it_was() -> None:
    faults = iter([ZeroDivisionError])

    def answer(sink: Sink, wire: Wire) -> Response:
        for fault in faults:
            raise fault
        return Response(status=200)

    async def story(world: World) -> None:
        world.track(5)
        await world.clock.run_until(lambda: len(world.sink.taken) >= 5)

    world = World(workspace(hook=webhook()), Sink(answer))
    tell(world, story)
    assert set(world.sink.ids) == {f"m-{number}" for number in range(1, 6)}
    assert world.deliveries.lanes()[0].position == 5


def test_a_header_that_would_split_the_request_is_refused_before_it_is_sent() -> None:
    async def story(world: World) -> None:
        world.track(1)
        await world.clock.run_until(lambda: len(world.deliveries.dead()) == 1)

    world = World(workspace(hook=webhook(mapping={"headers": {"X-Evil": "a\r\nHost: other"}})))
    tell(world, story)
    assert world.sink.requests == []


def test_rows_of_two_revisions_never_share_a_request() -> None:
    async def story(world: World) -> None:
        world.track(3)
        world.apply(lambda found: setattr(found.connections["hook"].subscriptions[0], "name", "renamed"))
        world.track(3)
        world.start()
        await world.clock.run_until(lambda: len(world.sink.taken) == 6)
        await world.end()

    world = World(workspace(hook=webhook(100)))
    asyncio.run(story(world))
    assert [(entry.subscription, entry.revision) for entry in world.ledger.entries] == [("send", 1), ("renamed", 2)]
