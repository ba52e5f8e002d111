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


def account(items: Sequence[Item], arrivals: Mapping[str, Counter[str]]) -> list[Account]:
    """What each connection had to receive and did."""
    observations = by_message_id(items)
    return [
        Account(
            connection,
            frozenset(key for key, seen in observations.items() if must_arrive(connection, seen)),
            frozenset(arrivals.get(connection, ())),
            sum(count - 1 for count in arrivals.get(connection, Counter()).values()),
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


def message_id_of(body: Mapping[str, Any]) -> str:
    """Slack's messages carry no message id; the demo's begin with the order's number instead."""
    return str(body["messageId"]) if "messageId" in body else "order-" + body["text"].split()[1].rstrip(":")


class Arrivals:
    """What has arrived at the sandbox so far: how often each message id, by connection, and the last order whole."""

    def __init__(self, sandbox: str) -> None:
        self.by_connection: dict[str, Counter[str]] = {}
        self.an_order: dict[str, Any] | None = None
        self._sandbox, self._after = sandbox, 0

    def read_on(self) -> None:
        """Take in what has arrived since the last time."""
        while entries := self._next():
            for entry in entries:
                self._take(entry)

    def _next(self) -> list[dict[str, Any]]:
        listed = get_json(f"{self._sandbox}/_sandbox/received?after={self._after}&limit={LISTED_AT_ONCE}")
        self._after = listed["after"]
        return list(listed["received"])

    def _take(self, entry: dict[str, Any]) -> None:
        if not entry["rows_taken"]:
            return
        bodies = entry["json"] if isinstance(entry["json"], list) else [entry["json"]]
        self.by_connection.setdefault(entry["connection"], Counter()).update(message_id_of(body) for body in bodies)
        if entry["connection"] == "product-analytics" and bodies[0].get("event") == "Order Completed":
            self.an_order = entry
