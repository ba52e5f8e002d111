"""JSON as `JSON.stringify` writes it: receivers of signed requests check their own stringified copy of the body."""

from collections.abc import Mapping
from typing import Any

import msgspec
import re2

from trackyard.kit.javascript import json_text

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
    written: str = json_text(msgspec.json.decode(encoded))
    return written.encode()
