"""What FQL's functions and comparisons answer. Null is answered sensibly, other wrong types by null or false."""

from typing import Any

from trackyard.kit.javascript import is_number, json_text, number_of_text, number_text
from trackyard.kit.trigger.errors import TriggerError
from trackyard.kit.trigger.glob import GlobError, compile_glob

TEXT_LENGTH_MAX = 100_000  # of what string() writes


def same(left: Any, right: Any) -> bool:
    """Whether both are of one type and strictly equal."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(value, right[key]) for key, value in left.items())
    return bool(left == right)


def compare(left: Any, operator: str, right: Any) -> bool:
    """Numbers by size; anything else compares as false."""
    if not (is_number(left) and is_number(right)):
        return False
    match operator:
        case "<":
            return bool(left < right)
        case "<=":
            return bool(left <= right)
        case ">":
            return bool(left > right)
    return bool(left >= right)


def is_in(value: Any, items: Any) -> bool:
    return isinstance(items, list) and any(same(value, item) for item in items)


def negated(value: Any) -> bool:
    """`!value`; null counts as false, anything but true and false is refused."""
    if isinstance(value, bool):
        return not value
    if value is None:
        return True
    raise TriggerError("found a value that is neither true nor false behind '!', expected one of them")


def clause(value: Any) -> bool:
    """A value as a clause: null counts as false, anything but true and false is refused."""
    if isinstance(value, bool) or value is None:
        return value is True
    raise TriggerError("found a clause that is neither true nor false, expected one of them")


def contains(text: Any, part: Any) -> bool:
    return isinstance(text, str) and isinstance(part, str) and part in text


def match(text: Any, pattern: Any) -> bool:
    """Whether a glob matches the whole text; what is no glob matches nothing."""
    try:
        return isinstance(text, str) and isinstance(pattern, str) and compile_glob(pattern)(text)
    except GlobError:
        return False


def length(value: Any) -> int | None:
    """Items of a list, UTF-8 bytes of a text, 0 of null."""
    if isinstance(value, str):
        return len(value.encode("utf-8", "surrogatepass"))
    if isinstance(value, list):
        return len(value)
    return 0 if value is None else None


def lowercase(text: Any) -> str | None:
    return text.lower() if isinstance(text, str) else None


def uppercase(text: Any) -> str | None:
    return text.upper() if isinstance(text, str) else None


def snakecase(text: Any) -> str | None:
    return text.replace(" ", "_") if isinstance(text, str) else None


def kebabcase(text: Any) -> str | None:
    return text.replace(" ", "-") if isinstance(text, str) else None


def titlecase(text: Any) -> str | None:
    """The text with a capital at the beginning of every word."""
    if not isinstance(text, str):
        return None
    return " ".join(word[:1].upper() + word[1:] for word in text.split(" "))


def typeof(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, str):
        return "string"
    return "list" if isinstance(value, list) else "object"


def to_bool(value: Any) -> bool:
    """False for null, false, 0, the texts "" and "false", and empty lists and objects."""
    return bool(value) and value != "false"


def to_string(value: Any) -> str:
    """A text as it is, null as "", everything else as JSON."""
    if isinstance(value, str):
        return value
    return "" if value is None else str(json_text(value))[:TEXT_LENGTH_MAX]


def to_number(value: Any) -> float | None:
    """A number or the number a text holds; null for everything else."""
    if is_number(value):
        return float(value) if isinstance(value, float) else int(value)
    if not isinstance(value, str) or not value.strip():
        return None
    number = number_of_text(value)
    return None if number_text(number) == "NaN" else number


FUNCTIONS = {
    "contains": contains,
    "match": match,
    "length": length,
    "lowercase": lowercase,
    "uppercase": uppercase,
    "snakecase": snakecase,
    "kebabcase": kebabcase,
    "titlecase": titlecase,
    "typeof": typeof,
    "bool": to_bool,
    "string": to_string,
    "number": to_number,
}
