"""Where clients put their write key, and how they misspell it."""

import base64
import binascii
from urllib.parse import unquote_plus

import msgspec

from trackyard.sources.segment.splitter import object_members

_QUERY_FIELDS_MAX = 100
_MASK = "***"  # @jitsu/js repeats its key masked in the body


class Credentials(msgspec.Struct, frozen=True):
    """What the headers claim: keys in order of precedence, and a bearer token that may be a key too."""

    keys: tuple[str, ...] = ()
    bearer: str = ""


def credentials(authorization: bytes, x_write_key: bytes) -> Credentials:
    """What `Authorization` and `X-Write-Key` carry. Never fails: nonsense carries nothing."""
    keys = _variants(_text(x_write_key))
    scheme, _, rest = _text(authorization).strip().partition(" ")
    match scheme.lower().rstrip(":"):  # Roku sends `Basic: <base64>`
        case "basic":
            return Credentials((*keys, *_basic(rest.strip())))
        case "bearer":
            return Credentials(keys, rest.strip())
    return Credentials(keys)


def usable(key: object) -> bool:
    """Whether a key found in a body can be meant: text, not empty, not masked."""
    return isinstance(key, str) and key != "" and _MASK not in key


class _Keyed(msgspec.Struct, rename="camel", gc=False):
    write_key: str | None = None


_decode_keyed = msgspec.json.Decoder(_Keyed).decode


def key_of_event(event: msgspec.Raw) -> str:
    """The `writeKey` within an event, even a damaged one; "" for none."""
    try:
        return _decode_keyed(event).write_key or ""
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return _key_of_damaged(bytes(event))


def _key_of_damaged(event: bytes) -> str:
    members, _ = object_members(event, "", 0) or ({}, None)
    try:
        key = msgspec.json.decode(members.get("writeKey", b""))
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return ""
    return key if isinstance(key, str) else ""


def key_of_query(query: bytes) -> str:
    """The `writeKey` of a query; "" for none."""
    if b"riteKey=" not in query:
        return ""
    pairs = query.decode("latin-1").split("&", _QUERY_FIELDS_MAX)
    return next((unquote_plus(pair.partition("=")[2]) for pair in pairs if pair.startswith("writeKey=")), "")


def _basic(encoded: str) -> tuple[str, ...]:
    padded = encoded + "=" * (-len(encoded) % 4)
    try:
        user = base64.b64decode(padded).decode().partition(":")[0]  # without a colon it is all key
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return ()
    return (user,) if usable(user) else ()


def _variants(key: str) -> tuple[str, ...]:
    """Jitsu's keys are `id:secret`; a workspace may list the whole or the id."""
    if not usable(key):
        return ()
    head, colon, _ = key.partition(":")
    return (key, head) if colon and head else (key,)


def _text(header: bytes) -> str:
    return header.decode("latin-1").strip()
