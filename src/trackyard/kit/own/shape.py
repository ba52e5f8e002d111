"""Whether what a file calls its destination can be used as one."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, get_args

import msgspec

from trackyard.kit.action import Action, Destination, Example, Fact
from trackyard.kit.fields import compile_payload, fields_of
from trackyard.kit.preset import Preset
from trackyard.kit.trigger import TriggerError, compile_trigger
from trackyard.model.workspace import Purpose, Slug

SLUG = get_args(Slug)[1].pattern
Fault = tuple[str, str, str]  # the slug of the action it is in or "", what was found, what was expected


def shape_faults(destination: Any) -> Iterator[Fault]:
    """Everything about `destination` that the lanes, the reference or the checks could not use."""
    if not isinstance(destination, Destination):
        yield "", "no `destination`" if destination is None else _kind(destination), "`destination = Destination(...)`"
        return
    if not isinstance(destination.slug, str) or re.search(SLUG, destination.slug) is None:
        yield "", f"the slug {destination.slug!r}", "lower-case letters, digits, - and _, 63 at most"
    for name in ("name", "docs_url"):
        if not isinstance(getattr(destination, name), str) or not getattr(destination, name):
            yield "", f"{name} = {getattr(destination, name)!r}", "text"
    yield from _purposes(destination.purposes)
    if not _has_fields(destination.settings):
        yield "", f"settings that are {_kind(destination.settings)}", "a msgspec.Struct class"
    yield from _listed("facts", destination.facts, Fact)
    yield from _listed("presets", destination.presets, Preset)
    yield from _listed("actions", destination.actions, Action)
    if isinstance(destination.actions, list | tuple):
        yield from _actions([action for action in destination.actions if isinstance(action, Action)])


def _purposes(purposes: Any) -> Iterator[Fault]:
    known = get_args(Purpose)
    if not isinstance(purposes, set | frozenset) or not purposes or not purposes <= set(known):
        yield "", f"purposes = {purposes!r}", f"a set of {', '.join(known)}"


def _listed(name: str, values: Any, kind: type) -> Iterator[Fault]:
    if not isinstance(values, list | tuple) or not all(isinstance(value, kind) for value in values):
        yield "", f"{name} with {_kind(values)}", f"a list of {kind.__name__}"


def _actions(actions: list[Action]) -> Iterator[Fault]:
    if not actions:
        yield "", "no action", "at least one function under @action(...)"
    for slug, count in Counter(action.slug for action in actions).items():
        if count > 1:
            yield slug, f"{count} actions {slug!r}", "each slug once"
    for action in actions:
        yield from _action(action)


def _action(action: Action) -> Iterator[Fault]:
    if not isinstance(action.slug, str) or not action.slug:
        yield "", f"the action slug {action.slug!r}", "text"
    if not _has_fields(action.payload):
        yield action.slug, f"a payload that is {_kind(action.payload)}", "a msgspec.Struct class as first argument"
    yield from ((action.slug, *fault[1:]) for fault in _listed("examples", action.examples, Example))
    if not action.examples:
        yield action.slug, "no example", "at least one Example: it is the test and the documentation"
    if action.build_batch is not None and not callable(action.build_batch):
        yield action.slug, f"build_batch = {action.build_batch!r}", "a function of (payloads, settings, now)"
    try:
        if action.trigger:
            compile_trigger(action.trigger)
    except TriggerError as fault:
        yield action.slug, f"a trigger that cannot be read: {fault}", "a trigger"


def _has_fields(struct: Any) -> bool:
    if not isinstance(struct, type) or not issubclass(struct, msgspec.Struct):
        return False
    try:
        fields_of(struct)
        compile_payload(struct)
    except Exception:  # an annotation that is no type, a default that is no mapping: whatever the author wrote
        return False
    return True


def _kind(value: Any) -> str:
    if isinstance(value, type):
        return f"the class {value.__name__}, whose annotations cannot all be read"
    return f"a {type(value).__name__}" + (" of other things" if isinstance(value, list | tuple | Mapping) else "")
