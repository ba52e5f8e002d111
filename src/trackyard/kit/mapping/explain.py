"""Which paths of a mapping found nothing in an event."""

from typing import Any

import msgspec

from trackyard.kit.javascript import UNDEFINED
from trackyard.kit.mapping.compiled import Mapping


class MissingPath(msgspec.Struct, frozen=True):
    """A path that led to nothing: where the mapping asks for it, the path, and whether null or nothing is there."""

    place: str
    path: str
    found: str


def missing_paths(mapping: Mapping, event: dict[str, Any]) -> list[MissingPath]:
    """The paths that found null or nothing while `event` was mapped, in the order they were followed."""
    missing: dict[tuple[str, str], MissingPath] = {}

    def trace(place: str, path: str, value: Any) -> None:
        if value is UNDEFINED or value is None:
            found = "null" if value is None else "missing"
            missing.setdefault((place, path), MissingPath(place, path, found))

    mapping.traced(trace).transform(event)
    return list(missing.values())
