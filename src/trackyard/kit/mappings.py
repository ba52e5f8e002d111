"""Default mappings that destinations share."""

from collections.abc import Mapping, Sequence
from typing import Any


def path(text: str) -> dict[str, Any]:
    """The mapping to one path."""
    return {"@path": text}


def first_of(first: str, second: str) -> dict[str, Any]:
    """The mapping to the first of two paths that has a value."""
    return {"@if": {"exists": path(first), "then": path(first), "else": path(second)}}


def properties(names: Sequence[str]) -> dict[str, Any]:
    """The mapping of members to event properties of the same name."""
    return {name: path(f"$.properties.{name}") for name in names}


def each(items: str, members: Mapping[str, str]) -> dict[str, Any]:
    """The mapping of every item at a path: member names to paths in the item."""
    return {"@arrayPath": [items, {name: path(f"$.{inner}") for name, inner in members.items()}]}
