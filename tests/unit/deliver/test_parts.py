"""The small parts of a lane, each on its own."""

import asyncio
import json
import random
import shutil
import subprocess
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.deliver.world import ManualClock, event

from trackyard.destinations import catalogue
from trackyard.kit.canonical_json import SharedEvent, canonical_json
from trackyard.model.workspace import Connection
from trackyard.pipeline.deliver.addresses import is_allowed, is_public
from trackyard.pipeline.deliver.backoff import full_jitter
from trackyard.pipeline.deliver.breaker import Breaker
from trackyard.pipeline.deliver.chunks import id_of
from trackyard.pipeline.deliver.convoy import Convoy
from trackyard.pipeline.deliver.delivered import GENERATION_MAX, NEWEST_MAX, DeliveredIds
from trackyard.pipeline.deliver.routing import Route
from trackyard.pipeline.deliver.subscription import type_wanted
from trackyard.pipeline.metrics import door_to_sink_seconds, observe_all

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner),
    max_leaves=20,
)  # fmt: skip


@given(json_values)
def test_canonical_json_is_the_same_json(value: Any) -> None:
    as_javascript_reads = {"parse_int": float}
    assert json.loads(canonical_json(value), **as_javascript_reads) == json.loads(
        json.dumps(value), **as_javascript_reads
    )
    assert canonical_json(json.loads(canonical_json(value))) == canonical_json(value)


@pytest.mark.skipif(shutil.which("node") is None, reason="no Node here")
def test_canonical_json_is_what_javascript_writes() -> None:
    rng = random.Random(7)
    values: list[Any] = [rng.uniform(-1, 1) * 10 ** rng.randint(-12, 25) for _ in range(400)]
    values += [1.0, -0.0, 1e21, 1e-7, {"b": 1, "10": 2.0, "2": [1e300]}, 'Ünï\u2028\u0007\\"/', {"": {"01": 1, "1": 2}}]
    script = "process.stdin.on('data',d=>process.stdout.write(JSON.stringify(JSON.parse(d))))"
    written = subprocess.run(["node", "-e", script], input=json.dumps(values).encode(), capture_output=True, check=True)
    assert canonical_json(values) == written.stdout


def test_a_shared_event_is_written_once() -> None:
    shared = SharedEvent({"a": 1.0})
    assert canonical_json(shared) is canonical_json(shared)


@given(st.integers(1, 40), st.floats(0, 7200), st.integers())
def test_a_delay_is_bounded_and_never_less_than_asked(failures: int, asked: float, seed: int) -> None:
    delay = full_jitter(random.Random(seed), 0.5, 60, failures, asked)
    assert min(asked, 3600) <= delay <= max(60, min(asked, 3600))


def test_a_breaker_opens_at_the_third_failure_and_closes_at_a_success() -> None:
    breaker = Breaker(ManualClock(), random.Random(1))
    states = []
    for _ in range(3):
        breaker.failure("HTTP 503")
        states.append(breaker.state)
    assert states == ["closed", "closed", "open"]
    breaker.success()
    assert breaker.may_send()


def test_an_open_breaker_lets_one_probe_go_when_it_is_due() -> None:
    clock = ManualClock()
    breaker = Breaker(clock, random.Random(1))
    breaker.failure("HTTP 429", after_seconds=30)
    assert not breaker.may_send()
    asyncio.run(clock.pass_seconds(31))
    assert breaker.may_send()
    breaker.start()
    assert not breaker.may_send()


@given(st.lists(st.binary(min_size=8, max_size=8), unique=True), st.binary(min_size=8, max_size=8))
def test_ids_are_remembered_whether_added_or_loaded(ids: list[bytes], other: bytes) -> None:
    for known in (DeliveredIds(b"".join(ids)), DeliveredIds()):
        known.add(b"".join(ids))
        assert all(id_ in known for id_ in ids)
        assert (other in known) == (other in ids)


def test_the_newest_million_ids_are_remembered_and_the_bound_is_told() -> None:
    known = DeliveredIds()
    total = GENERATION_MAX * 2 + NEWEST_MAX * 4
    for start in range(0, total, NEWEST_MAX):
        known.add(b"".join(number.to_bytes(8, "big") for number in range(start, start + NEWEST_MAX)))
    assert known.forgotten
    assert all(number.to_bytes(8, "big") in known for number in range(total - GENERATION_MAX, total, 9973))
    assert (0).to_bytes(8, "big") not in known


def test_message_ids_that_differ_are_remembered_apart() -> None:
    assert len({id_of(f"m-{number}") for number in range(10_000)}) == 10_000


ROUTED = Connection(destination="webhook", name="My Hook", sources=["shop"])


@pytest.mark.parametrize(
    ("headers", "takes"),
    [
        ({}, True),
        ({"source": "other"}, False),
        ({"environment": "dev"}, False),
        ({"channel": "mirror"}, False),
        ({"channel": "import"}, False),
        ({"integrations": {"All": False}}, False),
        ({"integrations": {"All": False, "Webhook": True}}, True),
        ({"integrations": {"All": False, "webhook": {"option": 1}}}, True),
        ({"integrations": {"All": False, "my hook": True}}, True),
        ({"integrations": {"All": False, "actions-webhook": True}}, True),
        ({"integrations": {"All": False, "hook": True}}, True),
        ({"integrations": {"All": True, "Webhook": False}}, False),
        ({"integrations": {"Webhook": False}}, False),
        ({"integrations": {"Slack": False}}, True),
        ({"already": ("Webhook",)}, False),
        ({"already": ("Slack",)}, True),
    ],
)
def test_an_event_goes_where_it_and_the_workspace_want_it(headers: dict[str, Any], takes: bool) -> None:
    assert Route("hook", ROUTED, catalogue()["webhook"]).takes(event("m", **headers)) is takes


@pytest.mark.parametrize(
    ("trigger", "wanted"),
    [
        ('type = "track"', "track"),
        ('type = "track" and event = "Order Completed"', "track"),
        ('type = "track" or type = "page"', None),
        ('type = "track" and event = "a or b"', None),
        ('event = "x"', None),
        ('type != "track"', None),
    ],
)
def test_only_a_plain_trigger_is_judged_by_the_type_alone(trigger: str, wanted: str | None) -> None:
    assert type_wanted(trigger) == wanted


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_public_addresses_are_public_in_every_spelling(address: str) -> None:
    assert is_public(address)


@given(st.ip_addresses(v=4, network="10.0.0.0/8") | st.ip_addresses(v=4, network="169.254.0.0/16"))
def test_private_addresses_are_private_in_every_wrapping(address: Any) -> None:
    six_to_four = f"2002:{int(address) >> 16:x}:{int(address) & 0xFFFF:x}::"
    for spelling in (f"{address}", f"::ffff:{address}", f"::{address}", f"64:ff9b::{address}", six_to_four):
        assert not is_public(spelling)


def test_a_host_is_allowed_on_every_port_or_on_one() -> None:
    assert is_allowed("Sink.local.", 80, frozenset({"sink.local"}))
    assert is_allowed("sink.local", 80, frozenset({"sink.local:80"}))
    assert not is_allowed("sink.local", 81, frozenset({"sink.local:80"}))
    assert not is_allowed("other.local", 80, frozenset({"sink.local"}))


def test_many_values_are_observed_as_if_one_by_one() -> None:
    values = [0.0001, 0.001, 0.3, 4.0, 99.0]
    observe_all(door_to_sink_seconds.labels("many"), values)
    for value in values:
        door_to_sink_seconds.labels("one").observe(value)
    [metric] = door_to_sink_seconds.collect()
    found = {
        who: [(s.name, s.labels.get("le"), s.value) for s in metric.samples if s.labels["connection"] == who]
        for who in ("many", "one")
    }
    assert [s for s in found["many"] if "created" not in s[0]] == [s for s in found["one"] if "created" not in s[0]]


def test_a_lane_lets_busy_ones_just_behind_go_first_and_waits_for_no_other() -> None:
    async def story() -> None:
        convoy = Convoy()
        ahead, near, far = convoy.join(), convoy.join(), convoy.join()
        ahead.offset, near.offset, far.offset = 9000, 8000, 10
        near.busy = far.busy = True

        async def catch_up() -> None:
            near.offset = 9000

        task = asyncio.create_task(catch_up())
        await convoy.keep_together(ahead)
        assert task.done()
        near.offset, near.busy = 8500, False
        await asyncio.wait_for(convoy.keep_together(ahead), 1)

    asyncio.run(story())
