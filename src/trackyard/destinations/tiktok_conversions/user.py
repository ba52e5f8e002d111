"""Who the event is about, as TikTok takes it: e-mail, phone, ids, names and zip hashed, places in plain letters."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qs, urlsplit

from trackyard.destinations.tiktok_conversions.payload import WebEvent
from trackyard.kit.identifiers import Kind, canonical_form, sent
from trackyard.kit.members import filled


def user(row: WebEvent) -> dict[str, Any]:
    """TikTok's `user`. The places are there even when empty, as Segment's connector has them."""
    address = row.address
    country = canonical_form("country", address.country) if address and address.country else None
    return {
        "external_id": _each("external_id", row.external_id),
        "phone": _each("phone", row.phone_number, country),
        "email": _each("email", row.email),
        "first_name": _one("first_name", row.first_name),
        "last_name": _one("last_name", row.last_name),
        "city": _one("city", address.city if address else None),
        "state": _one("state", address.state if address else None),
        "country": _one("country", address.country if address else None),
        "zip_code": _one("postal_code", address.zip_code if address else None),
        **filled(
            {
                "ttclid": _click_id(row.url) or row.ttclid,
                "ttp": row.ttp,
                "ip": row.ip,
                "user_agent": row.user_agent,
                "locale": row.locale,
            }
        ),
    }


def _each(kind: Kind, values: Sequence[str] | None, country: str | None = None) -> list[str]:
    found = [sent("tiktok", kind, value, country) for value in values or ()]
    return [value for value in found if value]


def _one(kind: Kind, value: str | None) -> str:
    return (sent("tiktok", kind, value) or "") if value else ""


def _click_id(url: str | None) -> str | None:
    """The `ttclid` a page was opened with; it is fresher than one that was stored."""
    try:
        return parse_qs(urlsplit(url or "").query).get("ttclid", [None])[0]
    except ValueError:
        return None
