"""Pinterest Conversions API v5: events of an ad account from the server."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Final, Literal

import msgspec

from trackyard.kit import sample_events
from trackyard.kit.action import Destination, Difference, Example, Fact, action, outcome_of_status
from trackyard.kit.differences import USER_AGENT, partner, rehashed
from trackyard.kit.fields import Field, Number
from trackyard.kit.identifiers import Kind, canonical_form, hash_form, sent, sha256_hex
from trackyard.kit.javascript import number_text
from trackyard.kit.mappings import first_of, path
from trackyard.kit.members import filled, present
from trackyard.kit.outcome import Delivered, Outcome, Rejected
from trackyard.kit.preset import ORDER_VALUE, by_event
from trackyard.kit.request import Request, Response
from trackyard.kit.times import rows_sharing, unix_seconds
from trackyard.kit.trial_mode import TrialMode, other_path

EVENTS_IN_REQUEST_MAX: Final = 1_000
PARTNER: Final = "ss-trackyard"
_DOCS: Final = "https://developers.pinterest.com/docs/api/v5/events-create"
_SEGMENTS_PAGE: Final = (
    "https://www.twilio.com/docs/segment/connections/destinations/catalog/actions-pinterest-conversions-api"
)


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What a connection is configured with."""

    ad_account_id: Annotated[str, Field("Ad account id")]
    conversion_token: Annotated[str, Field("Conversion token", secret=True)]
    host: Annotated[str, Field("Host")] = "https://api.pinterest.com"


class User(msgspec.Struct, frozen=True, kw_only=True):
    """Who the event is about; all but address, user agent and the last two are hashed here."""

    email: Annotated[list[str] | None, Field("Email")] = None
    hashed_maids: Annotated[list[str] | None, Field("Mobile advertising ids")] = None
    client_ip_address: Annotated[str | None, Field("IP address")] = None
    client_user_agent: Annotated[str | None, Field("User agent")] = None
    phone: Annotated[list[str] | None, Field("Phone")] = None
    first_name: Annotated[list[str] | None, Field("First name")] = None
    last_name: Annotated[list[str] | None, Field("Last name")] = None
    external_id: Annotated[list[str] | None, Field("External id")] = None
    gender: Annotated[list[str] | None, Field("Gender")] = None
    date_of_birth: Annotated[list[str] | None, Field("Date of birth")] = None
    city: Annotated[list[str] | None, Field("City")] = None
    state: Annotated[list[str] | None, Field("State")] = None
    zip: Annotated[list[str] | None, Field("Postal code")] = None
    country: Annotated[list[str] | None, Field("Country")] = None
    click_id: Annotated[str | None, Field("Click id", allow_null=True, help="The _epik cookie.")] = None
    partner_id: Annotated[str | None, Field("Partner id", allow_null=True)] = None


class Content(msgspec.Struct, frozen=True, kw_only=True):
    id: Annotated[str | None, Field("Product id")] = None
    item_price: Annotated[Number | None, Field("Price of one")] = None
    quantity: Annotated[int | None, Field("Quantity")] = None


class Custom(msgspec.Struct, frozen=True, kw_only=True):
    currency: Annotated[str | None, Field("Currency")] = None
    value: Annotated[Number | None, Field("Value")] = None
    content_ids: Annotated[list[str] | None, Field("Product ids")] = None
    contents: Annotated[list[Content] | None, Field("Products")] = None
    num_items: Annotated[int | None, Field("Number of items")] = None
    order_id: Annotated[str | None, Field("Order id")] = None
    search_string: Annotated[str | None, Field("What was searched")] = None
    opt_out_type: Annotated[str | None, Field("Limited data processing", help="LDP")] = None


EventName = Literal[
    "add_to_cart", "checkout", "lead", "page_visit", "search", "signup", "view_category", "watch_video", "custom"
]
_USER: Final = {
    "email": first_of("$.properties.email", "$.traits.email"),
    "client_ip_address": path("$.context.ip"),
    "client_user_agent": path("$.context.userAgent"),
}
_CUSTOM: Final = {
    "value": first_of("$.properties.price", "$.properties.value"),
    "search_string": path("$.properties.query"),
    "order_id": path("$.properties.order_id"),
    "currency": path("$.properties.currency"),
}
_COPIED: Final = (
    "app_id",
    "app_name",
    "app_version",
    "device_brand",
    "device_carrier",
    "device_model",
    "device_type",
    "os_version",
    "wifi",
    "language",
)


class Event(msgspec.Struct, frozen=True, kw_only=True):
    event_name: Annotated[EventName, Field("Event")]
    action_source: Annotated[Literal["app_android", "app_ios", "web", "offline"], Field("Source", mapping="web")]
    event_time: Annotated[str, Field("Time", mapping=path("$.timestamp"))]
    event_id: Annotated[str, Field("Event id", mapping=path("$.messageId"), help="The tag's: equal ones count once.")]
    event_source_url: Annotated[str | None, Field("Page address", mapping=path("$.context.page.url"))] = None
    opt_out: Annotated[bool | None, Field("Opted out", mapping=True)] = None
    user_data: Annotated[User | None, Field("Person", mapping=_USER)] = None
    custom_data: Annotated[Custom | None, Field("Money and products", mapping=_CUSTOM)] = None
    app_id: Annotated[str | None, Field("App id", mapping=path("context.app.id"))] = None
    app_name: Annotated[str, Field("App name", mapping=path("$.context.app.name"))]
    app_version: Annotated[str | None, Field("App version", mapping=path("$.context.app.version"))] = None
    device_brand: Annotated[str | None, Field("Device brand", mapping=path("$.context.device.brand"))] = None
    device_carrier: Annotated[str | None, Field("Carrier", mapping=path("context.device.carrier"))] = None
    device_model: Annotated[str | None, Field("Device model", mapping=path("$.context.device.model"))] = None
    device_type: Annotated[str | None, Field("Kind of device", mapping=path("$.context.device.type"))] = None
    os_version: Annotated[str | None, Field("OS version", mapping=path("$.context.os.version"))] = None
    wifi: Annotated[bool | None, Field("On wifi", mapping=path("$.context.network.wifi"))] = None
    language: Annotated[str | None, Field("Language")] = None

    def __post_init__(self) -> None:
        user = self.user_data or User()
        if not (user.email or user.hashed_maids or (user.client_ip_address and user.client_user_agent)):
            raise ValueError("user_data: expected email, hashed_maids, or client_ip_address with client_user_agent")


def send_batch(rows: Sequence[Event], settings: Settings, now: datetime) -> Request:
    """All rows in one request."""
    return Request(
        url=f"{settings.host}/v5/ad_accounts/{settings.ad_account_id}/events",
        headers={"authorization": f"Bearer {settings.conversion_token}"},
        json={"data": [_event(row, now) for row in rows]},
    )


def read(response: Response, rows: int) -> Sequence[Outcome]:
    """Pinterest answers `events` with a status for each row, 422 where none was taken."""
    body = response.json()
    events = body.get("events") if isinstance(body, dict) else None
    if not isinstance(events, list) or len(events) != rows:
        return [outcome_of_status(response)] * rows
    return [
        Rejected("Pinterest refused the row") if event.get("status") == "failed" else Delivered() for event in events
    ]


EXAMPLE = Example(
    title="An order was paid",
    event=sample_events.ORDER_COMPLETED,
    settings={"ad_account_id": "5498", "conversion_token": "token-1"},
    mapping={
        "event_name": "checkout",
        "app_name": "Shop",
        "user_data": {"email": path("$.context.traits.email")},
        "custom_data": {"value": path("$.properties.total"), "currency": path("$.properties.currency")},
    },
    request=Request(
        url="https://api.pinterest.com/v5/ad_accounts/5498/events",
        headers={"authorization": "Bearer token-1"},
        json={
            "data": [
                {
                    "event_name": "checkout",
                    "action_source": "web",
                    "event_time": 1768476615,
                    "event_id": "m-1",
                    "event_source_url": "https://shop.example/checkout",
                    "partner_name": PARTNER,
                    "opt_out": True,
                    "user_data": {"em": ["86e0b9e56c17cc4d12387e1949b85053fbe73bc3ce5a1188713a9d300cc6133d"]},
                    "custom_data": {"currency": "USD", "value": "27.5"},
                    "app_name": "Shop",
                }
            ]
        },
    ),
)


@action(
    "reportConversionEvent",
    title="Report an event",
    build_batch=send_batch,
    batch_rows=lambda row: rows_sharing(row.event_time, EVENTS_IN_REQUEST_MAX),
    batch_rows_max=EVENTS_IN_REQUEST_MAX,
    read=read,
    examples=[EXAMPLE],
)
def report_conversion_event(row: Event, settings: Settings, now: datetime) -> Request:
    """One event."""
    return send_batch([row], settings, now)


def _event(row: Event, now: datetime) -> dict[str, Any]:
    seconds = unix_seconds(row.event_time)
    return present(
        {
            "event_name": row.event_name,
            "action_source": row.action_source,
            "event_time": int(now.timestamp()) if seconds is None else seconds,
            "event_id": row.event_id,
            "event_source_url": row.event_source_url,
            "partner_name": PARTNER,
            "opt_out": row.opt_out,
            "user_data": _user(row.user_data or User()),
            "custom_data": _custom(row.custom_data or Custom()),
            **{name: getattr(row, name) for name in _COPIED},
        }
    )


_HASHED: Final[tuple[tuple[str, str, Kind], ...]] = (
    ("em", "email", "email"),
    ("ph", "phone", "phone"),
    ("ge", "gender", "gender"),
    ("db", "date_of_birth", "birth_date"),
    ("ln", "last_name", "last_name"),
    ("fn", "first_name", "first_name"),
    ("ct", "city", "city"),
    ("st", "state", "state"),
    ("zp", "zip", "postal_code"),
    ("country", "country", "country"),
    ("external_id", "external_id", "external_id"),
)


def _user(user: User) -> dict[str, Any]:
    country = canonical_form("country", user.country[0]) if user.country else None
    hashed = {
        key: [found for value in getattr(user, member) or () if (found := sent("pinterest", kind, value, country))]
        for key, member, kind in _HASHED
    }
    maids = [
        value.lower() if hash_form(value) else sha256_hex(value.lower()) for value in user.hashed_maids or () if value
    ]
    return filled(
        {
            **hashed,
            "client_ip_address": user.client_ip_address,
            "client_user_agent": user.client_user_agent,
            "hashed_maids": maids,
            "click_id": user.click_id,
            "partner_id": user.partner_id,
        }
    )


def _custom(custom: Custom) -> dict[str, Any]:
    """Money as text, as Pinterest wants it."""
    members = present(msgspec.structs.asdict(custom))
    if custom.value is not None:
        members["value"] = number_text(custom.value)
    if custom.contents is not None:
        members["contents"] = [_content(content) for content in custom.contents]
    return members


def _content(content: Content) -> dict[str, Any]:
    price = None if content.item_price is None else number_text(content.item_price)
    return present({"id": content.id, "item_price": price, "quantity": content.quantity})


_ROW: Final = "requests.*.json.data.*"


def _preset(name: EventName, value: Any = None) -> dict[str, Any]:
    money = {"currency": path("$.properties.currency"), "order_id": path("$.properties.order_id")}
    searched = {"search_string": path("$.properties.query")}
    return {"event_name": name, "custom_data": money | searched | ({"value": value} if value else {})}


_APP_NAME: Final = path("$.context.app.name")
_OF_SHOPPER: Final = {
    "opt_out": False,
    "app_name": {"@if": {"exists": _APP_NAME, "then": _APP_NAME, "else": "website"}},
    "user_data": {
        "email": path("$.context.traits.email"),
        "phone": path("$.context.traits.phone"),
        "external_id": path("$.userId"),
        "client_ip_address": path("$.context.ip"),
        "client_user_agent": path("$.context.userAgent"),
    },
}
PRESETS: Final = by_event(
    "reportConversionEvent",
    {
        "Order Completed": _preset("checkout", ORDER_VALUE),
        "Product Added": _preset("add_to_cart", path("$.properties.price")),
        "Product Viewed": _preset("page_visit", path("$.properties.price")),
        "Product List Viewed": _preset("view_category"),
        "Products Searched": _preset("search"),
        "Signed Up": _preset("signup"),
        "page": _preset("page_visit"),
    },
    _OF_SHOPPER,
)


destination = Destination(
    slug="pinterest-conversions",
    name="Pinterest Conversions",
    settings=Settings,
    actions=[report_conversion_event],
    purposes=frozenset({"advertising"}),
    docs_url=_DOCS,
    can_deduplicate=True,
    dedupe_window_seconds=24 * 3600,
    trial_mode=TrialMode(
        name="test=true",
        mark=other_path("/events", "/events?test=true"),
        source=_DOCS,
    ),
    presets=PRESETS,
    facts=[
        Fact("auth", "a conversion token of the ad account, as bearer", _DOCS),
        Fact("limits", "1,000 events in a request", _DOCS),
        Fact("rate", "5,000 requests a minute and ad account", _DOCS),
        Fact("expiry", "none documented; after an hour an event counts as an offline one", _SEGMENTS_PAGE),
        Fact("errors", "one status for each event; 422 where none was taken", _DOCS),
        Fact("dedupe", "event_id, with the tag's own", "https://developers.pinterest.com/docs/conversions/best"),
        Fact("accepted", "processed: taken, not matched", _DOCS),
    ],
    differences=[
        USER_AGENT,
        partner(f"{_ROW}.partner_name", "ss-segment", PARTNER),
        rehashed(f"{_ROW}.user_data.em.*", "given hashes are recognised in any form and sent in lower case"),
        Difference(
            path=f"{_ROW}.user_data.em",
            want=r're:\[\s*"[0-9a-fA-F]{64}"\s*\]',
            got="absent",
            reason="what is no address can match nobody and is not hashed",
        ),
        Difference(
            path=f"{_ROW}.event_time",
            want=r"re:(null|None|-?\d+)",
            got=r"re:\d{10}",
            reason="Unix seconds given as text are read (there: a day of 1771)",
        ),
    ],
)
