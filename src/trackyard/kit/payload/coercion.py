"""Values made fit the type a schema asks for, as AJV 8.18 does with `coerceTypes: "array"`."""

import math
from collections.abc import Callable, Sequence
from typing import Any

from trackyard.kit.javascript import UNDEFINED, is_number, number_of_text, text_of

Test = Callable[[Any], bool]


def _is_finite_number(value: Any) -> bool:
    return is_number(value) and (isinstance(value, int) or math.isfinite(value))


TESTS: dict[str, Test] = {
    "string": lambda value: isinstance(value, str),
    "number": _is_finite_number,
    "integer": lambda value: _is_finite_number(value) and value % 1 == 0,
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
}


def fits(types: Sequence[str]) -> Test:
    """Whether a value is of one of these types."""
    tests = [TESTS[name] for name in types]
    if len(tests) == 1:
        return tests[0]
    return lambda value: any(test(value) for test in tests)


def coerced(value: Any, types: Sequence[str]) -> Any:
    """`value` as one of `types`, tried in their order; UNDEFINED when it fits none.

    An array of one item counts as that item; with several types it must still be changed to fit, because AJV asks for
    all of them at once.
    """
    if not any(name in _COERCIONS for name in types):
        return UNDEFINED
    if isinstance(value, list) and len(value) == 1:
        [value] = value
        asked = [name for name in dict.fromkeys(types) if name != "integer" or "number" not in types]
        if all(TESTS[name](value) for name in asked):
            return value
    for name in types:
        made = _COERCIONS[name](value) if name in _COERCIONS else UNDEFINED
        if made is not UNDEFINED:
            return made
    return UNDEFINED


def _to_string(value: Any) -> Any:
    if value is None:
        return ""
    return text_of(value) if isinstance(value, bool) or is_number(value) else UNDEFINED


def _to_number(value: Any) -> Any:
    if value is None or isinstance(value, bool):
        return int(bool(value))
    if not isinstance(value, str) or not value:
        return UNDEFINED
    number = number_of_text(value)
    return UNDEFINED if math.isnan(number) else number


def _to_integer(value: Any) -> Any:
    number = _to_number(value)
    is_fraction = number is not UNDEFINED and math.isfinite(number) and number % 1 != 0
    return UNDEFINED if is_fraction else number


def _to_boolean(value: Any) -> Any:
    if value is None or value == "false" or (is_number(value) and value == 0):
        return False
    return True if value == "true" or (is_number(value) and value == 1) else UNDEFINED


def _to_null(value: Any) -> Any:
    return None if value == "" or value is False or (is_number(value) and value == 0) else UNDEFINED


def _to_array(value: Any) -> Any:
    return [value] if value is None or isinstance(value, str | bool | int | float) else UNDEFINED


_COERCIONS: dict[str, Callable[[Any], Any]] = {
    "string": _to_string,
    "number": _to_number,
    "integer": _to_integer,
    "boolean": _to_boolean,
    "null": _to_null,
    "array": _to_array,
}
