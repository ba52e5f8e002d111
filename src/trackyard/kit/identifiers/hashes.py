"""Hashing of identifiers: SHA-256 and nothing else, never of nothing, never twice."""

import hashlib
import re
from base64 import b64decode, b64encode
from typing import Final, Literal

HashForm = Literal["hex", "suffixed", "base64", "md5"]

_HEX: Final = re.compile(r"[0-9a-fA-F]{64}\Z")
_MD5: Final = re.compile(r"[0-9a-fA-F]{32}\Z")
_BASE64: Final = re.compile(r"[A-Za-z0-9+/]{43}=\Z")
# Meta's parameter builders append eight characters of base64url that name the library (capi-param-builder 1.3.2).
_SUFFIXED: Final = re.compile(r"[0-9a-fA-F]{64}\.[A-Za-z0-9_-]{8}\Z")
_FORMS: Final[tuple[tuple[HashForm, re.Pattern[str]], ...]] = (
    ("hex", _HEX),
    ("suffixed", _SUFFIXED),
    ("base64", _BASE64),
    ("md5", _MD5),
)


def hash_form(value: str) -> HashForm | None:
    """Which kind of hash `value` already is; None for a value that still has to be hashed."""
    return next((form for form, pattern in _FORMS if pattern.match(value)), None)


def sha256_hex(text: str) -> str:
    """The lower-case hex SHA-256 of a text that is not empty: the hash of nothing would match everybody."""
    return _digest(text).hex()


def sha256_base64(text: str) -> str:
    """The base64 SHA-256 of a text that is not empty."""
    return b64encode(_digest(text)).decode()


def hex_of_hash(value: str, form: HashForm) -> str | None:
    """A hash that was given, as lower-case hex with Meta's suffix kept; None for MD5, which nobody matches."""
    match form:
        case "hex":
            return value.lower()
        case "suffixed":
            return value[:64].lower() + value[64:]
        case "base64":
            return b64decode(value).hex()
        case "md5":
            return None


def _digest(text: str) -> bytes:
    if not text:
        raise ValueError("nothing to hash: found an empty text, expected a cleaned identifier")
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
