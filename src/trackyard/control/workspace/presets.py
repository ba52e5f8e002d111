"""Presets and defaults are written out when the files are read, so that a revision holds what is really sent."""

from collections.abc import Mapping
from typing import Any, Final

from trackyard.kit.action import Action, Destination
from trackyard.kit.fields import fields_of
from trackyard.kit.preset import Preset, with_currency, with_order_value
from trackyard.model.workspace import Subscription, Workspace
from trackyard.pipeline.deliver.subscription import with_defaults

# Segment's e-commerce specification: `total` has shipping and taxes in it; `revenue` has discounts, but neither.
ORDER_VALUES: Final = {"gross": "$.properties.total", "net": "$.properties.revenue"}


def expand_presets(workspace: Workspace, catalogue: Mapping[str, Destination]) -> None:
    """Write the presets of every connection that asks for them behind its own subscriptions.

    A subscription of its own with a preset's name stands in for that preset.
    """
    value, currency = ORDER_VALUES[workspace.order_value], workspace.default_currency
    for connection in workspace.connections.values():
        destination = catalogue.get(connection.destination)
        if connection.presets is None or destination is None:
            continue
        own = {subscription.name for subscription in connection.subscriptions}
        connection.subscriptions = connection.subscriptions + default_subscriptions(destination, value, own, currency)


def expand_defaults(workspace: Workspace, catalogue: Mapping[str, Destination]) -> None:
    """Write the default of every field that a mapping does not name into it, unless it is an import's."""
    for connection in workspace.connections.values():
        destination = catalogue.get(connection.destination)
        for subscription in connection.subscriptions:
            action = destination.action(subscription.action) if destination else None
            if action is not None and subscription.dialect != "segment":
                subscription.mapping = with_defaults(subscription.mapping, action.payload)


def default_subscriptions(
    destination: Destination, value: str, without: set[str], currency: str | None = None
) -> list[Subscription]:
    """The presets of a destination as subscriptions, `value` being the path of an order's worth.

    `currency` is taken for that of an event that has none.
    """
    return [
        Subscription(
            action=preset.action,
            trigger=preset.trigger,
            mapping=_mapping(preset, destination.action(preset.action), value, currency),
            name=preset.name,
        )
        for preset in destination.presets
        if preset.name not in without
    ]


def _mapping(preset: Preset, action: Action | None, value: str, currency: str | None) -> dict[str, Any]:
    mapping: dict[str, Any] = with_order_value(dict(preset.mapping), value)
    if currency is None or action is None:
        return mapping
    defaults = {name: field["default"] for name, field in fields_of(action.payload).items() if "default" in field}
    asking = {name: inner for name, inner in defaults.items() if with_currency(inner, currency) != inner}
    replaced: dict[str, Any] = with_currency({**asking, **mapping}, currency)
    return replaced
