"""Members of what is sent: what is missing is left out, never sent as null."""

from collections.abc import Mapping
from typing import Any


def present(members: Mapping[str, Any]) -> dict[str, Any]:
    """The members that are not None."""
    return {name: value for name, value in members.items() if value is not None}


def filled(members: Mapping[str, Any]) -> dict[str, Any]:
    """The members that hold something: not None, no empty text, list or object. Zero and False hold something."""
    return {name: value for name, value in members.items() if value is not None and value not in ("", [], {})}
