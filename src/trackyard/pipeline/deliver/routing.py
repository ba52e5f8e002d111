"""Which events a connection may be asked about at all, before any trigger: facts of the event against the workspace."""

from collections.abc import Mapping
from typing import Any

from trackyard.kit.action import Destination
from trackyard.model.event import Decided
from trackyard.model.workspace import Connection, feeds

NEVER_SENT_LIVE = frozenset({"mirror", "import"})  # copies and history: not to go where they came from


class Route:
    """The routing rules of one connection."""

    def __init__(self, name: str, connection: Connection, destination: Destination) -> None:
        self._connection = connection
        self._names = names_of(name, connection, destination)
        self._feeds: dict[tuple[str, str, str], bool] = {}

    def takes(self, decided: Decided) -> bool:
        """Whether `decided` is this connection's business."""
        key = (decided.source, decided.environment, decided.channel)
        feeds_it = self._feeds.get(key)
        if feeds_it is None:
            feeds_it = feeds(self._connection, *key[:2]) and decided.channel not in NEVER_SENT_LIVE
            self._feeds[key] = feeds_it
        if not feeds_it:
            return False
        if decided.integrations and not wished(decided.integrations, self._names):
            return False
        return not decided.already or self._names.isdisjoint(folded(name) for name in decided.already)


def names_of(name: str, connection: Connection, destination: Destination) -> frozenset[str]:
    """Every name under which an event may speak of this connection."""
    spoken = (name, connection.name, destination.slug, destination.name, f"actions-{destination.slug}")
    return frozenset(folded(text) for text in spoken if text)


def folded(name: str) -> str:
    """Names are the same whatever their case, spaces, dashes and brackets: `Customer.io` is `customerio`."""
    return "".join(character for character in name.casefold() if character.isalnum())


def wished(integrations: Mapping[str, Any], names: frozenset[str]) -> bool:
    """What the event itself says: its word on this destination, else its word on all, else yes.

    An object is a yes with options; mappings read them at `$.integrations.NAME`.
    """
    for name, wish in integrations.items():
        if name != "All" and folded(name) in names:
            return wish is not False and wish is not None
    return integrations.get("All", True) is not False
