"""Microsoft UET Conversions API: events of a UET tag from the server."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Final, Literal

import msgspec

from trackyard.kit import sample_events
from trackyard.kit.action import Destination, Difference, Example, Fact, action, outcome_of_status
from trackyard.kit.differences import USER_AGENT, partner, rehashed, unhashed
from trackyard.kit.fields import Condition, Conditions, Field, Number
from trackyard.kit.identifiers import sent
from trackyard.kit.mappings import each, first_of, path
from trackyard.kit.members import filled, present
from trackyard.kit.money import currency_code
from trackyard.kit.outcome import Delivered, Outcome, Rejected
from trackyard.kit.preset import ORDER_VALUE, by_event
from trackyard.kit.request import Request, Response
from trackyard.kit.times import rows_sharing, unix_seconds

EVENTS_IN_REQUEST_MAX: Final = 1_000
DATA_PROVIDER: Final = "TRACKYARD"
_DOCS: Final = "https://learn.microsoft.com/en-us/advertising/guides/uet-conversion-api-integration"
_PAGE_LOAD: Final = Conditions(conditions=[Condition(field_key="eventType", operator="is", value="pageLoad")])
PageType = Literal["home", "product", "category", "searchresults", "cart", "purchase", "other"]


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What a connection is configured with."""

    UetTag: Annotated[str, Field("UET tag id")]
    ApiToken: Annotated[str, Field("API token", secret=True)]
    adStorageConsent: Annotated[str | None, Field("Ad storage consent", help="G or D, where an event has none.")] = None
    host: Annotated[str, Field("Host")] = "https://capi.uet.microsoft.com"


class Data(msgspec.Struct, frozen=True, kw_only=True):
    eventType: Annotated[Literal["pageLoad", "custom"], Field("Kind of event")]
    eventId: Annotated[str | None, Field("Event id", help="The tag's: equal ones count once.")] = None
    eventName: Annotated[str | None, Field("Event name")] = None
    eventTime: Annotated[str | None, Field("Time", required=True)] = None
    eventSourceUrl: Annotated[str | None, Field("Page address", required=_PAGE_LOAD)] = None
    pageLoadId: Annotated[str | None, Field("Page load id")] = None
    referrerUrl: Annotated[str | None, Field("Referrer")] = None
    pageTitle: Annotated[str | None, Field("Title")] = None
    keywords: Annotated[str | None, Field("Keywords")] = None
    adStorageConsent: Annotated[Literal["G", "D"] | None, Field("Ad storage consent", mapping="G")] = None
    dataProvider: Annotated[str | None, Field("Data provider")] = None


class User(msgspec.Struct, frozen=True, kw_only=True):
    clientUserAgent: Annotated[str | None, Field("User agent")] = None
    anonymousId: Annotated[str | None, Field("Anonymous id")] = None
    externalId: Annotated[str | None, Field("External id")] = None
    em: Annotated[str | None, Field("Email", help="Hashed here.")] = None
    ph: Annotated[str | None, Field("Phone", help="Hashed here.")] = None
    clientIpAddress: Annotated[str | None, Field("IP address")] = None
    gaid: Annotated[str | None, Field("Google advertising id")] = None
    idfa: Annotated[str | None, Field("Apple advertising id")] = None
    msclkid: Annotated[str | None, Field("Click id")] = None


class Custom(msgspec.Struct, frozen=True, kw_only=True):
    eventCategory: Annotated[str | None, Field("Category")] = None
    eventLabel: Annotated[str | None, Field("Label")] = None
    eventValue: Annotated[Number | None, Field("Event value")] = None
    searchTerm: Annotated[str | None, Field("What was searched")] = None
    transactionId: Annotated[str | None, Field("Order id")] = None
    value: Annotated[Number | None, Field("Value")] = None
    currency: Annotated[str | None, Field("Currency")] = None
    itemIds: Annotated[list[str] | None, Field("Product ids")] = None
    pageType: Annotated[PageType | None, Field("Kind of page")] = None
    ecommTotalValue: Annotated[Number | None, Field("Total value")] = None
    ecommCategory: Annotated[str | None, Field("Shop category")] = None


class Item(msgspec.Struct, frozen=True, kw_only=True):
    id: Annotated[str | None, Field("Product id")] = None
    name: Annotated[str | None, Field("Name")] = None
    price: Annotated[int | None, Field("Price of one")] = None
    quantity: Annotated[int | None, Field("Quantity")] = None


class Hotel(msgspec.Struct, frozen=True, kw_only=True):
    totalPrice: Annotated[int | None, Field("Total price")] = None
    basePrice: Annotated[int | None, Field("Base price")] = None
    checkInDate: Annotated[str | None, Field("Check-in", format="date-time")] = None
    checkOutDate: Annotated[str | None, Field("Check-out", format="date-time")] = None
    lengthOfStay: Annotated[int | None, Field("Nights")] = None
    partnerHotelId: Annotated[str | None, Field("Hotel id")] = None
    bookingHref: Annotated[str | None, Field("Booking address")] = None


_DATA: Final = {
    "eventType": "custom",
    "eventId": path("$.messageId"),
    "eventTime": path("$.timestamp"),
    "eventName": path("$.event"),
    "eventSourceUrl": path("$.context.page.url"),
    "pageLoadId": path("$.properties.page_load_id"),
    "referrerUrl": path("$.context.page.referrer"),
    "pageTitle": path("$.context.page.title"),
    "keywords": path("$.properties.keywords"),
}
_USER: Final = {
    "clientUserAgent": path("$.context.userAgent"),
    "anonymousId": path("$.anonymousId"),
    "externalId": path("$.userId"),
    "em": first_of("$.context.traits.email", "$.properties.email"),
    "ph": first_of("$.context.traits.phone", "$.properties.phone"),
    "clientIpAddress": path("$.context.ip"),
    "msclkid": first_of("$.properties.msclkid", "$.integrations.Microsoft Bing CAPI (Actions).msclkid"),
}
_CUSTOM: Final = {
    "eventCategory": path("$.properties.event_category"),
    "eventLabel": path("$.properties.event_label"),
    "eventValue": path("$.properties.value"),
    "searchTerm": path("$.properties.query"),
    "transactionId": path("$.properties.order_id"),
    "value": path("$.properties.value"),
    "currency": path("$.properties.currency"),
    "itemIds": path("$.properties.item_ids"),
    "pageType": path("$.properties.page_type"),
    "ecommTotalValue": path("$.properties.ecomm_total_value"),
    "ecommCategory": path("$.properties.ecomm_category"),
}
_HOTEL: Final = {
    "totalPrice": path("$.properties.hotel_total_price"),
    "basePrice": path("$.properties.hotel_base_price"),
    "checkInDate": path("$.properties.hotel_check_in_date"),
    "checkOutDate": path("$.properties.hotel_check_out_date"),
    "lengthOfStay": path("$.properties.hotel_length_of_stay"),
    "partnerHotelId": path("$.properties.hotel_partner_id"),
    "bookingHref": path("$.properties.hotel_booking_href"),
}


class Event(msgspec.Struct, frozen=True, kw_only=True):
    data: Annotated[Data | None, Field("Event", mapping=_DATA)] = None
    userData: Annotated[User, Field("Person", mapping=_USER)]
    customData: Annotated[Custom | None, Field("Money and page", mapping=_CUSTOM)] = None
    items: Annotated[
        list[Item] | None,
        Field(
            "Items", mapping=each("$.properties.products", {"id": "product_id", "name": "name", "quantity": "quantity"})
        ),
    ] = None
    hotelData: Annotated[Hotel | None, Field("Hotel", mapping=_HOTEL)] = None
    enable_batching: Annotated[bool | None, Field("Batch", mapping=True)] = None
    batch_size: Annotated[Number | None, Field("Batch size", mapping=EVENTS_IN_REQUEST_MAX)] = None

    def __post_init__(self) -> None:
        currency = self.customData.currency if self.customData else None
        if currency and currency_code(currency) is None:
            raise ValueError("customData.currency: found no ISO 4217 code, expected one such as USD")


def send_batch(rows: Sequence[Event], settings: Settings, now: datetime) -> Request:
    """All rows in one request, of which Microsoft takes the good ones."""
    return Request(
        url=f"{settings.host}/v1/{settings.UetTag}/events",
        headers={"authorization": f"Bearer {settings.ApiToken}"},
        json={"data": [_event(row, settings, now) for row in rows]},
    )


def read(response: Response, rows: int) -> Sequence[Outcome]:
    """Rows that `error.details` names by index are refused; the others as the status says."""
    body = response.json()
    details = (body.get("error") or {}).get("details") if isinstance(body, dict) else None
    if not details or response.status >= 500:
        return [outcome_of_status(response)] * rows
    outcomes: list[Outcome] = [Delivered()] * rows
    for detail in details:
        at = detail.get("index")
        if isinstance(at, int) and 0 <= at < rows:
            outcomes[at] = Rejected(
                f"Microsoft: {detail.get('errorCode') or detail.get('propertyName') or 'row refused'}"
            )
    return outcomes


EXAMPLE = Example(
    title="Games were searched for",
    event=sample_events.PRODUCTS_SEARCHED,
    settings={"UetTag": "97001", "ApiToken": "token-1"},
    mapping={"userData": {"em": path("$.context.traits.email")}},
    request=Request(
        url="https://capi.uet.microsoft.com/v1/97001/events",
        headers={"authorization": "Bearer token-1"},
        json={
            "data": [
                {
                    "eventType": "custom",
                    "eventId": "m-1",
                    "eventName": "Products Searched",
                    "eventTime": 1768476615,
                    "eventSourceUrl": "https://shop.example/checkout",
                    "pageTitle": "Checkout",
                    "dataProvider": DATA_PROVIDER,
                    "userData": {"em": "86e0b9e56c17cc4d12387e1949b85053fbe73bc3ce5a1188713a9d300cc6133d"},
                    "customData": {"searchTerm": "board games", "hotelData": {}, "items": []},
                    "continueOnValidationError": True,
                }
            ]
        },
    ),
)


@action(
    "sendEvent",
    title="Send an event",
    trigger='type = "track" or type = "page"',
    build_batch=send_batch,
    batch_rows=lambda row: rows_sharing(row.data.eventTime if row.data else None, EVENTS_IN_REQUEST_MAX),
    batch_rows_max=EVENTS_IN_REQUEST_MAX,
    read=read,
    examples=[EXAMPLE],
)
def send_event(row: Event, settings: Settings, now: datetime) -> Request:
    """One event."""
    return send_batch([row], settings, now)


def _event(row: Event, settings: Settings, now: datetime) -> dict[str, Any]:
    data = present(msgspec.structs.asdict(row.data)) if row.data else {}
    seconds = unix_seconds(row.data.eventTime) if row.data and row.data.eventTime else None
    user = present(msgspec.structs.asdict(row.userData))
    user |= {"em": _sent("email", row.userData.em), "ph": _sent("phone", row.userData.ph)}
    return filled(
        {
            **data,
            "eventTime": int(now.timestamp()) if seconds is None else seconds,
            "adStorageConsent": data.get("adStorageConsent") or settings.adStorageConsent,
            "dataProvider": data.get("dataProvider") or DATA_PROVIDER,
            "userData": present(user),
            "customData": _custom(row),
            "continueOnValidationError": True,
        }
    )


def _sent(kind: Literal["email", "phone"], value: str | None) -> str | None:
    return sent("microsoft", kind, value) if value else None


def _custom(row: Event) -> dict[str, Any]:
    custom = present(msgspec.structs.asdict(row.customData)) if row.customData else {}
    if "currency" in custom:
        custom["currency"] = currency_code(custom["currency"])
    hotel = present(msgspec.structs.asdict(row.hotelData)) if row.hotelData else {}
    return {**custom, "hotelData": hotel, "items": [present(msgspec.structs.asdict(item)) for item in row.items or ()]}


_ROW: Final = "requests.*.json.data.*"


def _preset(value: Any = None) -> dict[str, Any]:
    if value is None:
        return {}
    return {"customData": {**_CUSTOM, "value": value, "eventValue": value}}


PRESETS: Final = by_event(
    "sendEvent",
    {
        "Order Completed": _preset(ORDER_VALUE),
        "Checkout Started": _preset(ORDER_VALUE),
        "Product Added": _preset(path("$.properties.price")),
        "Product Viewed": _preset(path("$.properties.price")),
        "Products Searched": _preset(),
        "Signed Up": _preset(),
        "Trial Started": _preset(),
        "page": {"data": {**_DATA, "eventType": "pageLoad"}},
    },
)


destination = Destination(
    slug="ms-bing-capi",
    name="Microsoft Advertising UET",
    settings=Settings,
    actions=[send_event],
    purposes=frozenset({"advertising"}),
    docs_url=_DOCS,
    can_deduplicate=True,
    dedupe_window_seconds=24 * 3600,
    presets=PRESETS,
    facts=[
        Fact("auth", "an API token of the UET tag, as bearer", _DOCS),
        Fact("limits", "1,000 events in a request", _DOCS),
        Fact("errors", "continueOnValidationError: good rows are taken, bad ones named by index", _DOCS),
        Fact("dedupe", "eventId, with the tag's own", _DOCS),
        Fact("accepted", "taken, not matched", _DOCS),
    ],
    differences=[
        USER_AGENT,
        partner(f"{_ROW}.dataProvider", "SEGMENT", DATA_PROVIDER),
        *(
            Difference(path=f"{_ROW}.userData.{name}", want=None, got="absent", reason="what is missing is left out")
            for name in ("em", "ph")
        ),
        rehashed(f"{_ROW}.userData.em", "given hashes are recognised in any form"),
        rehashed(f"{_ROW}.userData.ph", "E.164 digits: 00 removed; hashes in lower case"),
        unhashed(f"{_ROW}.userData.ph", "the digits of an MD5 or a service code are nobody's number"),
        Difference(
            path=f"{_ROW}.eventTime",
            want=r"re:(null|None|-?\d+)",
            got=r"re:\d{10}",
            reason="times in any unit are made seconds; a text that is no time counts when it was received",
        ),
        Difference(
            path="requests.*",
            want="absent",
            got=r"re:[\s\S]*capi\.uet\.microsoft\.com[\s\S]*",
            reason="a currency in lower case or a phone without digits does not lose the event",
        ),
    ],
)
