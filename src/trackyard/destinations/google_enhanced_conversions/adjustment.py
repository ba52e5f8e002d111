"""Conversion adjustments: enhance a conversion with identifiers, restate its value, retract it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec

from trackyard.destinations.google_enhanced_conversions.click import (
    EMAIL_MAPPING,
    ORDER_MAPPING,
    PHONE_MAPPING,
    first_of,
)
from trackyard.destinations.google_enhanced_conversions.conversion import (
    BATCH_ROWS,
    ads_time,
    conversion_action_name,
)
from trackyard.destinations.google_enhanced_conversions.examples import ADJUSTMENT
from trackyard.destinations.google_enhanced_conversions.identifiers import (
    check_email,
    contact,
    hashed_name,
    hashed_street,
)
from trackyard.destinations.google_enhanced_conversions.reading import read
from trackyard.destinations.google_enhanced_conversions.settings import Settings, account_request
from trackyard.kit.action import Action
from trackyard.kit.fields import Field, Number
from trackyard.kit.members import present
from trackyard.kit.request import Request
from trackyard.kit.times import rows_sharing


def _of_address(member: str) -> dict[str, Any]:
    return first_of(f"$.properties.address.{member}", f"$.context.traits.address.{member}")


class Adjustment(msgspec.Struct, frozen=True, kw_only=True, rename={"sync_mode": "__segment_internal_sync_mode"}):
    conversion_action: Annotated[Number, Field("Conversion action id")]
    adjustment_type: Annotated[
        Literal["UNSPECIFIED", "UNKNOWN", "RETRACTION", "RESTATEMENT", "ENHANCEMENT"], Field("Kind of adjustment")
    ]
    adjustment_timestamp: Annotated[str | None, Field("Time of the adjustment", mapping={"@path": "$.timestamp"})] = (
        None
    )
    order_id: Annotated[str | None, Field("Order id", mapping=ORDER_MAPPING)] = None
    gclid: Annotated[str | None, Field("gclid")] = None
    conversion_timestamp: Annotated[str | None, Field("Time of the conversion")] = None
    restatement_value: Annotated[Number | None, Field("Restated value")] = None
    restatement_currency_code: Annotated[str | None, Field("Currency of the restated value")] = None
    email_address: Annotated[str | None, Field("Email", mapping=EMAIL_MAPPING)] = None
    phone_country_code: Annotated[str | None, Field("Calling code", help="Of national phone numbers; else 1.")] = None
    phone_number: Annotated[str | None, Field("Phone", mapping=PHONE_MAPPING)] = None
    first_name: Annotated[
        str | None, Field("First name", mapping=first_of("$.properties.firstName", "$.context.traits.firstName"))
    ] = None
    last_name: Annotated[
        str | None, Field("Last name", mapping=first_of("$.properties.lastName", "$.context.traits.lastName"))
    ] = None
    city: Annotated[str | None, Field("City", mapping=_of_address("city"))] = None
    state: Annotated[str | None, Field("State", mapping=_of_address("state"))] = None
    country: Annotated[str | None, Field("Country", mapping=_of_address("country"))] = None
    postal_code: Annotated[str | None, Field("Postal code", mapping=_of_address("postalCode"))] = None
    street_address: Annotated[str | None, Field("Street", mapping=_of_address("street"))] = None
    user_agent: Annotated[
        str | None, Field("User agent", mapping={"@path": "$.context.userAgent"}, help="Of the conversion's request")
    ] = None
    enable_batching: Annotated[bool | None, Field("Batch", mapping=False)] = None
    batch_size: Annotated[Number | None, Field("Batch size", mapping=BATCH_ROWS)] = None
    sync_mode: Annotated[str | None, Field("Sync mode", help="V2 actions of Segment: only add.")] = None

    def __post_init__(self) -> None:
        if self.sync_mode not in (None, "add"):
            raise ValueError("sync mode: found another one, expected add")
        check_email(self.email_address)


def build(row: Adjustment, settings: Settings, now: datetime) -> Request:
    return build_batch([row], settings, now)


def build_batch(rows: Sequence[Adjustment], settings: Settings, now: datetime) -> Request:
    adjustments = [_adjustment(row, settings, now) for row in rows]
    body = {"conversionAdjustments": adjustments, "partialFailure": True}
    return account_request(settings, ":uploadConversionAdjustments", body)


def _adjustment(row: Adjustment, settings: Settings, now: datetime) -> dict[str, Any]:
    moment = row.adjustment_timestamp or now.strftime("%Y-%m-%dT%H:%M:%SZ")
    value = {"adjustedValue": row.restatement_value, "currencyCode": row.restatement_currency_code}
    address = _address(row)
    return present(
        {
            "conversionAction": conversion_action_name(row.conversion_action, settings),
            "adjustmentType": row.adjustment_type,
            "adjustmentDateTime": ads_time(moment),
            "orderId": row.order_id,
            "gclidDateTimePair": present(
                {
                    "gclid": row.gclid,
                    "conversionDateTime": ads_time(row.conversion_timestamp) if row.conversion_timestamp else None,
                }
            ),
            "userIdentifiers": contact(row.email_address, row.phone_number, row.phone_country_code)
            + ([{"addressInfo": address}] if address else []),
            "userAgent": row.user_agent,
            # Google refuses a retraction with a value.
            "restatementValue": present(value) if row.adjustment_type != "RETRACTION" else None,
        }
    )


def _address(row: Adjustment) -> dict[str, Any]:
    return present(
        {
            "hashedFirstName": hashed_name(row.first_name) if row.first_name else None,
            "hashedLastName": hashed_name(row.last_name) if row.last_name else None,
            "hashedStreetAddress": hashed_street(row.street_address) if row.street_address else None,
            "city": row.city,
            "state": row.state,
            "countryCode": row.country,
            "postalCode": row.postal_code,
        }
    )


actions = [
    Action(
        slug=slug,
        title=title,
        payload=Adjustment,
        build=build,
        build_batch=build_batch,
        batch_rows=lambda row: rows_sharing(row.adjustment_timestamp, BATCH_ROWS),
        batch_rows_max=BATCH_ROWS,
        read=read,
        examples=[ADJUSTMENT],
    )
    for slug, title in (
        ("uploadConversionAdjustment", "Upload conversion adjustment"),
        ("uploadConversionAdjustment2", "Conversion adjustment V2"),
    )
]
