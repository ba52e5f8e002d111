"""Any other event, by Meta's or your own name."""

from typing import Annotated, Any, ClassVar

from trackyard.destinations.facebook_conversions_api.event import EventFields, event_action
from trackyard.destinations.facebook_conversions_api.examples import SIGNED_UP
from trackyard.kit.fields import Field


class Custom(EventFields, frozen=True, kw_only=True):
    needs_user_agent: ClassVar[bool] = False

    event_name: Annotated[str, Field("Event name", mapping={"@path": "$.event"})]


def custom(row: Custom) -> dict[str, Any]:
    return {"event_name": row.event_name, "custom_data": row.custom_data or {}}


actions = [
    event_action("custom", "Custom event", Custom, custom, examples=[SIGNED_UP]),
    event_action("custom2", "Custom event V2", Custom, custom, examples=[SIGNED_UP]),
]
