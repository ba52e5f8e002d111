"""What became of a message that Customer.io sent (Track API v1, "metrics": one by one)."""

from datetime import datetime
from typing import Annotated, Any, Literal

from trackyard.destinations.customerio.entity import Batched, Settings, request, unix_time
from trackyard.destinations.customerio.examples import MESSAGE_CLICKED
from trackyard.destinations.customerio.reading import read
from trackyard.kit.action import Action
from trackyard.kit.fields import Field, Number
from trackyard.kit.members import filled
from trackyard.kit.request import Request

Metric = Literal["delivered", "opened", "clicked", "converted", "spammed", "bounced", "dropped", "deferred"]


def _of_properties(name: str) -> dict[str, Any]:
    return {"@path": f"$.properties.{name}"}


class DeliveryEvent(Batched, frozen=True, kw_only=True):
    delivery_id: Annotated[str, Field("Delivery id", mapping=_of_properties("deliveryId"))]
    metric: Annotated[Metric, Field("What happened", mapping=_of_properties("metric"))]
    recipient: Annotated[str | None, Field("Recipient", mapping=_of_properties("recipient"))] = None
    reason: Annotated[str | None, Field("Reason", mapping=_of_properties("reason"))] = None
    href: Annotated[str | None, Field("Link", mapping=_of_properties("href"))] = None
    action_name: Annotated[str | None, Field("In-app action", mapping=_of_properties("actionName"))] = None
    action_value: Annotated[str | None, Field("In-app action's value", mapping=_of_properties("actionValue"))] = None
    timestamp: Annotated[
        str | Number | None, Field("Time", type="datetime", format="date-time", mapping={"@path": "$.timestamp"})
    ] = None


def build(row: DeliveryEvent, settings: Settings, now: datetime) -> Request:
    body = {
        "delivery_id": row.delivery_id,
        "metric": row.metric,
        "timestamp": _seconds(row.timestamp, now),
        "recipient": row.recipient,
        "reason": row.reason,
        "href": row.href,
        "metadata": filled({"action_name": row.action_name, "action_value": row.action_value}),
    }
    return request("/api/v1/metrics", filled(body), settings)


def _seconds(timestamp: str | float | None, now: datetime) -> float:
    seconds = unix_time(timestamp)
    try:
        return int(now.timestamp()) if seconds is None else float(seconds) if isinstance(seconds, str) else seconds
    except ValueError:
        return int(now.timestamp())


actions = [
    Action(
        slug="reportDeliveryEvent",
        title="Report a delivery event",
        trigger='event = "Report Delivery Event"',
        payload=DeliveryEvent,
        build=build,
        read=read,
        examples=[MESSAGE_CLICKED],
    )
]
