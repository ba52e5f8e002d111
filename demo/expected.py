"""What must become of the traffic, worked out anew from what was sent and from the demo's workspace."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from trackyard.sandbox.traffic import Item

TYPES_WANTED = {
    "warehouse-feed": {"track", "identify", "page", "screen", "group", "alias"},
    "product-analytics": {"track", "page"},
    "order-channel": {"track"},
}


class Expected(msgspec.Struct, frozen=True):
    """For one connection: the message ids that must arrive, and those that the gate must hold back."""

    arriving: frozenset[str]
    denied: frozenset[str]


def expected_of(connection: str, items: Iterable[Item]) -> Expected:
    """What of `items` must arrive at a connection of the demo."""
    wanted = {key: seen for key, seen in by_message_id(items).items() if wants(connection, seen[0].event)}
    arriving = frozenset(key for key, seen in wanted.items() if allowed(connection, seen))
    return Expected(arriving, frozenset(wanted) - arriving)


def expected_audit(items: Sequence[Item]) -> dict[str, int]:
    """What `trackyard audit` must say of `items`."""
    fates = Counter(item.fate for item in items)
    told = {"effective": fates["accepted"], "twins": fates["twin"], "duplicates": fates["duplicate"]}
    return {"raw": len(items), **told, "rejected": fates["rejected"], "quarantined": 0, "blocked": 0}


def by_message_id(items: Iterable[Item]) -> Mapping[str, list[Item]]:
    """All observations of each logical event that was accepted."""
    observations: dict[str, list[Item]] = {}
    for item in items:
        if item.fate != "rejected":
            observations.setdefault(item.message_id, []).append(item)
    return observations


def wants(connection: str, event: Mapping[str, Any]) -> bool:
    """The triggers of demo/workspace, and the event's own wish to go nowhere."""
    if event["type"] not in TYPES_WANTED[connection] or switched_off(event):
        return False
    return connection != "order-channel" or event.get("event") == "Order Completed"


def switched_off(event: Mapping[str, Any]) -> bool:
    """Whether the event's own `integrations` leave out every destination of the demo."""
    wishes = {name.lower(): value for name, value in (event.get("integrations") or {}).items()}
    return wishes.get("all") is False


def allowed(connection: str, observations: Sequence[Item]) -> bool:
    """Only product analytics asks for a purpose that is not `necessary`."""
    return connection != "product-analytics" or all(allows_analytics(item.event) for item in observations)


def allows_analytics(event: Mapping[str, Any]) -> bool:
    consent = (event.get("context") or {}).get("consent") or {}
    preferences = consent.get("categoryPreferences")
    return isinstance(preferences, dict) and preferences.get("Analytics") is True
