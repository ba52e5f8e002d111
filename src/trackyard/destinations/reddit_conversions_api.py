"""Reddit Conversions API v2: standard and custom events of an ad account from the server."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Final, Literal

import msgspec

from trackyard.kit import sample_events
from trackyard.kit.action import Destination, Difference, Example, Fact, action
from trackyard.kit.differences import USER_AGENT, partner, rehashed, unhashed
from trackyard.kit.fields import Field, Number
from trackyard.kit.identifiers import Kind, hash_form, sent, sha256_hex
from trackyard.kit.identifiers.hashes import hex_of_hash
from trackyard.kit.mappings import each, first_of, path
from trackyard.kit.members import filled
from trackyard.kit.money import currency_code
from trackyard.kit.preset import ORDER_VALUE, by_event
from trackyard.kit.request import Request
from trackyard.kit.times import moment
from trackyard.kit.trial_mode import TrialMode, flag_in_body

EVENTS_IN_REQUEST_MAX: Final = 1_000
PARTNER: Final = "TRACKYARD"
_DOCS: Final = "https://ads-api.reddit.com/docs/v2/"


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What a connection is configured with."""

    ad_account_id: Annotated[str, Field("Ad account id")]
    conversion_token: Annotated[str, Field("Conversion token", secret=True)]
    test_mode: Annotated[bool, Field("Test mode", help="Events show under Testing and count nowhere.")] = False
    host: Annotated[str, Field("Host")] = "https://ads-api.reddit.com"


class Product(msgspec.Struct, frozen=True, kw_only=True):
    category: Annotated[str | None, Field("Category")] = None
    id: Annotated[str | None, Field("Product id")] = None
    name: Annotated[str | None, Field("Name")] = None


class User(msgspec.Struct, frozen=True, kw_only=True):
    """Who the event is about; all but user agent and uuid are hashed here."""

    advertising_id: Annotated[str | None, Field("Mobile advertising id")] = None
    device_type: Annotated[str | None, Field("Kind of device", help="ios, or else Android")] = None
    email: Annotated[str | None, Field("Email")] = None
    external_id: Annotated[str | None, Field("External id")] = None
    ip_address: Annotated[str | None, Field("IP address")] = None
    user_agent: Annotated[str | None, Field("User agent")] = None
    uuid: Annotated[str | None, Field("Browser id", help="The _rdt_uuid cookie.")] = None
    phone_number: Annotated[str | None, Field("Phone")] = None


class DataProcessing(msgspec.Struct, frozen=True, kw_only=True):
    country: Annotated[str | None, Field("Country")] = None
    modes: Annotated[str | None, Field("Modes", help="LDU: limited data use")] = None
    region: Annotated[str | None, Field("Region", help="US-CA")] = None


class Screen(msgspec.Struct, frozen=True, kw_only=True):
    height: Annotated[int | None, Field("Height")] = None
    width: Annotated[int | None, Field("Width")] = None


class Metadata(msgspec.Struct, frozen=True, kw_only=True):
    currency: Annotated[str | None, Field("Currency")] = None
    item_count: Annotated[int | None, Field("Number of items")] = None
    value_decimal: Annotated[Number | None, Field("Value")] = None


_USER: Final = {
    "advertising_id": path("$.context.device.advertisingId"),
    "device_type": path("$.context.device.type"),
    "email": first_of("$.context.traits.email", "$.properties.email"),
    "external_id": first_of("$.userId", "$.anonymousId"),
    "ip_address": path("$.context.ip"),
    "user_agent": path("$.context.userAgent"),
    "uuid": first_of("$.integrations.Reddit Conversions Api.uuid", "$.properties.uuid"),
    "phone_number": first_of("$.context.traits.phone", "$.properties.phone"),
}
_METADATA: Final = {
    "currency": path("$.properties.currency"),
    "item_count": path("$.properties.quantity"),
    "value_decimal": first_of("$.properties.revenue", "$.properties.total"),
}


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """What standard and custom events share."""

    event_at: Annotated[str | Number, Field("Time", type="datetime", required=True, mapping=path("$.timestamp"))]
    click_id: Annotated[
        str | None,
        Field("Click id", mapping=first_of("$.integrations.Reddit Conversions Api.click_id", "$.properties.click_id")),
    ] = None
    products: Annotated[
        list[Product] | None,
        Field(
            "Products",
            mapping=each("$.properties.products", {"category": "category", "id": "product_id", "name": "name"}),
        ),
    ] = None
    user: Annotated[User | None, Field("Person", mapping=_USER)] = None
    data_processing_options: Annotated[DataProcessing | None, Field("Data processing")] = None
    screen_dimensions: Annotated[
        Screen | None,
        Field("Screen", mapping={"height": path("$.context.screen.height"), "width": path("$.context.screen.width")}),
    ] = None
    event_metadata: Annotated[Metadata | None, Field("Money", mapping=_METADATA)] = None
    conversion_id: Annotated[
        str | None, Field("Conversion id", mapping=path("$.messageId"), help="The pixel's: equal ones count once.")
    ] = None

    def __post_init__(self) -> None:
        currency = self.event_metadata.currency if self.event_metadata else None
        if currency and currency_code(currency) is None:
            raise ValueError("event_metadata.currency: found no ISO 4217 code, expected one such as USD")


class StandardEvent(Event, frozen=True, kw_only=True):
    tracking_type: Annotated[
        Literal["PageVisit", "ViewContent", "Search", "AddToCart", "AddToWishlist", "Purchase", "Lead", "SignUp"],
        Field("Event"),
    ]

    @property
    def kind(self) -> dict[str, str]:
        return {"tracking_type": self.tracking_type}


class CustomEvent(Event, frozen=True, kw_only=True):
    custom_event_name: Annotated[str, Field("Event name")]

    @property
    def kind(self) -> dict[str, str]:
        return filled({"tracking_type": "Custom", "custom_event_name": self.custom_event_name.strip()})


def send_batch(rows: Sequence[StandardEvent | CustomEvent], settings: Settings, now: datetime) -> Request:
    """All rows in one request; Reddit takes or refuses it as a whole."""
    return Request(
        url=f"{settings.host}/api/v2.0/conversions/events/{settings.ad_account_id}",
        headers={"authorization": f"Bearer {settings.conversion_token}"},
        json={"events": [_event(row) for row in rows], "test_mode": settings.test_mode, "partner": PARTNER},
    )


def _example(title: str, mapping: dict[str, Any], kind: dict[str, str]) -> Example:
    return Example(
        title=title,
        event=sample_events.PRODUCTS_SEARCHED,
        settings={"ad_account_id": "t2_abc", "conversion_token": "token-1"},
        mapping={**mapping, "user": {"email": path("$.context.traits.email")}},
        request=Request(
            url="https://ads-api.reddit.com/api/v2.0/conversions/events/t2_abc",
            headers={"authorization": "Bearer token-1"},
            json={
                "events": [
                    {
                        "event_at": "2026-01-15T11:30:15.250Z",
                        "event_type": kind,
                        "event_metadata": {
                            "conversion_id": "a461b472cb41a9ec3dee5c90cf8e4a78252c9d82319adf75830031b8c309bfc6"
                        },
                        "user": {"email": "c4d25e9c90ff23e9145397bc6fbd5385ca5fbe78211222ccbecd0b369ebb19a6"},
                    }
                ],
                "test_mode": False,
                "partner": PARTNER,
            },
        ),
    )


@action(
    "standardEvent",
    title="Send a standard event",
    build_batch=send_batch,
    batch_rows_max=EVENTS_IN_REQUEST_MAX,
    examples=[_example("Games were searched for", {"tracking_type": "Search"}, {"tracking_type": "Search"})],
)
def standard_event(row: StandardEvent, settings: Settings, now: datetime) -> Request:
    """One of Reddit's own events."""
    return send_batch([row], settings, now)


@action(
    "customEvent",
    title="Send a custom event",
    build_batch=send_batch,
    batch_rows_max=EVENTS_IN_REQUEST_MAX,
    examples=[
        _example(
            "An event of your own",
            {"custom_event_name": path("$.event")},
            {"tracking_type": "Custom", "custom_event_name": "Products Searched"},
        )
    ],
)
def custom_event(row: CustomEvent, settings: Settings, now: datetime) -> Request:
    """An event by your own name."""
    return send_batch([row], settings, now)


def _event(row: StandardEvent | CustomEvent) -> dict[str, Any]:
    return filled(
        {
            "event_at": _iso(row.event_at),
            "event_type": row.kind,
            "click_id": _trimmed(row.click_id),
            "event_metadata": _metadata(row),
            "user": _user(row),
        }
    )


def _iso(value: str | float) -> str | float:
    """ISO 8601, as Reddit wants it; a text stays as it is."""
    found = None if isinstance(value, str) else moment(value)
    return value if found is None else found.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _metadata(row: Event) -> dict[str, Any]:
    metadata = row.event_metadata or Metadata()
    products = [
        filled({"category": _trimmed(item.category), "id": _trimmed(item.id), "name": _trimmed(item.name)})
        for item in row.products or ()
    ]
    return filled(
        {
            "currency": currency_code(metadata.currency) if metadata.currency else None,
            "item_count": metadata.item_count,
            "value_decimal": metadata.value_decimal,
            "conversion_id": _hashed(row.conversion_id),
        }
    ) | ({"products": products} if row.products is not None else {})


def _user(row: Event) -> dict[str, Any] | None:
    user = row.user
    if user is None:
        return None
    advertising = {"idfa" if user.device_type == "ios" else "aaid": _hashed(user.advertising_id, strip=False)}
    return filled(
        {
            **(advertising if user.device_type else {}),
            "email": _sent("email", user.email),
            "external_id": _sent("external_id", user.external_id),
            "ip_address": _hashed(user.ip_address),
            "user_agent": _trimmed(user.user_agent),
            "uuid": _trimmed(user.uuid),
            "data_processing_options": _processing(row.data_processing_options),
            "screen_dimensions": _screen(row.screen_dimensions),
            "phone_number": _sent("phone", user.phone_number),
        }
    )


def _processing(options: DataProcessing | None) -> dict[str, Any]:
    if options is None:
        return {}
    modes = [mode.strip() for mode in (options.modes or "").split(",") if mode.strip()]
    return filled({"country": _trimmed(options.country), "modes": modes, "region": _trimmed(options.region)})


def _screen(screen: Screen | None) -> dict[str, int]:
    if screen is None or screen.height is None or screen.width is None:
        return {}
    return {"height": screen.height, "width": screen.width}


def _sent(kind: Kind, value: str | None) -> str | None:
    return sent("reddit", kind, value) if value else None


def _hashed(value: str | None, *, strip: bool = True) -> str | None:
    """The SHA-256 of an id that has no canonical form, once."""
    text = (value.strip() if strip else value) if value else None
    form = hash_form(text) if text else None
    if form in ("hex", "base64"):
        return hex_of_hash(text or "", form)
    return sha256_hex(text) if text else None


def _trimmed(value: str | None) -> str | None:
    return value.strip() if value else None


_USER_PATH: Final = "requests.*.json.events.*.user"


def _preset(name: str, value: Any = None) -> dict[str, Any]:
    if value is None:
        return {"tracking_type": name}
    return {
        "tracking_type": name,
        "event_metadata": {"currency": path("$.properties.currency"), "value_decimal": value},
    }


PRESETS: Final = by_event(
    "standardEvent",
    {
        "Order Completed": _preset("Purchase", ORDER_VALUE),
        "Product Added": _preset("AddToCart", path("$.properties.price")),
        "Product Viewed": _preset("ViewContent", path("$.properties.price")),
        "Product Added to Wishlist": _preset("AddToWishlist", path("$.properties.price")),
        "Products Searched": _preset("Search"),
        "Signed Up": _preset("SignUp"),
        "page": _preset("PageVisit"),
    },
)


destination = Destination(
    slug="reddit-conversions-api",
    name="Reddit Conversions",
    settings=Settings,
    actions=[standard_event, custom_event],
    purposes=frozenset({"advertising"}),
    docs_url=_DOCS,
    can_deduplicate=True,
    dedupe_window_seconds=48 * 3600,
    event_age_seconds_max=168 * 3600,
    trial_mode=TrialMode(
        name="test_mode",
        mark=flag_in_body("test_mode", ("",)),
        source=_DOCS,
    ),
    presets=PRESETS,
    facts=[
        Fact("auth", "a conversion token of the ad account, as bearer", _DOCS),
        Fact("limits", "1,000 events in a request", _DOCS),
        Fact("rate", "5,000 requests and 250,000 events a minute and pixel", _DOCS),
        Fact("errors", "a request is taken or refused whole: a refused one is bisected", _DOCS),
        Fact("expiry", "events of the last 168 hours", _DOCS),
        Fact("dedupe", "conversion_id, with the pixel's own", _DOCS),
        Fact("accepted", "taken, not matched", _DOCS),
    ],
    differences=[
        USER_AGENT,
        partner("requests.*.json.partner", "SEGMENT", PARTNER),
        Difference(
            path="requests.*.json.events.*.event_at",
            want=r"re:\d+(\.\d+)?",
            got=r"re:\d{4}-\d\d-\d\dT.*Z",
            reason="times given as numbers are made ISO 8601, as Reddit documents the member",
        ),
        rehashed(f"{_USER_PATH}.email", "given hashes are recognised in any form and sent in lower case"),
        rehashed(f"{_USER_PATH}.phone_number", "E.164: 00 removed; hashes in lower case"),
        unhashed(
            f"{_USER_PATH}.phone_number",
            "a + before a national number of an unknown country would make it somebody else's",
        ),
        *(
            Difference(path=f"{_USER_PATH}.{name}", want="", got="absent", reason="what is empty is left out")
            for name in ("email", "phone_number")
        ),
        Difference(
            path="requests.*",
            want="absent",
            got=r"re:[\s\S]*ads-api\.reddit\.com[\s\S]*",
            reason="a text without @ as e-mail does not lose the event (there: a crash), nor a lower-case currency",
        ),
    ],
)
