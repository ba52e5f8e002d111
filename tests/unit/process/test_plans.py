"""Tracking plans: what each answer to a violation does to the event."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.unit.process.small_engine import Engine, track, workspace

from trackyard.pipeline.process.plans import compiled_from

SCHEMA = {
    "type": "object",
    "properties": {
        "properties": {
            "type": "object",
            "required": ["order_id"],
            "properties": {
                "order_id": {"type": "string"},
                "revenue": {"type": "number"},
                "products": {
                    "type": "array",
                    "items": {"type": "object", "additionalProperties": False, "properties": {"sku": {}}},
                },
            },
            "additionalProperties": False,
        }
    },
}
GOOD = {"order_id": "1", "revenue": 9.5}
BAD = {"order_id": "1", "revenue": "lots", "extra": 1, "other": 2, "products": [{"a": 1}, {}]}


def planned(make_engine: Callable[..., Engine], **members: Any) -> Engine:
    plan = {"rules": [{"type": "track", "event": "Order Completed", "schema": SCHEMA}], **members}
    space = workspace(plans={"shop": plan})
    space.sources["shop"].tracking_plan = "shop"
    return make_engine(space)


@pytest.mark.parametrize("answer", ["allow", "flag", "omit", "block"])
def test_an_event_that_keeps_the_plan_passes_untouched(make_engine: Callable[..., Engine], answer: str) -> None:
    engine = planned(make_engine, violations=answer)
    engine.receive(track(1, properties=GOOD))

    assert engine.events()[0]["properties"] == GOOD
    assert not engine.asides("violation", "blocked")


def test_allow_lets_it_pass_as_it_is_and_keeps_the_violation(make_engine: Callable[..., Engine]) -> None:
    engine = planned(make_engine, violations="allow")
    engine.receive(track(1, properties=BAD))

    (event,) = engine.events()
    assert event["properties"] == BAD and "context" not in event
    assert [aside.code for aside in engine.asides("violation")] == ["schema_violation"]


def test_flag_tells_the_destinations(make_engine: Callable[..., Engine]) -> None:
    engine = planned(make_engine, violations="flag")
    engine.receive(track(1, properties={"order_id": 7}))

    (event,) = engine.events()
    (violation,) = event["context"]["protocols"]["violations"]
    assert (violation["type"], violation["field"]) == ("type", "properties.order_id")
    assert engine.headers()[0].flags == ("schema_violation",)


def test_omit_takes_out_what_broke_the_schema_and_keeps_the_original_aside(make_engine: Callable[..., Engine]) -> None:
    engine = planned(make_engine, violations="omit")
    engine.receive(track(1, properties=BAD))

    assert engine.events()[0]["properties"] == {"order_id": "1", "products": [{}, {}]}
    (aside,) = engine.asides("violation")
    assert b"lots" in aside.body and "lots" not in aside.message


def test_omit_cannot_supply_what_is_missing(make_engine: Callable[..., Engine]) -> None:
    engine = planned(make_engine, violations="omit")
    engine.receive(track(1, properties={"revenue": 1}))

    assert engine.events()[0]["properties"] == {"revenue": 1}
    assert len(engine.asides("violation")) == 1


def test_block_drops_it_with_its_reason(make_engine: Callable[..., Engine]) -> None:
    engine = planned(make_engine, violations="block")
    engine.receive(track(1, properties=BAD), track(2, properties=GOOD))

    assert [header.message_id for header in engine.headers()] == ["m-2"]
    (aside,) = engine.asides("blocked")
    assert aside.code == "schema_violation" and "properties.revenue" in aside.message


@pytest.mark.parametrize(("answer", "decided"), [("allow", 1), ("flag", 1), ("block", 0)])
def test_an_event_that_no_rule_names(make_engine: Callable[..., Engine], answer: str, decided: int) -> None:
    engine = planned(make_engine, unplanned_events=answer)
    engine.receive(track(1, event="Odd Thing"))

    assert len(engine.headers()) == decided
    assert [aside.code for aside in engine.asides("violation", "blocked")] == ["unplanned_event"]


def test_a_rule_may_be_stricter_than_its_plan(make_engine: Callable[..., Engine]) -> None:
    rule = {"type": "identify", "schema": {"required": ["traits"]}, "violations": "block"}
    engine = planned(make_engine, violations="allow", rules=[rule])
    engine.receive({"type": "identify", "userId": "u"}, {"type": "page", "userId": "u"})

    assert [header.type for header in engine.headers()] == ["page"]


def test_sources_without_a_plan_are_left_alone(make_engine: Callable[..., Engine]) -> None:
    engine = planned(make_engine, violations="block", unplanned_events="block")
    engine.receive(track(1, event="Odd Thing"), source="app")

    assert len(engine.headers()) == 1


@pytest.mark.parametrize(
    "plan",
    [
        {"rules": [{"type": "track", "event": "E", "schema": {"type": "objct"}}]},
        {"rules": [{"type": "track", "schema": {}}]},
        {"rules": [{"type": "page", "event": "E", "schema": {}}]},
        {"violations": "explode"},
        {"unknown": 1},
        {"rules": [{"type": "track", "event": "E", "schema": {"$ref": "https://schemas.example/order.json"}}]},
    ],
)
def test_what_is_no_plan_is_refused(plan: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        compiled_from(plan)


def test_a_pattern_that_backtracks_without_end_is_stopped(make_engine: Callable[..., Engine]) -> None:
    schema = {"properties": {"event": {"pattern": "^(a+)+(?=b)$"}}}
    engine = planned(make_engine, violations="flag", rules=[{"type": "track", "event": "a" * 50, "schema": schema}])
    engine.receive(track(1, event="a" * 50))

    assert engine.headers()[0].flags == ("schema_violation",)
