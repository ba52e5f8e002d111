"""Where clients put their write key, and how they misspell it."""

import base64
import binascii

import msgspec

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
