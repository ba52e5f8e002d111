"""Events and purchases (Import API: basic authentication, JSON, one answer for each bad event)."""

import hashlib
from collections.abc import Generator, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec

from trackyard.destinations.mixpanel.browser import browser
from trackyard.destinations.mixpanel.examples import ORDERED, VIEWED
from trackyard.destinations.mixpanel.payload import EVENTS_IN_REQUEST_MAX, Event, Purchase
from trackyard.destinations.mixpanel.requests import Settings, imported, read, read_events
from trackyard.kit.action import Action
from trackyard.kit.canonical_json import canonical_json
from trackyard.kit.dates import moment_of
from trackyard.kit.mappings import path
from trackyard.kit.members import present
from trackyard.kit.outcome import Outcome
from trackyard.kit.request import Request, Response
from trackyard.kit.times import moment, rows_sharing

SOURCE: Final = "trackyard"
LIBRARY: Final = "Trackyard"
BATCH_ROWS: Final = 1_000  # Segment's default
BATCH_BYTES_MAX: Final = 10_000_000  # Import API, uncompressed
_OF_THE_ORDER: Final = {
    "affiliation",
    "subtotal",
    "total",
    "revenue",
    "shipping",
    "tax",
    "discount",
    "coupon",
    "currency",
    "order_number",
    "products",
}


def track_batch(rows: Sequence[Event], settings: Settings, now: datetime) -> Request:
    """All rows in one request."""
    return imported([_event(row, settings, now) for row in rows], settings)


def track(row: Event, settings: Settings, now: datetime) -> Request:
    """One event."""
    return track_batch([row], settings, now)


def purchase_batch(
    rows: Sequence[Purchase], settings: Settings, now: datetime
) -> Generator[Request, Response, Sequence[Outcome]]:
    """Each row's order and its products, as events; the answer names events, of which it makes rows."""
    events = [_purchase(row, settings, now) for row in rows]
    response = yield imported([event for order in events for event in order], settings)
    return read_events(response, [len(order) for order in events])


def purchase(row: Purchase, settings: Settings, now: datetime) -> Generator[Request, Response, Sequence[Outcome]]:
    """One order and its products."""
    return purchase_batch([row], settings, now)


def _purchase(row: Purchase, settings: Settings, now: datetime) -> list[dict[str, Any]]:
    order = _event(row, settings, now)
    if not row.products or not row.generatePurchaseEventPerProduct:
        return [order]
    shared = {name: value for name, value in order["properties"].items() if name not in _OF_THE_ORDER}
    time, insert_id = _time(row, now), _insert_id(row)
    return [order] + [
        {
            "event": "Product Purchased",
            "properties": {**shared, "$insert_id": f"{at}{insert_id}", "time": time - at - 1, **product},
        }
        for at, product in enumerate(row.products)
    ]


def _event(row: Event, settings: Settings, now: datetime) -> dict[str, Any]:
    name, version = browser(row.userAgent) if row.userAgent else (None, None)
    hints = present(msgspec.structs.asdict(row.userAgentData)) if row.userAgentData else {}
    properties = {
        "time": _time(row, now),
        "ip": row.ip,
        "id": row.distinct_id,
        "$anon_id": row.anonymous_id,
        "distinct_id": row.distinct_id or "",  # empty: an event of nobody (Import API)
        "$app_build_number": row.app_build,
        "$app_version_string": row.app_version,
        "$app_namespace": row.app_namespace,
        "$app_name": row.app_name,
        "$browser": name,
        "$browser_version": version,
        "$bluetooth_enabled": row.bluetooth,
        "$cellular_enabled": row.cellular,
        "$carrier": row.carrier,
        "$current_url": row.url,
        "$device": row.device_name,
        "$device_id": row.anonymous_id or row.device_id,  # Mixpanel joins devices and users by this
        "$device_type": row.device_type,
        "$device_name": row.device_name,
        "$group_id": row.group_id,
        "$identified_id": row.user_id,
        "$insert_id": _insert_id(row),
        "$ios_ifa": row.idfa,
        "$lib_version": row.library_version,
        "$locale": row.language,
        "$manufacturer": row.device_manufacturer,
        "$model": row.device_model,
        "$os": row.os_name,
        "$os_version": row.os_version,
        "$referrer": row.referrer,
        "$screen_height": row.screen_height,
        "$screen_width": row.screen_width,
        "$screen_density": row.screen_density,
        "$source": SOURCE,
        "$user_id": row.user_id,
        "$wifi_enabled": row.wifi,
        "mp_country_code": row.country,
        "mp_lib": f"{LIBRARY}: {row.library_name}" if row.library_name else None,
        "segment_source_name": settings.sourceName,
        **(msgspec.structs.asdict(row.utm_properties) if row.utm_properties else {}),
        "advertising_id": row.advertising_id,
        "ad_tracking_enabled": row.ad_tracking_enabled,
        "timezone": row.timezone,
        "app_platform": row.app_platform,
        "event_original_name": row.name,
        "user_agent_data": hints or None,
    }
    return {"event": row.event, "properties": {**present(properties), **(row.event_properties or {})}}


def _time(row: Event, now: datetime) -> int:
    found = moment(row.time) if row.time else None
    if found is not None:
        return round(found.timestamp() * 1000)
    read = moment_of(row.time) if isinstance(row.time, str) else None
    return round(now.timestamp() * 1000) if read is None else round(read)


def _insert_id(row: Event) -> str:
    """The row's own, else one of its content: equal rows count once, and at every attempt it is the same."""
    return row.insert_id or hashlib.sha256(canonical_json(msgspec.to_builtins(row))).hexdigest()[:16]


def _rows_allowed(row: Event) -> int:
    return 1 if row.enable_batching is False else rows_sharing(row.time, int(row.batch_size or BATCH_ROWS))


def _purchases_allowed(row: Purchase) -> int:
    return max(1, min(_rows_allowed(row), EVENTS_IN_REQUEST_MAX // (1 + len(row.products or ()))))


_MESSAGE_ID: Final = {"insert_id": path("$.messageId")}

actions = [
    Action(
        slug="trackEvent",
        title="Track an event",
        trigger='type = "track"',
        payload=Event,
        build=track,
        build_batch=track_batch,
        batch_rows=_rows_allowed,
        batch_rows_max=EVENTS_IN_REQUEST_MAX,
        batch_bytes_max=BATCH_BYTES_MAX,
        always=_MESSAGE_ID,
        read=read,
        examples=[VIEWED],
    ),
    Action(
        slug="trackPurchase",
        title="Track a purchase",
        trigger='type = "track"',
        payload=Purchase,
        build=purchase,
        build_batch=purchase_batch,
        batch_rows=_purchases_allowed,
        batch_rows_max=EVENTS_IN_REQUEST_MAX,
        batch_bytes_max=BATCH_BYTES_MAX,
        always=_MESSAGE_ID,
        read=read,
        examples=[ORDERED],
    ),
]
