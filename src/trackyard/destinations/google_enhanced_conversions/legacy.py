"""The first enhanced conversions API, for imported connections that still name it."""

import re
from datetime import datetime
from typing import Annotated, Any

import msgspec

from trackyard.destinations.google_enhanced_conversions.click import first_of
from trackyard.destinations.google_enhanced_conversions.examples import LEGACY
from trackyard.destinations.google_enhanced_conversions.settings import Settings
from trackyard.kit.action import Action
from trackyard.kit.fields import Field, Number
from trackyard.kit.identifiers import sha256_base64
from trackyard.kit.members import filled
from trackyard.kit.request import Request
from trackyard.kit.times import moment

URL = "https://www.google.com/ads/event/api/v1"
PHONE_CHARACTERS_MAX = 15  # with the +


def _either(member: str) -> dict[str, Any]:
    return first_of(f"$.properties.{member}", f"$.traits.{member}")


class PostConversion(msgspec.Struct, frozen=True, kw_only=True):
    conversion_label: Annotated[str, Field("Conversion label")]
    email: Annotated[str, Field("Email", format="email", mapping=_either("email"))]
    transaction_id: Annotated[str, Field("Order id", mapping={"@path": "$.properties.orderId"})]
    user_agent: Annotated[str | None, Field("User agent", mapping={"@path": "$.context.userAgent"})] = None
    conversion_time: Annotated[
        str | Number, Field("Time of the conversion", type="datetime", required=True, mapping={"@path": "$.timestamp"})
    ]
    value: Annotated[Number | None, Field("Value", mapping={"@path": "$.properties.total"})] = None
    currency_code: Annotated[str | None, Field("Currency", mapping={"@path": "$.properties.currency"})] = None
    is_app_incrementality: Annotated[bool | None, Field("App incrementality study", mapping=False)] = None
    pcc_game: Annotated[bool | None, Field("PCC game", mapping=False)] = None
    phone_number: Annotated[str | None, Field("Phone", mapping=_either("phone"))] = None
    first_name: Annotated[str | None, Field("First name", mapping=_either("firstName"))] = None
    last_name: Annotated[str | None, Field("Last name", mapping=_either("lastName"))] = None
    street_address: Annotated[str | None, Field("Street", mapping=_either("address.street"))] = None
    city: Annotated[str | None, Field("City", mapping=_either("address.city"))] = None
    region: Annotated[str | None, Field("Region", mapping=_either("address.state"))] = None
    post_code: Annotated[str | None, Field("Postal code", mapping=_either("address.postalCode"))] = None
    country: Annotated[str | None, Field("Country", mapping=_either("address.country"))] = None


def build(row: PostConversion, settings: Settings, now: datetime) -> Request:
    found = moment(row.conversion_time)
    if found is None:
        raise ValueError("conversion_time: found no time, expected ISO 8601 or Unix seconds")
    conversion = {
        "oid": row.transaction_id,
        "user_agent": row.user_agent,
        "conversion_time": round(found.timestamp() * 1000) * 1000,
        "label": row.conversion_label,
        "value": row.value or None,
        "currency_code": row.currency_code,
        "is_app_incrementality": 1 if row.is_app_incrementality else None,
        "pcc_game": 1 if row.pcc_game else None,
    }
    return Request(
        url=f"{URL}?conversion_tracking_id={settings.conversionTrackingId or ''}",
        json={"pii_data": _person(row), **filled(conversion)},
    )


def _person(row: PostConversion) -> dict[str, Any]:
    address = filled(
        {
            "hashed_first_name": _hashed(_letters(row.first_name)),
            "hashed_last_name": _hashed(_letters(row.last_name)),
            "hashed_street_address": _hashed((row.street_address or "").lower()),
            "city": _letters(row.city),
            "region": _letters(row.region),
            "postcode": row.post_code,
            "country": row.country,
        }
    )
    phone = _hashed(_phone(row.phone_number)) if row.phone_number else None
    return filled({"hashed_email": _hashed(_email(row.email)), "hashed_phone_number": [phone] if phone else None}) | {
        "address": [address]
    }


def _email(email: str) -> str:
    address = email.lower().replace(" ", "")
    name, _, domain = address.partition("@")
    return f"{name.replace('.', '')}@{domain}" if domain.startswith(("gmail", "googlemail.com")) else address


def _phone(phone: str) -> str:
    return f"+{re.sub(r'[^0-9]', '', phone)}"[:PHONE_CHARACTERS_MAX]


def _letters(text: str | None) -> str:
    return re.sub(r"[^a-z]", "", (text or "").lower())


def _hashed(text: str) -> str | None:
    """Base64 for addresses (RFC 4648, section 5), as this API takes it."""
    return sha256_base64(text).replace("/", "_").replace("+", "-") if text else None


actions = [
    Action(
        slug="postConversion",
        title="Enhanced conversion (legacy)",
        payload=PostConversion,
        build=build,
        examples=[LEGACY],
    )
]
