"""Says what each platform would receive for one value, and why the answers differ."""

from collections.abc import Sequence

import msgspec

from trackyard.kit.identifiers import canonical
from trackyard.kit.identifiers.formats import CANONICAL, FORMATS, Kind, canonical_form, cleaned, sent
from trackyard.kit.identifiers.hashes import hash_form


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One platform's share of the answer. `group` numbers the platforms that receive the same."""

    platform: str
    form: str | None
    encoding: str
    sent: str | None
    group: int | None
    why: str


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    kind: Kind
    canonical: str | None
    lines: Sequence[Line]


def explain(value: str, kind: Kind | None = None, country: str | None = None) -> Explanation:
    """What every platform that takes this kind of identifier would receive for `value`."""
    chosen = kind or guessed_kind(value)
    groups: dict[str, int] = {}
    lines = [
        _line(platform, chosen, value, country, groups) for platform, formats in FORMATS.items() if chosen in formats
    ]
    form = None if hash_form(value.strip()) else canonical_form(chosen, value, country)
    return Explanation(kind=chosen, canonical=form, lines=lines)


def guessed_kind(value: str) -> Kind:
    """The most likely kind of a value given without one; a hash is taken for an email's."""
    if hash_form(value.strip()) or canonical.email(value):
        return "email"
    if canonical.birth_date(value):
        return "birth_date"
    if canonical.phone(value, "US"):
        return "phone"
    if canonical.country(value):
        return "country"
    return "external_id" if any(character.isdigit() for character in value) else "first_name"


def _line(platform: str, kind: Kind, value: str, country: str | None, groups: dict[str, int]) -> Line:
    format = FORMATS[platform][kind]
    answer = sent(platform, kind, value, country)
    return Line(
        platform=platform,
        form=None if hash_form(value.strip()) else cleaned(platform, kind, value, country),
        encoding=format.encoding,
        sent=answer,
        group=None if answer is None else groups.setdefault(answer, len(groups) + 1),
        why=_why(kind, value, country, answer, format.note),
    )


def _why(kind: Kind, value: str, country: str | None, answer: str | None, note: str) -> str:
    form = hash_form(value.strip())
    if form == "md5":
        return "an MD5 matches nowhere: give the value itself or its SHA-256"
    if form:
        return f"already a SHA-256 ({form}), passed on"
    known = canonical_form(kind, value, country)
    if answer is None:
        return "not sent: no canonical form" if known is None else "not sent"
    if known is None:
        return "uncertain: no canonical form" + (" (give a country)" if kind == "phone" else "")
    return note or "the canonical form"


KINDS: Sequence[Kind] = tuple(CANONICAL)
