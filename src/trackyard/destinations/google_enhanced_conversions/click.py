"""Click conversions: an order or a lead, told by click id or by the person's hashed identifiers."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Final, Literal

import msgspec

from trackyard.destinations.google_enhanced_conversions.conversion import (
    BATCH_ROWS,
    ConversionFields,
    ads_time,
    consent,
    conversion_action_name,
    uploaded,
)
from trackyard.destinations.google_enhanced_conversions.examples import CLICK
from trackyard.destinations.google_enhanced_conversions.identifiers import check_email, contact
from trackyard.destinations.google_enhanced_conversions.reading import read
from trackyard.destinations.google_enhanced_conversions.settings import Settings
from trackyard.kit.action import Action, Built
from trackyard.kit.fields import Field, Number
from trackyard.kit.members import present


def first_of(*paths: str) -> dict[str, Any]:
    """The mapping to the first of two paths that has a value."""
    first, second = ({"@path": path} for path in paths)
    return {"@if": {"exists": first, "then": first, "else": second}}


class SessionAttributes(msgspec.Struct, frozen=True, kw_only=True):
    gad_source: Annotated[str | None, Field("gad_source")] = None
    gad_campaignid: Annotated[str | None, Field("gad_campaignid")] = None
    landing_page_url: Annotated[str | None, Field("Landing page")] = None
    session_start_time_usec: Annotated[str | None, Field("Start of the session", format="date-time")] = None
    landing_page_referrer: Annotated[str | None, Field("Referrer")] = None
    landing_page_user_agent: Annotated[str | None, Field("User agent")] = None


class Item(msgspec.Struct, frozen=True, kw_only=True):
    product_id: Annotated[str | None, Field("Product id")] = None
    quantity: Annotated[Number | None, Field("Quantity")] = None
    price: Annotated[Number | None, Field("Price of one")] = None


SESSION_MAPPING: Final[dict[str, Any]] = {
    "gad_source": {"@path": "$.properties.gad_source"},
    "gad_campaignid": {"@path": "$.properties.gad_campaignid"},
    "landing_page_url": {"@path": "$.context.page.url"},
    "session_start_time_usec": {"@path": "$.properties.session_start_time_usec"},
    "landing_page_referrer": {"@path": "$.context.page.referrer"},
    "landing_page_user_agent": {"@path": "$.context.userAgent"},
}
ITEMS_MAPPING: Final[dict[str, Any]] = {
    "@arrayPath": [
        "$.properties.products",
        {
            "product_id": {"@path": "$.product_id"},
            "quantity": {"@path": "$.quantity"},
            "price": {"@path": "$.price"},
        },
    ]
}
EMAIL_MAPPING: Final = first_of("$.properties.email", "$.context.traits.email")
PHONE_MAPPING: Final = first_of("$.properties.phone", "$.context.traits.phone")
ORDER_MAPPING: Final = first_of("$.properties.orderId", "$.properties.order_id")


class ClickConversion(ConversionFields, frozen=True, kw_only=True):
    gclid: Annotated[str | None, Field("gclid")] = None
    gbraid: Annotated[str | None, Field("gbraid", help="iOS: clicks that lead into an app")] = None
    wbraid: Annotated[str | None, Field("wbraid", help="iOS: clicks that lead to the web")] = None
    user_ip_address: Annotated[str | None, Field("IP address", mapping={"@path": "$.context.ip"})] = None
    session_attributes_encoded: Annotated[
        str | None,
        Field(
            "Session attributes, encoded",
            mapping={"@path": "$.integrations.Google Ads Conversions.session_attributes_encoded"},
        ),
    ] = None
    session_attributes_key_value_pairs: Annotated[
        SessionAttributes | None, Field("Session attributes", mapping=SESSION_MAPPING)
    ] = None
    email_address: Annotated[str | None, Field("Email", mapping=EMAIL_MAPPING)] = None
    phone_country_code: Annotated[str | None, Field("Calling code", help="Of national phone numbers; else 1.")] = None
    phone_number: Annotated[str | None, Field("Phone", mapping=PHONE_MAPPING)] = None
    order_id: Annotated[str | None, Field("Order id", mapping=ORDER_MAPPING)] = None
    conversion_environment: Annotated[Literal["APP", "WEB", "UNSPECIFIED"] | None, Field("Environment")] = None
    merchant_id: Annotated[str | None, Field("Merchant Center id")] = None
    merchant_country_code: Annotated[str | None, Field("Merchant Center feed: country")] = None
    merchant_language_code: Annotated[str | None, Field("Merchant Center feed: language")] = None
    local_cost: Annotated[Number | None, Field("Discounts of the whole cart")] = None
    items: Annotated[list[Item] | None, Field("Items", mapping=ITEMS_MAPPING)] = None

    def __post_init__(self) -> None:
        ConversionFields.__post_init__(self)
        check_email(self.email_address)


def build(row: ClickConversion, settings: Settings, now: datetime) -> Built:
    return build_batch([row], settings, now)


def build_batch(rows: Sequence[ClickConversion], settings: Settings, now: datetime) -> Built:
    return uploaded(":uploadClickConversions", [_conversion(row, settings) for row in rows], rows, settings)


def _conversion(row: ClickConversion, settings: Settings) -> dict[str, Any]:
    return present(
        {
            "conversionAction": conversion_action_name(row.conversion_action, settings),
            "conversionDateTime": ads_time(row.conversion_timestamp),
            "gclid": row.gclid,
            "gbraid": row.gbraid,
            "wbraid": row.wbraid,
            "userIpAddress": row.user_ip_address,
            "sessionAttributesEncoded": row.session_attributes_encoded,
            "sessionAttributesKeyValuePairs": _session(row),
            "orderId": row.order_id,
            "conversionValue": row.value,
            "currencyCode": row.currency,
            "conversionEnvironment": row.conversion_environment,
            "cartData": _cart(row),
            "userIdentifiers": contact(row.email_address, row.phone_number, row.phone_country_code),
            "consent": consent(row),
        }
    )


def _session(row: ClickConversion) -> dict[str, Any] | None:
    if row.session_attributes_key_value_pairs is None or row.session_attributes_encoded:
        return None
    pairs = present(msgspec.structs.asdict(row.session_attributes_key_value_pairs))
    listed = [{"sessionAttributeKey": key, "sessionAttributeValue": value} for key, value in pairs.items()]
    return {"keyValuePairs": listed} if listed else None


def _cart(row: ClickConversion) -> dict[str, Any]:
    return present(
        {
            "merchantId": row.merchant_id,
            "feedCountryCode": row.merchant_country_code,
            "feedLanguageCode": row.merchant_language_code,
            "localTransactionCost": row.local_cost,
            "items": [
                present({"productId": item.product_id, "quantity": item.quantity, "unitPrice": item.price})
                for item in row.items or ()
            ],
        }
    )


actions = [
    Action(
        slug=slug,
        title=title,
        payload=ClickConversion,
        build=build,
        build_batch=build_batch,
        batch_rows_max=BATCH_ROWS,
        read=read,
        examples=[CLICK],
    )
    for slug, title in (
        ("uploadClickConversion", "Upload click conversion"),
        ("uploadClickConversion2", "Click conversion V2"),
    )
]
