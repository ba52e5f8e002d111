"""Forms that ad platforms demand: hashes, money, tokens. A function that ends in `fault` names it, "" for none.

Two demands are stricter than a vendor's: the hash of an empty text, and what looks like a raw address beside hashes,
are refused although a platform would take them and match nobody.
"""

import re
from base64 import b64decode
from collections.abc import Iterator
from typing import Any

import msgspec

from trackyard.kit.money import CURRENCIES

# Meta's parameter builder appends eight characters to a hash (capi_param_builder 1.3.2).
_HASH = re.compile(r"[0-9a-f]{64}(\.[A-Za-z0-9_-]{8})?\Z")
_EMPTY_HASH = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
_EMAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
_REFUSED_TOKENS = ("expired", "revoked", "invalid")


def hash_fault(value: Any) -> str:
    """Of a SHA-256 in lower-case hex."""
    if not isinstance(value, str):
        return "is no text"
    if not _HASH.match(value):
        return "is not 64 lower-case hex digits"
    return "is the hash of an empty text" if value.startswith(_EMPTY_HASH) else ""


def hashes_fault(value: Any) -> str:
    """Of one hash or a list of them."""
    if not isinstance(value, list):
        return hash_fault(value)
    return next((fault for fault in map(hash_fault, value) if fault), "")


def money_fault(value: Any, currency: Any) -> str:
    """Of an amount and its currency, each where it is given."""
    if value is not None and not is_number(value):
        return "value is no number"
    if currency is not None and not is_one_of(currency, CURRENCIES):
        return "currency is no ISO 4217 code"
    return ""


def is_one_of(value: Any, allowed: frozenset[str]) -> bool:
    return isinstance(value, str) and value in allowed


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def holds_email(value: Any) -> bool:
    """Whether a text anywhere in `value` looks like an e-mail address."""
    if b"@" not in msgspec.json.encode(value):  # nearly always so, and found at once
        return False
    return any("@" in text and _EMAIL.search(text) for text in texts(value))


def texts(value: Any) -> Iterator[str]:
    """Every text in a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)


def token_is_refused(token: str) -> bool:
    """Any token is good but none, and one that says `expired`, `revoked` or `invalid`: a way to rehearse that."""
    return not token.strip() or any(word in token for word in _REFUSED_TOKENS)


def bearer(authorization: str) -> str:
    """The token of an Authorization header."""
    scheme, _, token = authorization.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def basic(authorization: str) -> tuple[str, str]:
    """User and password of an Authorization header; empty where it is another."""
    scheme, _, encoded = authorization.partition(" ")
    try:
        user, _, password = b64decode(encoded).decode().partition(":") if scheme.lower() == "basic" else ("", "", "")
    except ValueError:
        return "", ""
    return user, password
