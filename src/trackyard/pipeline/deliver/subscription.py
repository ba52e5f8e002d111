"""The subscriptions of a connection as a revision has them, compiled: trigger, mapping, payload, action."""

import re
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from trackyard.kit.action import Action, Destination
from trackyard.kit.fields import compile_payload, fields_of
from trackyard.kit.mapping import MappingError, compile_mapping
from trackyard.kit.payload import PayloadError
from trackyard.kit.trigger import compile_trigger
from trackyard.model.event import Decided
from trackyard.model.workspace import Subscription
from trackyard.people.gate import Permitted


class Unmappable(Exception):
    """The event gives no payload for this action; the text names no value of it."""


class Compiled:
    """One subscription of a connection."""

    def __init__(self, index: int, subscription: Subscription, action: Action) -> None:
        self.index = index
        self.action = action
        self.name = subscription.name or subscription.action
        self._matches = compile_trigger(subscription.trigger, subscription.dialect)
        self._of_type = type_wanted(subscription.trigger)
        self._map = compile_mapping(with_defaults(subscription.mapping, action.payload))
        self._payload: Callable[[Any], Any] = compile_payload(action.payload)
        self._keys = tuple(action.batch_keys)

    def may_want(self, decided: Decided) -> bool:
        """A cheap no for most events that the trigger refuses, from the header alone."""
        return self._of_type is None or decided.type == self._of_type

    def wants(self, event: Mapping[str, Any]) -> bool:
        """Whether the trigger wants `event`."""
        return self._matches(event)

    def payload(self, permitted: Permitted) -> Any:
        """What the action is given. Only what the gate has permitted can be mapped. Raises `Unmappable`."""
        try:
            return self._payload(self._map(dict_of(permitted.event)))
        except (MappingError, PayloadError) as error:
            raise Unmappable(f"payload: {error}") from error

    def batch_key(self, payload: Any) -> tuple[Any, ...]:
        """Rows with equal keys may share a request."""
        return (self.index, *(_hashable(getattr(payload, name)) for name in self._keys))

    def rows_max(self, payload: Any) -> int:
        """How many rows a request with this one may have, by the action and by the payload."""
        action = self.action
        if action.build_batch is None:
            return 1
        return min(action.batch_rows_max, action.batch_rows(payload) if action.batch_rows else action.batch_rows_max)


def compile_subscriptions(subscriptions: list[Subscription], destination: Destination) -> list[Compiled]:
    """Those that are enabled and can be compiled. `check` refuses the others before they become a revision."""
    return [
        Compiled(index, subscription, action)
        for index, subscription in enumerate(subscriptions)
        if subscription.enabled and (action := destination.action(subscription.action)) is not None
    ]


def with_defaults(mapping: Mapping[str, Any], payload: type) -> dict[str, Any]:
    """The mapping with the default of every field it does not speak of; a field set to null stays empty."""
    defaults = {name: field["default"] for name, field in fields_of(payload).items() if "default" in field}
    if any(name.startswith("@") for name in mapping):
        return dict(mapping)
    return {**defaults, **mapping}


# `type = "track"` alone or as the first of clauses that are all joined by `and`: no other event type can match.
_TYPE_CLAUSE = re.compile(r'\s*type\s*=\s*"([a-z]+)"\s*(?:$|and\s)')


def type_wanted(trigger: str) -> str | None:
    """The one event type `trigger` can match, where that is plain to see."""
    found = _TYPE_CLAUSE.match(trigger)
    return found[1] if found and "or" not in re.split(r"\W+", trigger) else None


def dict_of(event: Mapping[str, Any]) -> dict[str, Any]:
    """`event` itself where it is a dictionary already: lanes share it, mappings only read it."""
    return event if isinstance(event, dict) else dict(event)


def _hashable(value: Any) -> Any:
    return value if isinstance(value, str | int | float | None) else msgspec.json.encode(value, order="sorted")
