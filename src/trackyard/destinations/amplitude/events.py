"""Events and purchases (HTTP V2 API, or its batch endpoint)."""

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import msgspec

from trackyard.destinations.amplitude.examples import LOGGED, ORDERED, SIGNED_UP
from trackyard.destinations.amplitude.payload import Event, Logged, LoggedV2, Purchase
from trackyard.destinations.amplitude.requests import (
    LIBRARY,
    Settings,
    address,
    device,
    milliseconds,
    platform,
    read,
    touched,
)
from trackyard.kit.action import Action
from trackyard.kit.mappings import path
from trackyard.kit.members import filled, present
from trackyard.kit.request import Request

_REVENUE: Final = ("revenue", "price", "productId", "quantity", "revenueType")
_NOT_SENT: Final = {
    *_REVENUE,
    *("time", "session_id", "userAgent", "userAgentParsing", "includeRawUserAgent", "userAgentData"),
    *("utm_properties", "referrer", "min_id_length", "library", "library2", "setOnce", "setAlways", "add"),
    *("user_properties", "trackRevenuePerProduct"),
}


def log_event(row: Logged, settings: Settings, now: datetime) -> Request:
    """One event; revenue is left to its properties."""
    return _request([{**device(row), **_members(row, touched(row))}], row, settings)


def log_event_v2(row: LoggedV2, settings: Settings, now: datetime) -> Request:
    """One event that sets, sets once or adds to user properties as it is told."""
    operations = {"$setOnce": row.setOnce, "$set": row.setAlways, "$add": row.add}
    told = {name: value for name, value in operations.items() if any(item != "" for item in (value or {}).values())}
    properties = {**(row.user_properties or {}), **told} if told else row.user_properties
    return _request([{**device(row), **_members(row, properties)}], row, settings)


def log_purchase(row: Purchase, settings: Settings, now: datetime) -> Request:
    """The order and each of its products as an event of its own; revenue with one or the other, never both."""
    order = {name: value for name, value in _members(row, touched(row)).items() if name != "products"}
    products = row.products or []
    per_product = bool(row.trackRevenuePerProduct)
    revenue = {} if products and per_product else _revenue(msgspec.structs.asdict(row))
    events = [{**device(row), **order, **revenue}]
    for number, product in enumerate(products, start=2):
        events.append(
            {
                **order,
                **(_revenue(product) if per_product else {}),
                "event_properties": product,
                "event_type": "Product Purchased",
                **({"insert_id": f"{row.insert_id}-{number}"} if row.insert_id else {}),
            }
        )
    return _request(events, row, settings)


def _members(row: Event, user_properties: Mapping[str, Any] | None) -> dict[str, Any]:
    plain = {
        name: value
        for name, value in msgspec.structs.asdict(row).items()
        if name not in _NOT_SENT and value is not msgspec.UNSET and (value is not None or name == "user_id")
    }
    times = {"time": row.time and milliseconds(row.time), "session_id": row.session_id and milliseconds(row.session_id)}
    return {
        **plain,
        **platform(row),
        **filled(times),
        **present({"user_properties": user_properties, "library": _library(row)}),
    }


def _library(row: Event) -> str | None:
    choice = row.library2
    return choice.mapping if choice and choice.behavior == "use_mapping" else LIBRARY


def _revenue(source: Mapping[str, Any]) -> dict[str, Any]:
    price, quantity, revenue = source.get("price"), source.get("quantity"), source.get("revenue")
    if price is not None and quantity is not None:
        revenue = price * quantity
    if not revenue:
        return {}
    kind = source.get("revenueType")
    return present(
        {
            "revenue": revenue,
            "revenueType": "Purchase" if kind is None else kind,
            "quantity": None if quantity is None else math.floor(quantity + 0.5),
            "price": price,
            "productId": source.get("productId"),
        }
    )


def _request(events: list[dict[str, Any]], row: Event, settings: Settings) -> Request:
    shortest = row.min_id_length
    options = {"options": {"min_id_length": shortest}} if shortest and shortest > 0 else {}
    call = "batch" if row.use_batch_endpoint else "2/httpapi"
    return Request(
        url=address(call, settings),
        json={"api_key": settings.apiKey, "events": events, **options},
    )


_MESSAGE_ID: Final = {"insert_id": path("$.messageId")}  # so that a repeated request counts once

actions = [
    Action(
        slug="logEvent",
        title="Log an event",
        trigger='type = "track"',
        payload=Logged,
        build=log_event,
        always=_MESSAGE_ID,
        read=read,
        examples=[LOGGED],
    ),
    Action(
        slug="logPurchase",
        title="Log a purchase",
        trigger='type = "track"',
        payload=Purchase,
        build=log_purchase,
        always=_MESSAGE_ID,
        read=read,
        examples=[ORDERED],
    ),
    Action(
        slug="logEventV2",
        title="Log an event and set user properties",
        trigger='type = "track"',
        payload=LoggedV2,
        build=log_event_v2,
        always=_MESSAGE_ID,
        read=read,
        examples=[SIGNED_UP],
    ),
]
