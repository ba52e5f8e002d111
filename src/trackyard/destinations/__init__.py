"""The catalogue: one file per destination, found by looking."""

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache

from trackyard.kit.action import Destination


@cache
def catalogue() -> Mapping[str, Destination]:
    """Every destination of this package by its slug. A module is one when it has a `destination`."""
    found: dict[str, Destination] = {}
    for module in pkgutil.iter_modules(__path__):
        destination = getattr(importlib.import_module(f"{__name__}.{module.name}"), "destination", None)
        if isinstance(destination, Destination):
            assert destination.slug not in found, f"two destinations with slug {destination.slug}"
            found[destination.slug] = destination
    return found
