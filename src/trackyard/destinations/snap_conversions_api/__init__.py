"""Snap Conversions API v3: web, app and offline events from the server."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Final

import msgspec

from trackyard.destinations.snap_conversions_api.differences import DIFFERENCES
from trackyard.destinations.snap_conversions_api.examples import ORDER_COMPLETED
from trackyard.destinations.snap_conversions_api.payload import App, Custom, Event
from trackyard.destinations.snap_conversions_api.presets import PRESETS
from trackyard.destinations.snap_conversions_api.user import user_data
from trackyard.kit.action import Destination, Fact, action
from trackyard.kit.fields import Field
from trackyard.kit.members import filled, present
from trackyard.kit.money import currency_code
from trackyard.kit.oauth import OAuth, OAuthSettings
from trackyard.kit.request import Request

EVENTS_IN_REQUEST_MAX: Final = 1_000  # Snap documents 2,000 for its second API and nothing for this one
INTEGRATION: Final = "trackyard"
_DOCS: Final = "https://developers.snap.com/api/marketing-api/Conversions-API"
_IOS_APP_ID: Final = re.compile(r"[0-9]+\Z")
_EXTINFO: Final = (
    "packageName",
    "shortVersion",
    "longVersion",
    "osVersion",
    "deviceName",
    "locale",
    "timezone",
    "carrier",
    "width",
    "height",
    "density",
    "cpuCores",
    "storageSize",
    "freeStorage",
    "deviceTimezone",
)


class Settings(OAuthSettings, frozen=True, kw_only=True):
    """What a connection is configured with."""

    pixel_id: Annotated[str | None, Field("Pixel id", help="Of web and offline events.")] = None
    snap_app_id: Annotated[str | None, Field("Snap app id", help="Of app events.")] = None
    app_id: Annotated[str | None, Field("App id", help="In its store: digits for iOS, a package for Android.")] = None
    host: Annotated[str, Field("Host")] = "https://tr.snapchat.com"


def send_batch(rows: Sequence[Event], settings: Settings, now: datetime) -> Request:
    """All rows in one request; they agree on where they come from."""
    source = rows[0].source
    found = settings.snap_app_id if source == "app" else settings.pixel_id
    if source is None or not found:
        raise ValueError(
            "settings: found no id for the source of the event, expected pixel_id (web) or snap_app_id (app)"
        )
    return Request(url=f"{settings.host}/v3/{found}/events", json={"data": [_event(row, settings) for row in rows]})


@action(
    "reportConversionEvent",
    title="Report an event",
    build_batch=send_batch,
    batch_keys=("source",),
    batch_rows_max=EVENTS_IN_REQUEST_MAX,
    examples=[ORDER_COMPLETED],
)
def report_conversion_event(row: Event, settings: Settings, now: datetime) -> Request:
    """One event."""
    return send_batch([row], settings, now)


def _event(row: Event, settings: Settings) -> dict[str, Any]:
    return filled(
        {
            "integration": INTEGRATION,
            "event_id": row.event_id or row.client_dedup_id,
            "event_name": row.name,
            "event_source_url": row.event_source_url or row.page_url,
            "event_time": row.milliseconds,
            "user_data": user_data(row),
            "custom_data": _custom(row),
            "action_source": row.source,
            "app_data": _app(row, settings) if row.source == "app" else None,
            "data_processing_options": ["LDU"] if row.data_processing_options else None,
            "data_processing_options_country": row.data_processing_options_country,
            "data_processing_options_state": row.data_processing_options_state,
        }
    )


def _custom(row: Event) -> dict[str, Any]:
    custom = row.custom_data or Custom()
    products = None if row.products is None else [item for item in row.products if item.item_id is not None]
    currency = custom.currency or row.currency
    old_count = row.number_items if row.number_items and row.number_items.isdecimal() else None
    count = len(products) if products is not None else int(old_count) if old_count else None
    own = present(msgspec.structs.asdict(custom)) | {
        "currency": currency_code(currency) if currency else None,
        "num_items": count if custom.num_items is None else custom.num_items,
        "order_id": custom.order_id or row.transaction_id,
        "search_string": custom.search_string or row.search_string,
        "sign_up_method": custom.sign_up_method or row.sign_up_method,
        "value": row.price if custom.value is None else custom.value,
    }
    return {**filled(own), **_products(row, products)}


def _products(row: Event, products: Sequence[Any] | None) -> dict[str, Any]:
    if products is None:
        old = {"content_ids": _split(row.item_ids), "content_category": _split(row.item_category), "brands": row.brands}
        return filled(old)
    return {
        "content_ids": [item.item_id for item in products],
        "content_category": [item.item_category or "" for item in products],
        "brands": [item.brand or "" for item in products],
    }


def _split(text: str | None) -> list[str]:
    return [part.strip() for part in (text or "").split(";") if part.strip()]


def _app(row: Event, settings: Settings) -> dict[str, Any]:
    app = row.app_data or App()
    version = app.version or ("i2" if _IOS_APP_ID.match(settings.app_id or "") else "a2")
    old = {"osVersion": row.os_version, "deviceName": row.device_model}
    return present(
        {
            "app_id": settings.app_id,
            "advertiser_tracking_enabled": int(bool(app.advertiser_tracking_enabled)),
            "application_tracking_enabled": int(bool(app.application_tracking_enabled)) if row.app_data else None,
            "extinfo": [version, *(getattr(app, name) or old.get(name) or "" for name in _EXTINFO)],
        }
    )


destination = Destination(
    slug="snap-conversions-api",
    name="Snap Conversions",
    settings=Settings,
    actions=[report_conversion_event],
    purposes=frozenset({"advertising"}),
    docs_url=_DOCS,
    can_deduplicate=True,
    dedupe_window_seconds=48 * 3600,
    event_age_seconds_max=37 * 86_400,
    oauth=OAuth(
        authorize_url="https://accounts.snapchat.com/login/oauth2/authorize",
        token_url="https://accounts.snapchat.com/login/oauth2/access_token",
        scopes=("snapchat-offline-conversions-api",),
        query="access_token",
    ),
    presets=PRESETS,
    facts=[
        Fact("auth", "a token in the address, by OAuth or long-lived", f"{_DOCS}/GetStarted"),
        Fact("limits", "1,000 events in a request here", f"{_DOCS}/UsingTheAPI"),
        Fact("errors", "a request is taken or refused whole: a refused one is bisected", f"{_DOCS}/UsingTheAPI"),
        Fact("expiry", "events up to 37 days back", f"{_DOCS}/Introduction"),
        Fact("dedupe", "event_name and event_id, 48 hours", f"{_DOCS}/Deduplication"),
        Fact("accepted", "VALID: taken, not matched", f"{_DOCS}/UsingTheAPI"),
    ],
    differences=DIFFERENCES,
)
