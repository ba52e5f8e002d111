"""The tree of an imported trigger: what it says, its JSON form and its text.

The JSON form is the one Segment's own trigger builder stores (npm `@segment/destination-subscriptions` 3.37.0), so that
a tree can be taken over from there or handed back.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from trackyard.kit.javascript import UNDEFINED, is_number, number_of_text, number_text, text_of

ROOT_OF_TYPE = {
    "event-type": "type",
    "event": "event",
    "name": "name",
    "userId": "userId",
    "event-property": "properties",
    "event-trait": "traits",
    "event-context": "context",
}
TYPE_OF_ROOT = {root: type_ for type_, root in ROOT_OF_TYPE.items()}
NESTED_TYPES = frozenset({"event-property", "event-trait", "event-context"})


class Condition(msgspec.Struct, frozen=True):
    """One comparison; `name` is the path inside properties, traits or context and empty for the other types."""

    type: str
    operator: str
    value: Any = UNDEFINED
    name: str = ""


class Group(msgspec.Struct, frozen=True):
    """Several conditions under one operator; a child is None where the text held an empty group."""

    operator: str
    children: "tuple[Condition | Group | None, ...]"


def to_json(node: Condition | Group | None) -> dict[str, Any] | None:
    """The tree as JSON, in Segment's names."""
    if node is None:
        return None
    if isinstance(node, Group):
        return {"type": "group", "operator": node.operator, "children": [to_json(child) for child in node.children]}
    members = {"type": node.type, "name": node.name or None, "operator": node.operator}
    if node.value is not UNDEFINED:
        members["value"] = node.value
    return {key: member for key, member in members.items() if key == "value" or member is not None}


def from_json(tree: Mapping[str, Any]) -> Condition | Group:
    """The tree of such JSON."""
    if tree.get("type") == "group":
        return Group(tree.get("operator", ""), tuple(from_json(child) for child in tree["children"]))
    name = tree.get("name", "")
    return Condition(tree["type"], tree.get("operator", ""), tree.get("value", UNDEFINED), name if name else "")


def write(node: Group) -> str:
    """The text of a tree, as Segment's builder writes it."""
    text = _write_group(node)
    lone_group = text.startswith("(") and text.endswith(")") and text.count("(") + text.count(")") == 2
    return text[1:-1] if lone_group else text


def _write_group(group: Group) -> str:
    return f" {group.operator} ".join(_write_child(child) for child in group.children)


def _write_child(child: Condition | Group | None) -> str:
    match child:
        case Group():
            return f"({_write_group(child)})"
        case Condition():
            return _write_condition(_field_text(child), child.operator, child.value)
        case None:
            return "()"


def _field_text(condition: Condition) -> str:
    root = ROOT_OF_TYPE[condition.type]
    if condition.type not in NESTED_TYPES:
        return root
    escaped = re.sub(r"[^a-zA-Z0-9._-]", lambda found: "\\" + found[0], condition.name)
    return f"{root}.{escaped}"


def _write_condition(field: str, operator: str, value: Any) -> str:
    template = _TEXTS.get(operator)
    if template is None:
        return f"{field} {operator} {_quoted(value)}"
    return template(field, value)


def _quoted(value: Any) -> str:
    return text_of(value) if isinstance(value, bool) or is_number(value) else f'"{text_of(value)}"'


def _as_number(value: Any) -> str:
    return number_text(number_of_text(value) if isinstance(value, str) else float(value))


_TEXTS: dict[str, Callable[[str, Any], str]] = {
    "contains": lambda field, value: f"contains({field}, {_quoted(value)})",
    "not_contains": lambda field, value: f"!contains({field}, {_quoted(value)})",
    "exists": lambda field, _: f"{field} != null",
    "not_exists": lambda field, _: f"{field} = null",
    "is_true": lambda field, _: f"{field} = true",
    "is_false": lambda field, _: f"{field} = false",
    "starts_with": lambda field, value: f'match({field}, "{text_of(value)}*")',
    "not_starts_with": lambda field, value: f'!match({field}, "{text_of(value)}*")',
    "ends_with": lambda field, value: f'match({field}, "*{text_of(value)}")',
    "not_ends_with": lambda field, value: f'!match({field}, "*{text_of(value)}")',
    "number_equals": lambda field, value: f"{field} = {_as_number(value)}",
    "number_not_equals": lambda field, value: f"{field} != {_as_number(value)}",
    "<": lambda field, value: f"{field} < {_as_number(value)}",
    "<=": lambda field, value: f"{field} <= {_as_number(value)}",
    ">": lambda field, value: f"{field} > {_as_number(value)}",
    ">=": lambda field, value: f"{field} >= {_as_number(value)}",
}
