"""Presets: the subscriptions a destination proposes, so that the specifications' events arrive without an edit."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from trackyard.kit.mappings import path

ORDER_VALUE: Final = {"@workspace": "order_value"}  # stands where the workspace's value rule decides


class Preset(msgspec.Struct, frozen=True, kw_only=True):
    """A proposed subscription. `mapping` may hold `ORDER_VALUE`; fields it does not name have their defaults."""

    name: str
    action: str
    trigger: str
    mapping: Mapping[str, Any] = {}


def on_track(*events: str) -> str:
    """The trigger that wants track events of these names."""
    named = " or ".join(f'event = "{event}"' for event in events)
    return f'type = "track" and ({named})' if len(events) > 1 else f'type = "track" and {named}'


def on_type(type_: str) -> str:
    """The trigger that wants all events of one type."""
    return f'type = "{type_}"'


def by_event(
    action: str, names: Mapping[str, Mapping[str, Any]], shared: Mapping[str, Any] | None = None
) -> list[Preset]:
    """One preset per event of the specification, for an action that serves them all. `page` stands for pages."""
    return [
        Preset(
            name="Page" if event == "page" else event,
            action=action,
            trigger=on_type(event) if event == "page" else on_track(event),
            mapping={**(shared or {}), **mapping},
        )
        for event, mapping in names.items()
    ]


def by_type(actions: Mapping[str, str], shared: Mapping[str, Any] | None = None) -> list[Preset]:
    """One preset per event type, for actions that take every event of it."""
    return [
        Preset(name=type_.capitalize(), action=action, trigger=on_type(type_), mapping=shared or {})
        for type_, action in actions.items()
    ]


def all_but(trigger: str, event: str) -> str:
    """The trigger without one event, which has a subscription of its own."""
    return f'{trigger} and event != "{event}"'


CURRENCY: Final = path("$.properties.currency")


def with_currency(mapping: Any, default: str) -> Any:
    """`mapping` with `default` wherever an event's currency is asked for and it has none."""
    if mapping == CURRENCY:
        return {"@if": {"exists": CURRENCY, "then": CURRENCY, "else": default}}
    if isinstance(mapping, dict):
        return {key: with_currency(inner, default) for key, inner in mapping.items()}
    return mapping


def with_order_value(mapping: Any, value: str) -> Any:
    """`mapping` with the workspace's choice of order value, a path, where a preset left it open."""
    if mapping == ORDER_VALUE:
        return path(value)
    if isinstance(mapping, dict):
        return {key: with_order_value(inner, value) for key, inner in mapping.items()}
    if isinstance(mapping, Sequence) and not isinstance(mapping, str):
        return [with_order_value(inner, value) for inner in mapping]
    return mapping
