"""The subscriptions of a connection as a revision has them, compiled: trigger, mapping, payload, action."""

import re
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from trackyard.kit.action import Action, Destination
from trackyard.kit.fields import compile_payload, fields_of
from trackyard.kit.mapping import MappingError, compile_mapping, paths
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
        mapping = mapping_of(subscription, action)
        self._map = compile_mapping(mapping)
        self._payload: Callable[[Any], Any] = compile_payload(action.payload)
        self._keys = tuple(action.batch_keys)
        self._moving = moving_object(mapping, action.payload)
        self._fixed = self._fixed_shape() if self._moving else None

    def may_want(self, decided: Decided) -> bool:
        """A cheap no for most events that the trigger refuses, from the header alone."""
        return self._of_type is None or decided.type == self._of_type

    def wants(self, event: Mapping[str, Any]) -> bool:
        """Whether the trigger wants `event`."""
        return self._matches(event)

    def shape(self, permitted: Permitted) -> "Shape":
        """What the action is given. Only what the gate has permitted can be mapped. Raises `Unmappable`."""
        event = permitted.event if isinstance(permitted.event, dict) else dict(permitted.event)
        fixed = self._fixed
        if fixed is not None:
            payload = msgspec.structs.replace(fixed.payload, **{self._moving: event})
            return Shape(payload, fixed.key, fixed.rows_max)
        try:
            return self._shape(self._payload(self._map(event)))
        except (MappingError, PayloadError) as error:
            raise Unmappable(f"payload: {without_values(str(error))}") from error

    def _shape(self, payload: Any) -> "Shape":
        key = (self, *(_hashable(getattr(payload, name)) for name in self._keys))
        return Shape(payload, key, self._rows_max(payload))

    def _rows_max(self, payload: Any) -> int:
        action = self.action
        if action.build_batch is None:
            return 1
        return min(action.batch_rows_max, action.batch_rows(payload) if action.batch_rows else action.batch_rows_max)

    def _fixed_shape(self) -> "Shape | None":
        """The shape of every event but for the moving member: checked once, as it never changes."""
        try:
            return self._shape(self._payload({**self._map({}), self._moving: {}}))
        except (MappingError, PayloadError):
            return None


class Shape(msgspec.Struct, frozen=True):
    """A payload, with what says which others may share its request and how many.

    The key begins with the compiled subscription itself: rows of two revisions never share a request.
    """

    payload: Any
    key: tuple[Any, ...]
    rows_max: int


def compile_subscriptions(subscriptions: list[Subscription], destination: Destination) -> list[Compiled]:
    """Those that are enabled and can be compiled. `check` refuses the others before they become a revision."""
    return [
        Compiled(index, subscription, action)
        for index, subscription in enumerate(subscriptions)
        if subscription.enabled and (action := destination.action(subscription.action)) is not None
    ]


def mapping_of(subscription: Subscription, action: Action) -> dict[str, Any]:
    """What the subscription maps, on top of what the action always maps.

    Segment fills in defaults once, when a mapping is made: an imported one is taken as stored. One that was written by
    hand has them since it was read from its file; in revisions of before they are filled in here.
    """
    mapping = {**action.always, **subscription.mapping}
    return mapping if subscription.dialect == "segment" else with_defaults(mapping, action.payload)


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


def moving_object(mapping: Mapping[str, Any], payload: type) -> str:
    """The one member of `mapping` that is not constant, where it is the whole event given to a free object; else ""."""
    moving = [name for name, value in mapping.items() if paths({"value": value})]
    if len(moving) != 1 or mapping[moving[0]] != {"@path": "$."}:
        return ""
    field = fields_of(payload).get(moving[0])
    free = field is not None and field.get("type") == "object" and not field.get("properties")
    return moving[0] if free else ""


_VALUES = re.compile(r"'[^']*'|\"[^\"]*\"")


def without_values(text: str) -> str:
    """An error's text without what it quotes: that may be somebody's data."""
    return _VALUES.sub("…", text)


def _hashable(value: Any) -> Any:
    return value if isinstance(value, str | int | float | None) else msgspec.json.encode(value, order="sorted")
