"""Events, and orders with their products."""

from collections.abc import Generator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from trackyard.destinations.klaviyo.examples import ORDERED, TRACKED
from trackyard.destinations.klaviyo.payload import ROWS_MAX, Event, Happening, Order
from trackyard.destinations.klaviyo.requests import Settings, read, request
from trackyard.destinations.klaviyo.rows import rows_allowed
from trackyard.kit.action import Action
from trackyard.kit.members import present
from trackyard.kit.outcome import Delivered, Outcome
from trackyard.kit.request import Request, Response
from trackyard.kit.times import moment


def track(row: Event, settings: Settings, now: datetime) -> Request:
    """One event."""
    return _event(row, row.metric_name, settings)


def track_batch(rows: Sequence[Event], settings: Settings, now: datetime) -> Request:
    """All rows in one job."""
    job = {
        "type": "event-bulk-create-job",
        "attributes": {"events-bulk-create": {"data": [_bulk(row) for row in rows]}},
    }
    return request("event-bulk-create-jobs/", settings, {"data": job})


def order(row: Order, settings: Settings, now: datetime) -> Generator[Request, Response, Sequence[Outcome] | None]:
    """The order, then (Klaviyo took it: 202) an event for each product."""
    response = yield _event(row, row.event_name or "Order Completed", settings)
    outcomes = read(response, 1)
    if response.status != 202:
        return outcomes
    for at, product in enumerate(row.products or []):
        outcomes = read((yield _product(row, product, at, settings)), 1)
        if not isinstance(outcomes[0], Delivered):
            break
    return outcomes


def _product(row: Order, product: Mapping[str, Any], at: int, settings: Settings) -> Request:
    properties = product.get("properties") or {name: value for name, value in product.items() if name != "value"}
    unique_id = f"{row.unique_id}_{product.get('id') or at}" if row.unique_id else None
    attributes = _happened(row, properties, product.get("value"), unique_id)
    return _request(row, row.product_event_name or "Ordered Product", attributes, settings)


def _event(row: Happening, metric: str, settings: Settings) -> Request:
    return _request(row, metric, _happened(row, row.properties, row.value, row.unique_id), settings)


def _request(row: Happening, metric: str, attributes: Mapping[str, Any], settings: Settings) -> Request:
    body = {"type": "event", "attributes": {**attributes, "metric": _metric(metric), "profile": _who(row)}}
    return request("events/", settings, {"data": body})


def _bulk(row: Event) -> dict[str, Any]:
    attributes = {"metric": _metric(row.metric_name), **_happened(row, row.properties, row.value, row.unique_id)}
    events = {"data": [{"type": "event", "attributes": attributes}]}
    return {"type": "event-bulk-create", "attributes": {"profile": _who(row), "events": events}}


def _happened(row: Happening, properties: Mapping[str, Any], value: Any, unique_id: str | None) -> dict[str, Any]:
    members = {"properties": dict(properties), "time": _iso(row.time), "value": value, "unique_id": unique_id}
    return present(members)


def _iso(time: str | float | None) -> str | None:
    """In UTC with milliseconds; a text that is no ISO time stays as it is."""
    if not time:
        return None
    found = moment(time)
    if found is None:
        return str(time)
    return found.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _metric(name: str) -> dict[str, Any]:
    return {"data": {"type": "metric", "attributes": {"name": name}}}


def _who(row: Happening) -> dict[str, Any]:
    return {"data": {"type": "profile", "attributes": row.profile}}


actions = [
    Action(
        slug="trackEvent",
        title="Track an event",
        trigger='type = "track"',
        payload=Event,
        build=track,
        build_batch=track_batch,
        batch_rows=rows_allowed(ROWS_MAX),
        batch_rows_max=ROWS_MAX,
        batch_bytes_max=5_000_000,  # bulk create events, decompressed
        read=read,
        examples=[TRACKED],
    ),
    Action(
        slug="orderCompleted",
        title="Track an order",
        trigger='event = "Order Completed"',
        payload=Order,
        build=order,
        read=read,
        examples=[ORDERED],
    ),
]
