"""Segment: events onward to a source there, with their original message ids."""

from base64 import b64encode
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, Any, Final

import msgspec

from trackyard.kit import sample_events
from trackyard.kit.action import Action, Destination, Example, Fact
from trackyard.kit.fields import Field, Number
from trackyard.kit.mappings import path
from trackyard.kit.members import filled, present
from trackyard.kit.preset import by_type
from trackyard.kit.request import Request

EVENTS_IN_REQUEST_MAX: Final = 100
REQUEST_BYTES_MAX: Final = 500_000  # HTTP Tracking API, "batch"; 32 KB an event
_DOCS: Final = "https://segment.com/docs/connections/sources/catalog/libraries/server/http-api/"


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What a connection is configured with."""

    source_write_key: Annotated[str, Field("Write key", secret=True)]
    host: Annotated[str, Field("Host", help="https://events.eu1.segmentapis.com keeps data in the EU.")] = (
        "https://api.segment.io"
    )


class App(msgspec.Struct, frozen=True, kw_only=True):
    name: Annotated[str | None, Field("Name")] = None
    version: Annotated[str | None, Field("Version")] = None
    build: Annotated[str | None, Field("Build")] = None
    namespace: Annotated[str | None, Field("Namespace")] = None


class Campaign(msgspec.Struct, frozen=True, kw_only=True):
    name: Annotated[str | None, Field("Name")] = None
    source: Annotated[str | None, Field("Source")] = None
    medium: Annotated[str | None, Field("Medium")] = None
    term: Annotated[str | None, Field("Term")] = None
    content: Annotated[str | None, Field("Content")] = None


_DEVICE_NAMES: Final = {"advertising_id": "advertisingId", "adTracking_Enabled": "adTrackingEnabled"}


class Device(msgspec.Struct, frozen=True, kw_only=True):
    id: Annotated[str | None, Field("Id")] = None
    advertising_id: Annotated[str | None, Field("Advertising id")] = None
    adTracking_Enabled: Annotated[bool | None, Field("Ad tracking")] = None
    manufacturer: Annotated[str | None, Field("Manufacturer")] = None
    model: Annotated[str | None, Field("Model")] = None
    name: Annotated[str | None, Field("Name")] = None
    type: Annotated[str | None, Field("Kind")] = None
    token: Annotated[str | None, Field("Push token")] = None


class Location(msgspec.Struct, frozen=True, kw_only=True):
    city: Annotated[str | None, Field("City")] = None
    country: Annotated[str | None, Field("Country")] = None
    latitude: Annotated[Number | None, Field("Latitude")] = None
    longitude: Annotated[Number | None, Field("Longitude")] = None
    speed: Annotated[Number | None, Field("Speed")] = None


class Network(msgspec.Struct, frozen=True, kw_only=True):
    bluetooth: Annotated[bool | None, Field("Bluetooth")] = None
    carrier: Annotated[str | None, Field("Carrier")] = None
    cellular: Annotated[bool | None, Field("Cellular")] = None
    wifi: Annotated[bool | None, Field("Wifi")] = None


class System(msgspec.Struct, frozen=True, kw_only=True):
    name: Annotated[str | None, Field("Name")] = None
    version: Annotated[str | None, Field("Version")] = None


class PageContext(msgspec.Struct, frozen=True, kw_only=True):
    path: Annotated[str | None, Field("Path")] = None
    referrer: Annotated[str | None, Field("Referrer")] = None
    search: Annotated[str | None, Field("Query")] = None
    title: Annotated[str | None, Field("Title")] = None
    url: Annotated[str | None, Field("Address")] = None


class ScreenContext(msgspec.Struct, frozen=True, kw_only=True):
    density: Annotated[Number | None, Field("Density")] = None
    height: Annotated[Number | None, Field("Height")] = None
    width: Annotated[Number | None, Field("Width")] = None


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """What all messages share. `message_id` is the original one: Segment drops a second message with it."""

    user_id: Annotated[str | None, Field("User id")] = None
    anonymous_id: Annotated[str | None, Field("Anonymous id")] = None
    timestamp: Annotated[str | None, Field("Time")] = None
    application: Annotated[App | None, Field("App")] = None
    campaign_parameters: Annotated[Campaign | None, Field("Campaign")] = None
    device: Annotated[Device | None, Field("Device")] = None
    ip_address: Annotated[str | None, Field("IP address")] = None
    locale: Annotated[str | None, Field("Locale")] = None
    location: Annotated[Location | None, Field("Location")] = None
    network: Annotated[Network | None, Field("Network")] = None
    operating_system: Annotated[System | None, Field("Operating system")] = None
    page: Annotated[PageContext | None, Field("Page")] = None
    screen: Annotated[ScreenContext | None, Field("Screen")] = None
    user_agent: Annotated[str | None, Field("User agent")] = None
    timezone: Annotated[str | None, Field("Time zone")] = None
    group_id: Annotated[str | None, Field("Group id")] = None
    message_id: Annotated[str | None, Field("Message id", mapping=path("$.messageId"))] = None
    consent: Annotated[dict[str, Any] | None, Field("Consent", mapping=path("$.context.consent"))] = None

    def __post_init__(self) -> None:
        if not self.user_id and not self.anonymous_id:
            raise ValueError("user_id: found none and no anonymous_id, expected one of them")


class Identify(Message, frozen=True, kw_only=True):
    traits: Annotated[dict[str, Any] | None, Field("Traits")] = None
    address: Annotated[dict[str, Any] | None, Field("Address")] = None


class Group(Message, frozen=True, kw_only=True):
    group_id: Annotated[str, Field("Group id")]
    traits: Annotated[dict[str, Any] | None, Field("Traits")] = None


class Screen(Message, frozen=True, kw_only=True):
    screen_name: Annotated[str | None, Field("Screen name")] = None
    properties: Annotated[dict[str, Any] | None, Field("Properties")] = None


class Page(Message, frozen=True, kw_only=True):
    page_name: Annotated[str | None, Field("Page name")] = None
    page_category: Annotated[str | None, Field("Category")] = None
    properties: Annotated[dict[str, Any] | None, Field("Properties")] = None


class Track(Message, frozen=True, kw_only=True):
    event_name: Annotated[str, Field("Event name")]
    properties: Annotated[dict[str, Any] | None, Field("Properties")] = None
    traits: Annotated[dict[str, Any] | None, Field("Traits")] = None


def identify(row: Identify) -> dict[str, Any]:
    traits = {**(row.traits or {}), **({"address": row.address} if row.address else {})}
    return {"context": _context(row, row.group_id), "traits": traits, "type": "identify"}


def group(row: Group) -> dict[str, Any]:
    return {"groupId": row.group_id, "context": _context(row), "traits": row.traits or {}, "type": "group"}


def screen(row: Screen) -> dict[str, Any]:
    properties = {**present({"name": row.screen_name}), **(row.properties or {})}
    return {
        "name": row.screen_name,
        "context": _context(row, row.group_id),
        "properties": properties,
        "type": "screen",
    }


def page(row: Page) -> dict[str, Any]:
    own = present({"name": row.page_name, "category": row.page_category})
    properties = {**own, **_members(row.page), **(row.properties or {})}
    return {"name": row.page_name, "context": _context(row, row.group_id), "properties": properties, "type": "page"}


def track(row: Track) -> dict[str, Any]:
    context = {"traits": row.traits or {}, **_context(row, row.group_id)}
    return {"event": row.event_name, "context": context, "properties": row.properties or {}, "type": "track"}


def _context(row: Message, group_id: str | None = None) -> dict[str, Any]:
    device = {_DEVICE_NAMES.get(name, name): value for name, value in _members(row.device).items()}
    given = {
        "app": _members(row.application),
        "campaign": _members(row.campaign_parameters),
        "device": device,
        "ip": row.ip_address,
        "locale": row.locale,
        "location": _members(row.location),
        "network": _members(row.network),
        "os": _members(row.operating_system),
        "page": _members(row.page),
        "screen": _members(row.screen),
        "userAgent": row.user_agent,
        "timezone": row.timezone,
        "groupId": group_id,
    }
    return {**filled(given), "consent": row.consent or {}}


def _members(given: msgspec.Struct | None) -> dict[str, Any]:
    return {} if given is None else present(msgspec.structs.asdict(given))


def _message(row: Message, body: dict[str, Any]) -> dict[str, Any]:
    who = {"userId": row.user_id, "anonymousId": row.anonymous_id}
    return present({**who, **body, "timestamp": row.timestamp, "messageId": row.message_id})


def _action(slug: str, title: str, payload: type, body: Callable[[Any], dict[str, Any]], type_: str) -> Action:
    def build(row: Message, settings: Settings, now: datetime) -> Request:
        return build_batch([row], settings, now)

    def build_batch(rows: Sequence[Message], settings: Settings, now: datetime) -> Request:
        key = b64encode(f"{settings.source_write_key}:".encode()).decode()
        return Request(
            url=f"{settings.host}/v1/batch",
            headers={"authorization": f"Basic {key}"},
            json={"batch": [_message(row, body(row)) for row in rows]},
        )

    return Action(
        slug=slug,
        title=title,
        trigger=f'type = "{type_}"',
        payload=payload,
        build=build,
        build_batch=build_batch,
        batch_rows_max=EVENTS_IN_REQUEST_MAX,
        batch_bytes_max=REQUEST_BYTES_MAX,
        handed_to_host=lambda request: request.json,
        examples=[_example(type_)],
    )


_NAMED: Final = {"name": "Checkout", "properties": {"name": "Checkout"}}
_EXAMPLES: Final[dict[str, tuple[dict[str, Any], dict[str, Any], dict[str, Any]]]] = {
    "identify": (sample_events.IDENTIFY, {}, {"traits": {}}),
    "group": (sample_events.GROUP, {"group_id": path("$.groupId")}, {"groupId": "g-1", "traits": {}}),
    "screen": (sample_events.SCREEN, {"screen_name": path("$.name")}, _NAMED),
    "page": (sample_events.PAGE, {"page_name": path("$.name")}, _NAMED),
    "track": (sample_events.SIGNED_UP, {"event_name": path("$.event")}, {"event": "Signed Up", "properties": {}}),
}


def _example(type_: str) -> Example:
    """A message of each type with nothing but who, its own name and its id."""
    event, mapping, own = _EXAMPLES[type_]
    context: dict[str, Any] = {"traits": {}, "consent": {}} if type_ == "track" else {"consent": {}}
    return Example(
        title=f"A {type_} message goes on",
        event=event,
        settings={"source_write_key": "wk_1"},
        mapping={"user_id": path("$.userId"), **mapping},
        request=Request(
            url="https://api.segment.io/v1/batch",
            headers={"authorization": "Basic d2tfMTo="},
            json={"batch": [{"userId": "u-1", "messageId": "m-1", "context": context, "type": type_, **own}]},
        ),
    )


_SHARED: Final = {
    "user_id": path("$.userId"),
    "anonymous_id": path("$.anonymousId"),
    "timestamp": path("$.timestamp"),
    "ip_address": path("$.context.ip"),
    "user_agent": path("$.context.userAgent"),
    "locale": path("$.context.locale"),
    "timezone": path("$.context.timezone"),
    "page": {name: path(f"$.context.page.{name}") for name in PageContext.__struct_fields__},
}
_TRAITS: Final = {"traits": path("$.traits")}
_PROPERTIES: Final = {"properties": path("$.properties")}
PRESETS: Final = [
    *by_type(
        {"track": "sendTrack"},
        {**_SHARED, **_PROPERTIES, "event_name": path("$.event"), "traits": path("$.context.traits")},
    ),
    *by_type({"identify": "sendIdentify"}, {**_SHARED, **_TRAITS}),
    *by_type({"page": "sendPage"}, {**_SHARED, **_PROPERTIES, "page_name": path("$.name")}),
    *by_type({"screen": "sendScreen"}, {**_SHARED, **_PROPERTIES, "screen_name": path("$.name")}),
    *by_type({"group": "sendGroup"}, {**_SHARED, **_TRAITS, "group_id": path("$.groupId")}),
]

destination = Destination(
    slug="segment",
    name="Segment",
    settings=Settings,
    actions=[
        _action("sendIdentify", "Send an identify", Identify, identify, "identify"),
        _action("sendGroup", "Send a group", Group, group, "group"),
        _action("sendScreen", "Send a screen view", Screen, screen, "screen"),
        _action("sendPage", "Send a page view", Page, page, "page"),
        _action("sendTrack", "Send a track event", Track, track, "track"),
    ],
    purposes=frozenset({"functional"}),
    docs_url=_DOCS,
    can_deduplicate=True,
    dedupe_window_seconds=24 * 3600,
    presets=PRESETS,
    facts=[
        Fact("auth", "the source's write key, as basic authentication", _DOCS),
        Fact("limits", "500 KB a request, 32 KB an event", _DOCS),
        Fact("rate", "1,000 events a second and workspace", _DOCS),
        Fact("errors", "200 whatever the events hold; 400 where a request is too large", _DOCS),
        Fact("dedupe", "messageId, at least 24 hours", "https://segment.com/docs/guides/duplicate-data/"),
        Fact("accepted", "200: queued", _DOCS),
    ],
)
