"""One canonical form per identifier, or None where a value is not one. Every platform's form is made from these.

Each function is cached by value: one person's events repeat the same few identifiers, and a phone parse costs 35 µs.
"""

import re
from datetime import date
from functools import lru_cache
from typing import Final

import phonenumbers

from trackyard.kit.identifiers.places import country_code, state_code

CACHED_VALUES_MAX = 20_000  # per kind; about 4 MB when full
PHONE_CHARACTERS_MAX = 40  # E.164 has 15 digits; the rest is room for separators and an extension

_WHITESPACE: Final = re.compile(r"\s+")
_EMAIL: Final = re.compile(r"[^@\s<>,;]+@[^@\s<>,;.]+(\.[^@\s<>,;.]+)+\Z")
_PHONE_CHARACTERS: Final = re.compile(r"[\d\s+().\-/\u2010-\u2015]+\Z")
_ZIP_PLUS_FOUR: Final = re.compile(r"(\d{5})-\d{0,4}\Z")
_DATE_YEAR_FIRST: Final = re.compile(r"(\d{4})[-/. ]?(\d{1,2})[-/. ]?(\d{1,2})(?:[T ]\d\d:.*)?\Z")
_DATE_YEAR_LAST: Final = re.compile(r"(\d{1,2})([-/. ])(\d{1,2})\2(\d{4})\Z")
_BIRTH_YEAR_MIN = 1900
_MALE: Final = frozenset({"m", "male", "man", "boy"})
_FEMALE: Final = frozenset({"f", "female", "woman", "girl"})


@lru_cache(CACHED_VALUES_MAX)
def email(value: str) -> str | None:
    """Lower case, without whitespace, of the shape `local@domain.tld`."""
    address = _WHITESPACE.sub("", value).lower()
    return address if _EMAIL.match(address) else None


@lru_cache(CACHED_VALUES_MAX)
def phone(value: str, country: str | None = None) -> str | None:
    """E.164 (`+14155552671`). A national number needs its `country`; without one it is not known whose it is."""
    text = value.strip()
    if len(text) > PHONE_CHARACTERS_MAX or not _PHONE_CHARACTERS.match(text):
        return None
    text = "+" + text[2:] if text.startswith("00") else text
    return _e164(text, None if text.startswith("+") else country)


@lru_cache(CACHED_VALUES_MAX)
def _e164(text: str, country: str | None) -> str | None:
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


@lru_cache(1_000)
def region_of_calling_code(code: str) -> str | None:
    """The country that `+44` or `44` mostly means; None where no country has such a code."""
    digits = "".join(character for character in code if character.isdigit())
    region: str = phonenumbers.region_code_for_country_code(int(digits)) if digits and len(digits) <= 3 else "ZZ"
    return None if region in ("ZZ", "001") else region


@lru_cache(CACHED_VALUES_MAX)
def country(value: str) -> str | None:
    """ISO 3166-1 alpha-2, upper case, from a code of two or three letters or an English name."""
    return country_code(value)


@lru_cache(CACHED_VALUES_MAX)
def state(value: str) -> str | None:
    """The two upper-case letters of a state of the US or a province of Canada; other countries have no such code."""
    return state_code(value)


@lru_cache(CACHED_VALUES_MAX)
def name(value: str) -> str | None:
    """A first or last name in lower case with single spaces; accents and punctuation belong to the name."""
    return _words(value)


@lru_cache(CACHED_VALUES_MAX)
def city(value: str) -> str | None:
    """Lower case with single spaces."""
    return _words(value)


@lru_cache(CACHED_VALUES_MAX)
def postal_code(value: str) -> str | None:
    """Letters and digits in upper case; of an American ZIP+4 the first five digits."""
    plus_four = _ZIP_PLUS_FOUR.match(value.strip())
    code = plus_four[1] if plus_four else "".join(character for character in value if character.isalnum())
    return code.upper() or None


@lru_cache(CACHED_VALUES_MAX)
def birth_date(value: str) -> str | None:
    """YYYYMMDD of a day that exists. `03/04/1990` is nobody's birthday for certain and gives None."""
    text = value.strip()
    found = _DATE_YEAR_FIRST.match(text)
    if found:
        return _day(int(found[1]), int(found[2]), int(found[3]))
    found = _DATE_YEAR_LAST.match(text)
    if not found:
        return None
    first, second, year = int(found[1]), int(found[3]), int(found[4])
    if found[2] == "." or first > 12 or first == second:
        return _day(year, second, first)  # 21.05.1990 is written only day first
    return _day(year, first, second) if second > 12 else None


def _day(year: int, month: int, day: int) -> str | None:
    if year < _BIRTH_YEAR_MIN:
        return None
    try:
        return date(year, month, day).strftime("%Y%m%d")
    except ValueError:
        return None


def gender(value: str) -> str | None:
    """`m` or `f`; any other answer is not one a platform can match."""
    word = value.strip().lower()
    if word in _MALE:
        return "m"
    return "f" if word in _FEMALE else None


def external_id(value: str) -> str | None:
    """Your own id of the person, trimmed and otherwise as it is: case may tell two people apart."""
    text = value.strip()
    return text if any(character.isalnum() for character in text) else None


def _words(value: str) -> str | None:
    words = _WHITESPACE.sub(" ", value).strip().lower()
    return words if any(character.isalnum() for character in words) else None
