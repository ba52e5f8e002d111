"""Python expressions made from a trigger's tree, and the function they become.

Only names of ours and `repr` of texts and numbers are ever written into an expression.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any, cast

from trackyard.kit.javascript import UNDEFINED, property_of
from trackyard.kit.trigger.errors import TriggerError

INLINE_PATH_MAX = 16  # each piece is a nested parenthesis, of which Python allows 200


def path_expression(path: list[str]) -> str:
    """Python for the value at `path` of `event`, a dict; UNDEFINED where there is none."""
    if len(path) > INLINE_PATH_MAX:
        return f"walk(event, {path!r})"
    expression = f"event.get({path[0]!r}, UNDEFINED)"
    for key in path[1:]:
        expression = f"(v.get({key!r}, UNDEFINED) if type(v := {expression}) is dict else property_of(v, {key!r}))"
    return expression


def walk(owner: Any, path: list[str]) -> Any:
    """The value at `path` of `owner`, UNDEFINED where there is none."""
    for key in path:
        owner = property_of(owner, key)
    return owner


def empty_group() -> bool:
    raise TriggerError("reached an empty group, which Segment answers with an exception", 0)


def function_of(expression: str, names: Mapping[str, Any] | None = None) -> Callable[[Mapping[str, Any]], bool]:
    """The function of an event that `expression` describes."""
    scope = {
        "__builtins__": {},
        "type": type,
        "str": str,
        "dict": dict,
        "UNDEFINED": UNDEFINED,
        "NUMBERS": frozenset({int, float}),
        "INFINITY": math.inf,
        "property_of": property_of,
        "walk": walk,
        "empty_group": empty_group,
        **(names or {}),
    }
    code = compile(f"lambda event: {expression}", "<trigger>", "eval")
    return cast(Callable[[Mapping[str, Any]], bool], eval(code, scope))  # noqa: S307 - written by us from a checked tree
