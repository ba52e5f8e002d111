"""Paths into an event: `$.properties.items[0].price`, split and followed as Segment's mapping kit does.

There are no wildcards, slices, filters or negative indexes, and a dot splits even inside quotes.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from trackyard.kit.javascript import property_of

_SEPARATOR = re.compile(r"""\[(?=["'0-9])|\.|(?<=["'0-9])\]+""")


def without_root(path: str) -> str:
    """The path without its first `$.`, wherever that stands."""
    return path.replace("$.", "", 1)


CACHED_LENGTH_MAX = 200  # paths can come out of events, so what is remembered is bounded in size too


def pieces_of(path: str) -> tuple[str, ...]:
    """The members `path` (without `$.`) leads through; none for the whole event."""
    return _remembered(path) if len(path) <= CACHED_LENGTH_MAX else _pieces_of(path)


def _pieces_of(path: str) -> tuple[str, ...]:
    return tuple(piece.replace("'", "").replace('"', "") for piece in _SEPARATOR.split(path) if piece)


_remembered = lru_cache(maxsize=4096)(_pieces_of)


def value_at(payload: Any, path: str) -> Any:
    """The value at `path` (without `$.`), UNDEFINED where there is none.

    A falsy value on the way is the answer: the path `a.b` of `{"a": 0}` gives 0.
    """
    return follow(payload, pieces_of(path))


def follow(payload: Any, pieces: Iterable[str]) -> Any:
    """The value the members `pieces` lead to."""
    for piece in pieces:
        payload = property_of(payload, piece)
    return payload
