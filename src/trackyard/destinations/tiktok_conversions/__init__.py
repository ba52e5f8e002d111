"""TikTok Events API 2.0: web and CRM events from the server, beside the pixel or instead of it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Final

import msgspec

from trackyard.destinations.tiktok_conversions.differences import DIFFERENCES
from trackyard.destinations.tiktok_conversions.examples import ORDER_COMPLETED, PRODUCT_ADDED
from trackyard.destinations.tiktok_conversions.payload import WebEvent
from trackyard.destinations.tiktok_conversions.presets import PRESETS
from trackyard.destinations.tiktok_conversions.reading import read
from trackyard.destinations.tiktok_conversions.user import user
from trackyard.destinations.tiktok_conversions.verticals import travel_properties, vehicle_properties
from trackyard.kit.action import Destination, Fact, action
from trackyard.kit.fields import Field
from trackyard.kit.members import filled, present
from trackyard.kit.money import currency_code
from trackyard.kit.request import Request
from trackyard.kit.times import rows_sharing, unix_seconds
from trackyard.kit.trial_mode import TrialMode, code_in_body

EVENTS_IN_REQUEST_MAX: Final = 1_000  # Events API 2.0, "batch"
_PAGES: Final = "https://business-api.tiktok.com/portal/docs"
_PLAIN: Final = (
    "content_type",
    "value",
    "query",
    "description",
    "order_id",
    "shop_id",
    "content_ids",
    "delivery_category",
    "num_items",
    "predicted_ltv",
    "search_string",
)


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What a connection is configured with."""

    accessToken: Annotated[str, Field("Access token", secret=True)]
    pixelCode: Annotated[str, Field("Pixel code")]
    host: Annotated[str, Field("Host")] = "https://business-api.tiktok.com"


def send_batch(rows: Sequence[WebEvent], settings: Settings, now: datetime) -> Request:
    """All rows in one request; they agree on source and test code."""
    body = {
        "event_source": rows[0].event_source or "web",
        "event_source_id": settings.pixelCode,
        "partner_name": "Trackyard",
        "test_event_code": rows[0].test_event_code,
    }
    return Request(
        url=f"{settings.host}/open_api/v1.3/event/track/",
        headers={"access-token": settings.accessToken},
        json={**filled(body), "data": [_event(row, now) for row in rows]},
    )


@action(
    "reportWebEvent",
    title="Report an event",
    build_batch=send_batch,
    batch_keys=("event_source", "test_event_code"),
    batch_rows=lambda row: rows_sharing(row.timestamp, EVENTS_IN_REQUEST_MAX),
    batch_rows_max=EVENTS_IN_REQUEST_MAX,
    read=read,
    examples=[ORDER_COMPLETED, PRODUCT_ADDED],
)
def report_web_event(row: WebEvent, settings: Settings, now: datetime) -> Request:
    """One event."""
    return send_batch([row], settings, now)


def _event(row: WebEvent, now: datetime) -> dict[str, Any]:
    seconds = unix_seconds(row.timestamp) if row.timestamp else None
    lead = row.lead_fields if row.event_source == "crm" else None
    members = {
        "event": row.event,
        "event_time": int(now.timestamp()) if seconds is None else seconds,
        "event_id": row.event_id,
        "user": user(row),
        "properties": {**_properties(row), **_vertical(row)},
        "page": filled({"url": row.url, "referrer": row.referrer}),
        "lead": filled({"lead_id": lead.lead_id, "lead_event_source": lead.lead_event_source})
        if lead and lead.lead_id is not None
        else None,
    }
    return {**filled(members), "limited_data_use": bool(row.limited_data_use)}


def _properties(row: WebEvent) -> dict[str, Any]:
    contents = [present(msgspec.structs.asdict(content)) for content in row.contents or ()]
    currency = (currency_code(row.currency) or row.currency) if row.currency else None
    plain = {name: getattr(row, name) for name in _PLAIN}
    return present({"contents": contents, "currency": currency, **plain})


def _vertical(row: WebEvent) -> dict[str, Any]:
    if row.event_source == "crm":
        return {}
    if row.event_spec_type == "travel_fields" and row.travel_fields:
        return travel_properties(row.travel_fields)
    if row.event_spec_type == "vehicle_fields" and row.vehicle_fields:
        return vehicle_properties(row.vehicle_fields)
    return {}


destination = Destination(
    slug="tiktok-conversions",
    name="TikTok Events",
    settings=Settings,
    actions=[report_web_event],
    purposes=frozenset({"advertising"}),
    docs_url=f"{_PAGES}?id=1771100865818625",
    can_deduplicate=True,
    dedupe_window_seconds=48 * 3600,
    presets=PRESETS,
    trial_mode=TrialMode(
        name="test_event_code",
        mark=code_in_body("test_event_code"),
        code_from="Events Manager, your pixel, Test events",
        source=f"{_PAGES}?id=1771100865818625",
    ),
    facts=[
        Fact("auth", "a long-lived access token in the header Access-Token", f"{_PAGES}?id=1739584855420929"),
        Fact("limits", "1,000 events in a request", f"{_PAGES}?id=1771101303285761"),
        Fact("rate", "1,000 requests a second", "RudderStack's tiktok_ads page, read 2026-08"),
        Fact("errors", "HTTP 200 with a code; 20001 is a partial success", f"{_PAGES}?id=1737172488964097"),
        Fact("dedupe", "pixel, event and event_id, 48 hours", "ads.tiktok.com help, Event deduplication"),
        Fact("accepted", "code 0: taken, not matched", f"{_PAGES}?id=1771101303285761"),
    ],
    differences=DIFFERENCES,
)
