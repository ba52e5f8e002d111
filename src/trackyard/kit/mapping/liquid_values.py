"""How Liquid values behave in liquidjs 10.25: as text, as numbers, compared, and their members."""

import math
from typing import Any, Final, final

from trackyard.kit.javascript import (
    JS_WHITESPACE,
    UNDEFINED,
    number_of_text,
    property_of,
    text_of,
    to_double,
    utf16_length,
)


@final
class Special:
    """The words `nil`, `empty` and `blank`, which compare by rules of their own."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def equals(self, value: Any) -> bool:
        if isinstance(value, Special):
            return self is not EMPTY and value is not self if self is not NIL else value is NIL
        if self is NIL:
            return is_nil(value)
        if self is BLANK and (value is False or is_nil(value)):
            return True
        if isinstance(value, str):
            return not (value.strip(JS_WHITESPACE) if self is BLANK else value)
        return isinstance(value, list | dict) and not value


NIL: Final = Special("nil")
EMPTY: Final = Special("empty")
BLANK: Final = Special("blank")


def is_nil(value: Any) -> bool:
    return value is None or value is UNDEFINED


def plain(value: Any) -> Any:
    """A value without its special behaviour: nil is null, empty and blank are the empty text."""
    if isinstance(value, Special):
        return None if value is NIL else ""
    return value


def is_truthy(value: Any) -> bool:
    return not (is_nil(value) or value is NIL or value is False)


def as_text(value: Any) -> str:
    """A value as it is put out: nil is nothing, arrays are joined."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "".join(map(as_text, value))
    value = plain(value)
    return "" if is_nil(value) else text_of(value)


def as_number(value: Any) -> float:
    """What `Number(value)` gives."""
    value = plain(value)
    if isinstance(value, bool) or value is None:
        return float(bool(value))
    if isinstance(value, int):
        return to_double(value)
    if isinstance(value, float):
        return value
    if isinstance(value, str):
        return float(number_of_text(value))
    return float(number_of_text(text_of(value))) if isinstance(value, list) else math.nan


def number_or_zero(value: Any) -> float:
    """What arithmetic filters work on: `Number(value) || 0`."""
    number = as_number(value)
    return 0.0 if math.isnan(number) else number


def as_index(value: Any, default: float = 0) -> int:
    """A number as a position: truncated, bounded, `default` for what is none."""
    number = as_number(value)
    if math.isnan(number):
        number = default
    return int(max(-1e9, min(1e9, number)))


def equal(left: Any, right: Any) -> bool:
    if isinstance(left, Special):
        return left.equals(right)
    if isinstance(right, Special):
        return right.equals(left)
    if isinstance(left, list):
        return isinstance(right, list) and len(left) == len(right) and all(map(equal, left, right))
    if isinstance(left, dict) or isinstance(right, dict | list):
        return left is right
    if isinstance(left, bool) or isinstance(right, bool) or left is UNDEFINED or right is UNDEFINED:
        return left is right
    return bool(left == right)


def compare(operator: str, left: Any, right: Any) -> bool:
    """Order by ECMAScript: two texts by their units, anything else as numbers; nil, empty and blank never."""
    if isinstance(left, Special) or isinstance(right, Special):
        return False
    left, right = _primitive(left), _primitive(right)
    if isinstance(left, str) and isinstance(right, str):
        left, right = left.encode("utf-16-be", "surrogatepass"), right.encode("utf-16-be", "surrogatepass")
    else:
        left, right = as_number(left), as_number(right)
    match operator:
        case "<":
            return bool(left < right)
        case "<=":
            return bool(left <= right)
        case ">":
            return bool(left > right)
    return bool(left >= right)


def _primitive(value: Any) -> Any:
    return text_of(value) if isinstance(value, list | dict) else value


def contains(left: Any, right: Any) -> bool:
    left = plain(left)
    if isinstance(left, list):
        return any(equal(item, right) for item in left)
    return isinstance(left, str) and text_of(plain(right)) in left


def member(owner: Any, key: Any) -> Any:
    """A member of a value, with `size`, `first` and `last`; the members of nil are nil."""
    if is_nil(owner):
        return owner
    name = key if isinstance(key, str) else text_of(plain(key))
    if isinstance(owner, list) and name.startswith("-") and name[1:].isdigit():
        name = str(len(owner) - int(name[1:]))
    match name:
        case "size":
            return _size(owner)
        case "first":
            return (owner[0] if owner else UNDEFINED) if isinstance(owner, list) else _own(owner, name)
        case "last":
            return (owner[-1] if owner else UNDEFINED) if isinstance(owner, list) else _own(owner, name)
    return _own(owner, name)


def _own(owner: Any, name: str) -> Any:
    return property_of(owner, name) if isinstance(owner, dict | list | str) and owner else UNDEFINED


def _size(owner: Any) -> Any:
    if isinstance(owner, dict):
        return owner.get("size", len(owner))
    if isinstance(owner, list):
        return len(owner)
    return utf16_length(owner) if isinstance(owner, str) else UNDEFINED


def as_list(value: Any) -> list[Any]:
    """An array as it is, nil as an empty one, anything else as an array of it."""
    value = plain(value)
    if is_nil(value):
        return []
    return value if isinstance(value, list) else [value]


def sliced(units: str, start: int, end: int) -> str:
    """`units.slice(start, end)` of UTF-16 units."""
    length = len(units)
    start = max(length + start, 0) if start < 0 else start
    end = max(length + end, 0) if end < 0 else end
    return units[start:end]
