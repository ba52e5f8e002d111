"""What each platform receives of a canonical identifier, as one table: which form, hashed or plain, hex or base64.

Platforms hash different forms of the same phone (Meta and Microsoft the digits, Google and TikTok `+digits`), so there
is no one hash for all. Sources, read 2026-08: Meta "Customer information parameters" and its Python SDK 26.0.3; Google
Ads API "Enhanced conversions" and the formatter of google-ads-datamanager 0.9.4; TikTok Events API 2.0, Snap CAPI v3,
Pinterest v5, LinkedIn Conversions API 202603, Reddit CAPI v2, Microsoft UET CAPI, X conversion API parameter pages.
"""

import re
from base64 import b64encode
from collections.abc import Callable
from functools import lru_cache
from typing import Final, Literal

import msgspec

from trackyard.kit.identifiers import canonical
from trackyard.kit.identifiers.hashes import hash_form, hex_of_hash, sha256_base64, sha256_hex

Kind = Literal[
    "email",
    "phone",
    "first_name",
    "last_name",
    "street",
    "city",
    "state",
    "postal_code",
    "country",
    "birth_date",
    "gender",
    "external_id",
]
Encoding = Literal["hex", "base64", "plain"]
Clean = Callable[[str], str]

PHONE_DIGITS_MIN = 7  # shorter numbers are service codes, nobody's own
INTERNATIONAL_DIGITS_MIN = 11
SENT_VALUES_MAX = 100_000  # cached answers over all platforms and kinds; about 30 MB when full


class Format(msgspec.Struct, frozen=True):
    """How a platform takes one kind: `form` of the canonical value, then `encoding`.

    `otherwise` is the form of a value that has no canonical form (a national phone number of an unknown country, a
    state outside the US and Canada): what the platform's own cleaning leaves of it. None: such a value is not sent.
    """

    form: Clean
    encoding: Encoding = "hex"
    otherwise: Clean | None = None
    as_written: bool = False  # the platform normalises by itself: the trimmed value, where it has a canonical form
    note: str = ""


def sent(platform: str, kind: Kind, value: str, country: str | None = None) -> str | None:
    """What `platform` receives for `value`; None when there is nothing it could match.

    A value that is already a SHA-256 is recognised and passed on; an MD5 or a value without a letter or digit gives
    None. Equal calls are computed once.
    """
    return _sent(platform, kind, value, country if kind == "phone" else None)


@lru_cache(SENT_VALUES_MAX)
def _sent(platform: str, kind: Kind, value: str, country: str | None) -> str | None:
    format = FORMATS[platform].get(kind)
    if format is None:
        return None
    form = hash_form(value.strip())
    if form is not None and (form != "base64" or format.encoding != "plain"):
        return _passed_on(platform, format, value.strip())
    cleaned = _cleaned(format, kind, value, country)
    if not cleaned:
        return None
    return _ENCODERS[format.encoding](cleaned)


def cleaned(platform: str, kind: Kind, value: str, country: str | None = None) -> str | None:
    """What is hashed, or sent plainly, for `value`."""
    format = FORMATS[platform].get(kind)
    return None if format is None else _cleaned(format, kind, value, country)


def _cleaned(format: Format, kind: Kind, value: str, country: str | None) -> str | None:
    canonical_value = canonical_form(kind, value, country)
    if canonical_value is not None:
        return value.strip() if format.as_written else format.form(canonical_value) or None
    if format.otherwise is None or not any(character.isalnum() for character in value):
        return None
    return format.otherwise(value) or None


def canonical_form(kind: Kind, value: str, country: str | None = None) -> str | None:
    """The canonical form of `value`; `country` places a national phone number."""
    return canonical.phone(value, country) if kind == "phone" else CANONICAL[kind](value)


def _passed_on(platform: str, format: Format, value: str) -> str | None:
    form = hash_form(value)
    hashed = hex_of_hash(value, form) if form else None
    if hashed is None:
        return None
    if platform != "meta":
        hashed = hashed[:64]  # only Meta knows its own suffix
    if format.encoding == "base64":
        return value if form == "base64" else _base64_of_hex(hashed)
    return hashed


def _base64_of_hex(hashed: str) -> str:
    return b64encode(bytes.fromhex(hashed)).decode()


def _as_is(value: str) -> str:
    return value


def _unspaced(value: str) -> str:
    return re.sub(r"\s+", "", value).lower()


def _digits(value: str) -> str:
    return "".join(character for character in value if "0" <= character <= "9")


def _national_digits(value: str) -> str:
    digits = _digits(value).lstrip("0")
    return digits if len(digits) >= PHONE_DIGITS_MIN else ""


def _plus_digits(value: str) -> str:
    # A `+` before a national number would make it another country's number, and another person's.
    digits = _national_digits(value)
    return f"+{digits}" if len(digits) >= INTERNATIONAL_DIGITS_MIN else ""


def _alphanumeric(value: str) -> str:
    return re.sub(r"[^a-z0-9]", "", value.lower())


def _meta_place(value: str) -> str:
    return re.sub(r"[0-9.\s\-()]", "", value).lower()


def _google_email(value: str) -> str:
    local, _, domain = value.partition("@")
    local = local.replace(".", "") if domain in ("gmail.com", "googlemail.com") else local
    return f"{local}@{domain}" if local else ""


def _reddit_email(value: str) -> str:
    local, _, domain = value.partition("@")
    return f"{local.partition('+')[0].replace('.', '')}@{domain}"


def _trade_desk_email(value: str) -> str:
    local, _, domain = value.partition("@")
    return f"{local.partition('+')[0].replace('.', '')}@{domain}" if domain == "gmail.com" else value


_ENCODERS: Final[dict[Encoding, Clean]] = {"hex": sha256_hex, "base64": sha256_base64, "plain": _as_is}

CANONICAL: Final[dict[Kind, Callable[[str], str | None]]] = {
    "email": canonical.email,
    "phone": canonical.phone,
    "first_name": canonical.name,
    "last_name": canonical.name,
    "street": canonical.city,
    "city": canonical.city,
    "state": canonical.state,
    "postal_code": canonical.postal_code,
    "country": canonical.country,
    "birth_date": canonical.birth_date,
    "gender": canonical.gender,
    "external_id": canonical.external_id,
}

_EMAIL: Final = Format(_as_is)
_PHONE_DIGITS: Final = Format(_digits, otherwise=_national_digits, note="digits without +")
_PHONE_PLUS: Final = Format(_as_is, otherwise=_plus_digits, note="+ and digits")
_WITHOUT_SPACES: Final = Format(_unspaced, otherwise=_unspaced, note="without whitespace")
_LOWER: Final = Format(str.lower)

# Snap and Pinterest document Meta's parameters.
_META_LIKE: Final[dict[Kind, Format]] = {
    "email": _EMAIL,
    "phone": _PHONE_DIGITS,
    "first_name": _WITHOUT_SPACES,
    "last_name": _WITHOUT_SPACES,
    "city": _WITHOUT_SPACES,
    "state": _WITHOUT_SPACES,
    "postal_code": _LOWER,
    "country": _LOWER,
    "birth_date": Format(_as_is),
    "gender": Format(_as_is),
    "external_id": Format(_unspaced, note="lower case without whitespace"),
}
_META_PLACE: Final = Format(_meta_place, otherwise=_meta_place, note="without digits, dots, dashes and spaces")
_META: Final = _META_LIKE | {
    "first_name": Format(_as_is),
    "last_name": Format(_as_is),
    "city": _META_PLACE,
    "state": _META_PLACE,
}
_GOOGLE: Final[dict[Kind, Format]] = {
    "email": Format(_google_email, note="dots in the name of gmail.com and googlemail.com removed"),
    "phone": Format(_as_is, otherwise=_plus_digits, note="E.164"),
    "first_name": Format(_unspaced, note="without whitespace"),
    "last_name": Format(_unspaced, note="without whitespace"),
    "street": Format(_as_is),
    "city": Format(_as_is, "plain", as_written=True),
    "state": Format(_as_is, "plain", otherwise=str.strip, note="two letters where it has a code"),
    "postal_code": Format(_as_is, "plain", as_written=True),
    "country": Format(_as_is, "plain", note="ISO 3166-1 alpha-2"),
}

FORMATS: Final[dict[str, dict[Kind, Format]]] = {
    "meta": _META,
    "google-ads": _GOOGLE,
    "google-data-manager": _GOOGLE,
    "tiktok": {
        "email": _EMAIL,
        "phone": _PHONE_PLUS,
        "first_name": _WITHOUT_SPACES,
        "last_name": _WITHOUT_SPACES,
        "city": Format(_alphanumeric, "plain"),
        "state": Format(_alphanumeric, "plain", otherwise=_alphanumeric),
        "country": Format(str.lower, "plain"),
        "postal_code": _LOWER,
        "external_id": Format(str.lower),
    },
    "snap": _META_LIKE,
    "pinterest": _META_LIKE,
    "linkedin": {
        "email": Format(_as_is, otherwise=_unspaced),
        "first_name": Format(_as_is, "plain", as_written=True),
        "last_name": Format(_as_is, "plain", as_written=True),
        "country": Format(_as_is, "plain"),
    },
    "reddit": {
        "email": Format(_reddit_email, note="dots and +tag removed, whatever the domain"),
        "phone": _PHONE_PLUS,
        "external_id": Format(_as_is),
    },
    "microsoft": {"email": _EMAIL, "phone": _PHONE_DIGITS, "external_id": Format(_as_is, "plain")},
    "x": {"email": _EMAIL, "phone": _PHONE_PLUS},
    "the-trade-desk": {
        "email": Format(_trade_desk_email, "base64", note="UID2: gmail dots and +tag removed"),
        "phone": Format(_as_is, "base64", note="UID2: E.164"),
    },
}
