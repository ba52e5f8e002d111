"""What real traffic also holds: other alphabets, wrong types, wrong clocks, bodies that no SDK would send."""

from collections.abc import Callable, Mapping
from random import Random
from typing import Any

from trackyard.sandbox.traffic.item import Draft, Fate, uuid

DAY_SECONDS = 86_400.0
DEEP = 40


def odd_event(rng: Random) -> Draft:
    """One of the oddities, each as often as the others."""
    return rng.choice(ODDITIES)(rng)


def accepted(kind: str, members: Mapping[str, Any], age_seconds: float = 0) -> Callable[[Random], Draft]:
    return oddity(kind, members, "accepted", age_seconds)


def rejected(kind: str, members: Mapping[str, Any]) -> Callable[[Random], Draft]:
    return oddity(kind, members, "rejected")


def oddity(kind: str, members: Mapping[str, Any], fate: Fate, age_seconds: float = 0) -> Callable[[Random], Draft]:
    def draw(rng: Random) -> Draft:
        event = {"type": "track", "event": "Odd Thing", "anonymousId": uuid(rng), "properties": {}, **members}
        whole = {name: value for name, value in event.items() if value is not ABSENT}
        return Draft(
            client="server", through="http", kind=f"odd: {kind}", event=whole, fate=fate, age_seconds=age_seconds
        )

    return draw


def properties(**values: Any) -> dict[str, Any]:
    return {"properties": values}


def consent(preferences: object) -> dict[str, Any]:
    return {"context": {"consent": {"categoryPreferences": preferences}}}


def nested(depth: int) -> dict[str, Any]:
    value: dict[str, Any] = {"leaf": True}
    for _ in range(depth):
        value = {"in": value}
    return value


ABSENT = object()
ODDITIES: tuple[Callable[[Random], Draft], ...] = (
    accepted("right to left", {"event": "הזמנה הושלמה", **properties(name="‏ميناء‎", note="a\u0000b\u2028c")}),
    accepted("emoji and combining marks", {"event": "🛒 Vue\u0301e", **properties(**{"👩‍👩‍👧": "e\u0301 ≠ é"})}),
    accepted("huge numbers", properties(big=12345678901234567890, bigger=1e308, tiny=5e-324, negative=-(2**63))),
    accepted("null ids beside one that is given", {"userId": None, "groupId": None}),
    accepted("every id null but the user's", {"userId": "user-null", "anonymousId": None}),
    accepted("nested deeply", {"properties": nested(DEEP)}),
    accepted("wrong types", properties(revenue="12,50 €", products={"no": "list"}, price=None, total=[1], currency=7)),
    accepted("large", properties(comment="long " * 8_000)),
    accepted("names that look like paths", properties(**{"a.b": 1, "$": 2, "[0]": 3, "": 4, "__proto__": 5})),
    accepted("no properties", {"properties": ABSENT}),
    accepted("three days late", {}, 3 * DAY_SECONDS),
    accepted("before 1980", {}, 50 * 365 * DAY_SECONDS),
    accepted("two hours in the future", {}, -7_200),
    accepted("nanoseconds", {"timestamp": "2026-01-15T12:00:00.123456789Z"}),
    accepted("a clock with an offset", {"timestamp": "2026-01-15T12:00:00+05:30"}),
    accepted("a time that is none", {"timestamp": "yesterday"}),
    accepted("all off in lower case", {"integrations": {"all": False}}),
    accepted("only one destination", {"integrations": {"All": False, "Somewhere Else": True}}),
    accepted("no purpose allowed", consent({})),
    accepted("consent that is no object", consent("yes")),
    accepted("consent of other types", consent({"Analytics": "true", "Advertising": 1, "Functional": None})),
    accepted("an identify with traits in its context", {"type": "identify", "context": {"traits": {"plan": "x"}}}),
    rejected("no id at all", {"anonymousId": ABSENT}),
    rejected("a track without an event", {"event": ABSENT}),
    rejected("an event that is no text", {"event": {"name": "Order Completed"}}),
    rejected("properties that are a list", {"properties": [1, 2]}),
    rejected("traits that are text", {"type": "identify", "traits": "none"}),
)
