"""The few rules of JavaScript values that imported mappings and triggers depend on.

Numbers become text the way ECMAScript writes them, strings are counted in UTF-16 units, a missing value is `UNDEFINED`
and not `None`. Source: ECMA-262, sections on Number::toString, ToString, ToNumber and JSON.stringify (read 2026-08).
"""

import json
import math
import re
from typing import Any, Final, final


@final
class Undefined:
    """The type of `UNDEFINED`: falsy, one of a kind, never written to the wire."""

    __slots__ = ()

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return "undefined"


UNDEFINED: Final = Undefined()
SAFE_INTEGER_MAX = 2**53
_ARRAY_INDEX = re.compile(r"(?:0|[1-9][0-9]{0,9})\Z")
_INTEGER_KEY_MAX = 2**32 - 2  # the largest array index; larger keys keep their insertion order
_NUMBER_TEXT = re.compile(r"[+-]?(?:Infinity|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)\Z")
_RADIX_TEXT = re.compile(r"0(?:[xX]([0-9a-fA-F]+)|[oO]([0-7]+)|[bB]([01]+))\Z")
JS_WHITESPACE = (
    "\t\n\v\f\r \xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006"
    "\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
)


def property_of(owner: Any, key: str) -> Any:
    """What `owner && owner[key]` gives: a falsy owner is its own answer, an inherited member is never one."""
    if isinstance(owner, dict):
        return owner.get(key, UNDEFINED)
    if isinstance(owner, list):
        if key == "length":
            return len(owner)
        if _ARRAY_INDEX.match(key):
            index = int(key)
            return owner[index] if index < len(owner) else UNDEFINED
        return UNDEFINED
    if isinstance(owner, str) and owner:
        return _property_of_text(owner, key)
    return UNDEFINED if owner else owner


def _property_of_text(text: str, key: str) -> Any:
    if key == "length":
        return utf16_length(text)
    if not _ARRAY_INDEX.match(key):
        return UNDEFINED
    units = utf16_units(text)
    return units[int(key)] if int(key) < len(units) else UNDEFINED


def utf16_length(text: str) -> int:
    """The length ECMAScript gives: characters outside the Basic Multilingual Plane count twice."""
    return len(text) if text.isascii() else len(text) + sum(character > "\uffff" for character in text)


def utf16_units(text: str) -> str:
    """The same text with every character outside the BMP as its two surrogates."""
    if text.isascii() or all(character <= "\uffff" for character in text):
        return text
    encoded = text.encode("utf-16-le", "surrogatepass")
    return "".join(chr(encoded[at] | encoded[at + 1] << 8) for at in range(0, len(encoded), 2))


def from_utf16_units(units: str) -> str:
    """The text whose surrogate pairs are joined again; lone surrogates stay."""
    return units.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


def text_of(value: Any) -> str:
    """What `String(value)` gives for a JSON value."""
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case None:
            return "null"
        case int() | float():
            return number_text(value)
        case list():
            return ",".join("" if item is None or item is UNDEFINED else text_of(item) for item in value)
        case dict():
            return "[object Object]"
        case _:
            return "undefined"


def number_text(number: float) -> str:
    """What `String(number)` gives: shortest round-trip digits, exponent from 1e21 on and below 1e-6.

    Whole numbers that came as Python integers keep all their digits below 1e21, also those a double would round: an
    order number must not change on its way.
    """
    if isinstance(number, int):
        if -(10**21) < number < 10**21:
            return str(int(number))
        number = to_double(number)
    if math.isnan(number):
        return "NaN"
    if math.isinf(number):
        return "Infinity" if number > 0 else "-Infinity"
    if number == 0:
        return "0"
    sign, digits, point = _decimal_digits(number)
    return sign + _place_point(digits, point)


def to_double(number: int) -> float:
    """The double nearest to `number`, infinite when it is too large for one."""
    try:
        return float(number)
    except OverflowError:
        return math.inf if number > 0 else -math.inf


def _decimal_digits(number: float) -> tuple[str, str, int]:
    mantissa, _, exponent = repr(abs(number)).partition("e")
    whole, _, fraction = mantissa.partition(".")
    fraction = "" if fraction == "0" else fraction
    point = len(whole) + int(exponent or "0")
    digits = whole + fraction
    stripped = digits.lstrip("0")
    point -= len(digits) - len(stripped)
    return ("-" if number < 0 else ""), stripped.rstrip("0"), point


def _place_point(digits: str, point: int) -> str:
    count = len(digits)
    if count <= point <= 21:
        return digits + "0" * (point - count)
    if 0 < point <= 21:
        return f"{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return "0." + "0" * -point + digits
    exponent = point - 1
    mantissa = digits if count == 1 else f"{digits[0]}.{digits[1:]}"
    return f"{mantissa}e{'+' if exponent >= 0 else '-'}{abs(exponent)}"


def number_of_text(text: str) -> float:
    """What `Number(text)` gives: whitespace trimmed, the empty text is 0, anything else unknown is NaN."""
    trimmed = text.strip(JS_WHITESPACE)
    if not trimmed:
        return 0
    radix = _RADIX_TEXT.match(trimmed)
    if radix:
        digits, base = next((digits, base) for digits, base in zip(radix.groups(), (16, 8, 2), strict=True) if digits)
        return _shortest(to_double(int(digits, base)))
    if not _NUMBER_TEXT.match(trimmed):
        return math.nan
    return _shortest(float(trimmed.replace("Infinity", "inf")))


def _shortest(number: float) -> float:
    """`number` as an integer where that is exact, so that it is written without a decimal point."""
    return int(number) if number.is_integer() and abs(number) <= SAFE_INTEGER_MAX else number


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def type_name(value: Any) -> str:
    """The name error messages use: object, array, string, number, boolean, null or undefined."""
    if isinstance(value, str):
        return "string"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, dict):
        return "object"
    if isinstance(value, list):
        return "array"
    return "null" if value is None else "undefined"


def json_text(value: Any) -> Any:
    """What `JSON.stringify(value)` gives, with integer-like keys first; UNDEFINED for UNDEFINED."""
    return UNDEFINED if value is UNDEFINED else "".join(_json_parts(value))


def _json_parts(value: Any) -> list[str]:
    parts: list[str] = []
    _write_json(value, parts)
    return parts


def _write_json(value: Any, parts: list[str]) -> None:
    match value:
        case str():
            parts.append(json_string(value))
        case bool():
            parts.append("true" if value else "false")
        case int() | float():
            parts.append(
                number_text(value) if math.isfinite(to_double(value) if isinstance(value, int) else value) else "null"
            )
        case list():
            parts.append("[")
            for at, item in enumerate(value):
                if at:
                    parts.append(",")
                _write_json(item, parts)
            parts.append("]")
        case dict():
            _write_json_object(value, parts)
        case _:
            parts.append("null")


def _write_json_object(value: dict[str, Any], parts: list[str]) -> None:
    separator = "{"
    for key in ordered_keys(value):
        member = value[key]
        if member is not UNDEFINED:
            parts.append(f"{separator}{json_string(key)}:")
            _write_json(member, parts)
            separator = ","
    parts.append("{}" if separator == "{" else "}")


def ordered_keys(value: dict[str, Any]) -> list[str]:
    """The keys in the order `Object.keys` gives them: array indexes ascending, then the others as inserted."""
    indexes = [key for key in value if key[:1].isdigit() and _ARRAY_INDEX.match(key) and int(key) <= _INTEGER_KEY_MAX]
    if not indexes:
        return list(value)
    taken = set(indexes)
    return sorted(indexes, key=int) + [key for key in value if key not in taken]


_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def json_string(text: str) -> str:
    """A JSON string literal; characters stay as they are but for quotes, controls and lone surrogates."""
    encoded = json.dumps(text, ensure_ascii=False)
    if encoded.isascii():
        return encoded
    joined = from_utf16_units(encoded) if _LONE_SURROGATE.search(encoded) else encoded
    return _LONE_SURROGATE.sub(lambda found: f"\\u{ord(found[0]):04x}", joined)
