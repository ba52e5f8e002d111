"""A Segment trigger's tree as one Python expression over the event."""

import math
import re
from collections.abc import Callable
from typing import Any

from trackyard.kit.javascript import number_of_text, text_of
from trackyard.kit.trigger.conditions import NESTED_TYPES, ROOT_OF_TYPE, Condition, Group
from trackyard.kit.trigger.expression import path_expression

_PATH_PIECE = re.compile(r"[^\[.\]]+")


def expression(node: Condition | Group | None) -> str:
    """Python for `node`: true or false; `empty_group()` raises where the reference throws."""
    match node:
        case Group(operator, children) if operator in ("and", "or"):
            return "(" + f" {operator} ".join(expression(child) for child in children) + ")"
        case Condition():
            return _comparison(node)
        case None:
            return "empty_group()"
    return "False"


def value_path(condition: Condition) -> list[str] | None:
    """The members that lead to the value a condition looks at; None where the reference throws looking for it."""
    root = ROOT_OF_TYPE[condition.type]
    if condition.type not in NESTED_TYPES:
        return [root]
    if not condition.name:
        return []
    pieces = _PATH_PIECE.findall(condition.name)
    return [root, *pieces] if pieces else None


def _comparison(condition: Condition) -> str:
    path = value_path(condition)
    if path is None:
        return "empty_group()"
    return _comparison_with(condition.operator, path_expression(path) if path else "UNDEFINED", condition.value)


def _comparison_with(operator: str, actual: str, value: Any) -> str:
    template = _TEMPLATES.get(operator)
    if template is None:
        return "False"
    return template(actual, value)


def _is_text(test: Callable[[str], str]) -> Callable[[str, Any], str]:
    return lambda actual, value: f"(type(v := {actual}) is str and {test(repr(text_of(value)))})"


def _is_numeric(sign: str) -> Callable[[str, Any], str]:
    def compare(actual: str, value: Any) -> str:
        number = number_of_text(text_of(value)) if not isinstance(value, bool) else int(value)
        if math.isnan(number):  # compares with nothing, but differs from everything
            return f"(type(v := {actual}) in NUMBERS)" if sign == "!=" else "False"
        literal = repr(number) if math.isfinite(number) else ("INFINITY" if number > 0 else "-INFINITY")
        return f"(type(v := {actual}) in NUMBERS and v {sign} {literal})"

    return compare


_TEMPLATES: dict[str, Callable[[str, Any], str]] = {
    "=": lambda actual, value: f"({actual} == {text_of(value)!r})",
    "!=": lambda actual, value: f"({actual} != {text_of(value)!r})",
    "number_equals": _is_numeric("=="),
    "number_not_equals": _is_numeric("!="),
    "<": _is_numeric("<"),
    "<=": _is_numeric("<="),
    ">": _is_numeric(">"),
    ">=": _is_numeric(">="),
    "contains": _is_text(lambda text: f"{text} in v"),
    "not_contains": _is_text(lambda text: f"{text} not in v"),
    "starts_with": _is_text(lambda text: f"v.startswith({text})"),
    "not_starts_with": _is_text(lambda text: f"not v.startswith({text})"),
    "ends_with": _is_text(lambda text: f"v.endswith({text})"),
    "not_ends_with": _is_text(lambda text: f"not v.endswith({text})"),
    "exists": lambda actual, _: f"((v := {actual}) is not None and v is not UNDEFINED)",
    "not_exists": lambda actual, _: f"((v := {actual}) is None or v is UNDEFINED)",
    "is_true": lambda actual, _: f"({actual} is True)",
    "is_false": lambda actual, _: f"({actual} is False)",
}
