"""Presets become subscriptions when the files are read, so that a revision holds what is really sent."""

from collections.abc import Mapping
from typing import Final

from trackyard.kit.action import Destination
from trackyard.kit.preset import with_order_value
from trackyard.model.workspace import Subscription, Workspace

# Segment's e-commerce specification: `total` has shipping and taxes in it; `revenue` has discounts, but neither.
ORDER_VALUES: Final = {"gross": "$.properties.total", "net": "$.properties.revenue"}


def expand_presets(workspace: Workspace, catalogue: Mapping[str, Destination]) -> None:
    """Write the presets of every connection that asks for them behind its own subscriptions.

    A subscription of its own with a preset's name stands in for that preset.
    """
    value = ORDER_VALUES[workspace.order_value]
    for connection in workspace.connections.values():
        destination = catalogue.get(connection.destination)
        if connection.presets is None or destination is None:
            continue
        own = {subscription.name for subscription in connection.subscriptions}
        connection.subscriptions = connection.subscriptions + default_subscriptions(destination, value, own)


def default_subscriptions(destination: Destination, value: str, without: set[str]) -> list[Subscription]:
    """The presets of a destination as subscriptions, `value` being the path of an order's worth."""
    return [
        Subscription(
            action=preset.action,
            trigger=preset.trigger,
            mapping=with_order_value(dict(preset.mapping), value),
            name=preset.name,
        )
        for preset in destination.presets
        if preset.name not in without
    ]
