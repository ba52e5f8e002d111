"""Every event accounted for: what was sent, what had to arrive where, and what did."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from demo.services import get_json
from trackyard.sandbox.traffic import Item

DELIVERED_TYPES = {
    "warehouse-feed": {"track", "identify", "page", "screen", "group", "alias"},
    "product-analytics": {"track", "page"},
    "order-channel": {"track"},
}
LISTED_AT_ONCE = 500


class Account(msgspec.Struct, frozen=True):
    """One connection: the message ids that had to arrive, those that did, and how many rows came twice."""

    connection: str
    expected: frozenset[str]
    arrived: frozenset[str]
    repeated: int

    @property
    def missing(self) -> frozenset[str]:
        return self.expected - self.arrived

    @property
    def unexpected(self) -> frozenset[str]:
        return self.arrived - self.expected


def fates(items: Iterable[Item]) -> Counter[str]:
    """How many of the sent events had to be accepted, were twins, duplicates or to be rejected."""
    return Counter(item.fate for item in items)


def account(items: Sequence[Item], sandbox: str) -> list[Account]:
    """What each connection had to receive and did."""
    observations = by_message_id(items)
    rows = arrivals(sandbox)
    return [
        Account(
            connection,
            frozenset(key for key, seen in observations.items() if must_arrive(connection, seen)),
            frozenset(rows.get(connection, ())),
            sum(count - 1 for count in rows.get(connection, Counter()).values()),
        )
        for connection in DELIVERED_TYPES
    ]


def by_message_id(items: Iterable[Item]) -> Mapping[str, list[Item]]:
    """All observations of each logical event that was accepted."""
    observations: dict[str, list[Item]] = {}
    for item in items:
        if item.fate != "rejected":
            observations.setdefault(item.message_id, []).append(item)
    return observations


def must_arrive(connection: str, observations: Sequence[Item]) -> bool:
    """What the workspace of the demo says of one event, worked out anew from what was sent."""
    event = observations[0].event
    if event["type"] not in DELIVERED_TYPES[connection] or switched_off(event):
        return False
    if connection == "order-channel":
        return event.get("event") == "Order Completed"
    return connection == "warehouse-feed" or all(allows_analytics(item.event) for item in observations)


def switched_off(event: Mapping[str, Any]) -> bool:
    """Whether the event's own `integrations` leave out every destination of the demo."""
    wishes = {name.lower(): value for name, value in (event.get("integrations") or {}).items()}
    return wishes.get("all") is False


def allows_analytics(event: Mapping[str, Any]) -> bool:
    consent = (event.get("context") or {}).get("consent") or {}
    preferences = consent.get("categoryPreferences")
    return isinstance(preferences, dict) and preferences.get("Analytics") is True


def arrivals(sandbox: str) -> dict[str, Counter[str]]:
    """How often each message id arrived, by connection."""
    found: dict[str, Counter[str]] = {}
    for entry in received(sandbox):
        counts = found.setdefault(entry["connection"], Counter())
        if entry["rows_taken"]:
            bodies = entry["json"] if isinstance(entry["json"], list) else [entry["json"]]
            counts.update(message_id_of(body) for body in bodies)
    return found


def message_id_of(body: Mapping[str, Any]) -> str:
    """Slack's messages carry no message id; the demo's begin with the order's number instead."""
    return str(body["messageId"]) if "messageId" in body else "order-" + body["text"].split()[1].rstrip(":")


def received(sandbox: str) -> Iterable[dict[str, Any]]:
    after = 0
    while True:
        listed = get_json(f"{sandbox}/_sandbox/received?after={after}&limit={LISTED_AT_ONCE}")
        if not listed["received"]:
            return
        yield from listed["received"]
        after = listed["after"]
