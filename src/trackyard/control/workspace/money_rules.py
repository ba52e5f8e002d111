"""One value of an order for every destination: who maps another property of it is named."""

from collections.abc import Iterator
from typing import Any, Final

from trackyard.control.workspace.finding import Finding, warning
from trackyard.control.workspace.presets import ORDER_VALUES
from trackyard.control.workspace.yaml import Document, Path
from trackyard.kit.action import Destination
from trackyard.model.workspace import Connection
from trackyard.pipeline.deliver.subscription import mapping_of

VALUE_FIELDS: Final = frozenset({"value", "revenue", "value_decimal", "eventValue", "price", "conversionValue"})
ORDER_PROPERTIES: Final = ("total", "revenue", "subtotal", "value")


def money(rule: str, connection: Connection, destination: Destination, document: Document) -> Iterator[Finding]:
    """A subscription to orders that takes a value field from another order property than the workspace's.

    Defaults of fields count: what is not mapped is sent by them.
    """
    wanted = ORDER_VALUES[rule]
    for index, subscription in enumerate(connection.subscriptions):
        if '"Order Completed"' not in subscription.trigger:
            continue
        action = destination.action(subscription.action)
        mapping = mapping_of(subscription, action) if action else subscription.mapping
        for path, found in _values(mapping, ("subscriptions", index, "mapping")):
            if found not in ("", wanted):
                expected = f"{wanted}, as order_value: {rule} says"
                yield warning(document, path, f"an order's value from {found}", expected, "or change the workspace's")


def _values(mapping: Any, path: Path) -> Iterator[tuple[Path, str]]:
    """Each value field of a mapping with the order property it reads; "" where it reads none of an order's."""
    if not isinstance(mapping, dict) or "@arrayPath" in mapping:
        return
    for key, inner in mapping.items():
        if key in VALUE_FIELDS:
            yield from (((*path, key), read) for read in _order_paths(inner))
        else:
            yield from _values(inner, (*path, key))


def _order_paths(mapping: Any) -> Iterator[str]:
    if not isinstance(mapping, dict):
        return
    for key, inner in mapping.items():
        if key == "@path" and isinstance(inner, str):
            read = "$." + inner.removeprefix("$.")
            yield read if read.removeprefix("$.properties.") in ORDER_PROPERTIES else ""
        else:
            yield from _order_paths(inner)
