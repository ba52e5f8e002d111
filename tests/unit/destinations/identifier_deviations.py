"""Where our identifiers differ from Meta's and Google's own libraries, and why. Run it to write the list anew."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from trackyard.kit.identifiers import Kind, canonical_form, hash_form, sent

GOLDEN = Path(__file__).parents[2] / "golden" / "identifiers"
LISTED = GOLDEN / "deviations.jsonl"

META_KINDS: dict[str, Kind] = {
    "em": "email",
    "ph": "phone",
    "fn": "first_name",
    "ln": "last_name",
    "ct": "city",
    "st": "state",
    "zp": "postal_code",
    "country": "country",
    "db": "birth_date",
    "ge": "gender",
    "external_id": "external_id",
}
META_KEYS_NOT_SENT = {"currency", "dobd", "dobm", "doby", "f5first", "f5last", "fi"}  # money, and parts of other keys
GOOGLE_KINDS: dict[str, Kind] = {
    "email": "email",
    "phone": "phone",
    "given_name": "first_name",
    "family_name": "last_name",
    "region_code": "country",
    "postal_code": "postal_code",
}


def cases() -> Iterator[tuple[str, Kind, str, str | None]]:
    """(platform, kind, raw, the library's answer) of every recorded row."""
    for row in _rows("meta-normalize.jsonl.gz"):
        if row["key"] not in META_KEYS_NOT_SENT:
            yield "meta", META_KINDS[row["key"]], row["raw"], _meta_answer(row)
    for row in _rows("google-normalize.jsonl.gz"):
        yield "google-data-manager", GOOGLE_KINDS[row["key"]], row["raw"], _google_answer(row)


def deviations() -> list[dict[str, Any]]:
    found = []
    for platform, kind, raw, theirs in cases():
        ours = sent(platform, kind, raw)
        if ours != theirs:
            reason = reason_of(platform, kind, raw, theirs)
            found.append(
                {"platform": platform, "kind": kind, "raw": raw, "theirs": theirs, "ours": ours, "reason": reason}
            )
    return found


def is_canonical(kind: Kind, raw: str) -> bool:
    return hash_form(raw.strip()) is None and canonical_form(kind, raw) == raw


def reason_of(platform: str, kind: Kind, raw: str, theirs: str | None) -> str:
    form = hash_form(raw.strip())
    if form == "md5":
        return "an MD5 matches nobody and is refused"
    if form:
        return "already a SHA-256: passed on, not hashed again"
    if not any(character.isalnum() for character in raw):
        return "no letter and no digit: nobody's identifier, and the hash of nothing is never sent"
    if theirs is None:
        return "the library refuses it; its canonical form is known here"
    return REASONS[kind] if platform == "meta" or kind not in GOOGLE_REASONS else GOOGLE_REASONS[kind]


REASONS: dict[Kind, str] = {
    "email": "no address has inner whitespace, several addresses or an incomplete domain",
    "phone": "trunk zero, prefix or extension read as a phone parser reads it; too short a number is nobody's own",
    "first_name": "runs of whitespace become one space",
    "last_name": "runs of whitespace become one space",
    "city": "digits alone are no city",
    "state": "states of the US and Canada in any spelling become their two letters",
    "postal_code": "only ZIP+4 is cut at the dash: elsewhere the part after it is half of the code",
    "country": "countries in any spelling become their ISO code; others are not sent",
    "birth_date": "dates become YYYYMMDD, as Meta documents; what is no certain day since 1900 is not sent",
    "gender": "words become m or f, as Meta documents; other answers cannot match and are not sent",
    "external_id": "lower case without whitespace and hashed, as the browser's library does",
}
GOOGLE_REASONS: dict[Kind, str] = {
    "phone": "00 is a prefix and a trunk zero no part of the number; a + makes a national number somebody else's",
    "postal_code": "trimmed; a hash is refused or passed on, never sent as a code",
}


def _meta_answer(row: dict[str, Any]) -> str | None:
    if row["key"] == "external_id":
        answer = (row.get("param_builder_sent") or "")[:64]  # the Python SDK sends it raw; the browser's library hashes
    else:
        answer = row.get("sdk_sha256") or ""
    return answer if answer and answer != HASH_OF_NOTHING else None


def _google_answer(row: dict[str, Any]) -> str | None:
    return row.get("dm_util_sha256_hex", row.get("dm_util_formatted")) or None


HASH_OF_NOTHING = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def _rows(name: str) -> Iterator[dict[str, Any]]:
    with gzip.open(GOLDEN / name, "rt", encoding="utf-8") as lines:
        next(lines)
        yield from map(json.loads, lines)


if __name__ == "__main__":
    LISTED.write_text("".join(json.dumps(row, ensure_ascii=True) + "\n" for row in deviations()), encoding="utf-8")
