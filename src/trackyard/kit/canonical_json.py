"""JSON as `JSON.stringify` writes it: receivers of signed requests check their own stringified copy of the body."""

import json
from collections.abc import Mapping
from typing import Any, cast

import msgspec
import re2

# What msgspec writes otherwise than ECMAScript: 1.0, exponents, and the order of keys that look like array indexes.
# Text that only looks like one of them costs time, not correctness.
_ODD = re2.compile(rb'[:,\[]-?\d+(?:\.0+[,}\]]|(?:\.\d+)?[eE])|[{,]"\d+":')


class SharedEvent(dict[str, Any]):
    """An event that several lanes read and none may change; its JSON is written once."""

    __slots__ = ("encoded",)
    encoded: bytes | None

    def __init__(self, members: Mapping[str, Any]) -> None:
        super().__init__(members)
        self.encoded = None


def canonical_json(value: Any) -> bytes:
    """`value` as ECMAScript writes it, in UTF-8; whole numbers keep every digit (a number above 2**53 is an id)."""
    if type(value) is SharedEvent:
        if value.encoded is None:
            value.encoded = _encode(value)
        return value.encoded
    return _encode(value)


def _encode(value: Any) -> bytes:
    encoded = msgspec.json.encode(value)
    if isinstance(value, dict | list) and not _ODD.search(encoded):
        return encoded
    return _as_ecmascript(msgspec.json.decode(encoded)).encode()


def _as_ecmascript(value: Any) -> str:
    match value:
        case dict():
            members = cast(dict[str, Any], value)
            return "{" + ",".join(f"{_string(key)}:{_as_ecmascript(members[key])}" for key in _key_order(members)) + "}"
        case list():
            return "[" + ",".join(_as_ecmascript(item) for item in value) + "]"
        case float():
            return _number(value)
        case _:
            return msgspec.json.encode(value).decode()


def _key_order(members: dict[str, Any]) -> list[str]:
    indexes = [key for key in members if _is_index(key)]
    return sorted(indexes, key=int) + [key for key in members if not _is_index(key)] if indexes else list(members)


def _is_index(key: str) -> bool:
    return key.isascii() and key.isdigit() and (key == "0" or key[0] != "0") and int(key) < 2**32 - 1


_string = json.encoder.encode_basestring  # in C: what `json.dumps(text, ensure_ascii=False)` ends in


def _number(number: float) -> str:
    if number.is_integer() and abs(number) < 1e21:
        return str(int(number))
    mantissa, _, exponent = repr(number).partition("e")
    if not exponent:
        return mantissa
    if -7 < int(exponent) < 0:
        return f"{number:.{len(mantissa.replace('.', '').lstrip('-')) - 1 - int(exponent)}f}"
    return f"{mantissa.removesuffix('.0')}e{int(exponent):+d}"
