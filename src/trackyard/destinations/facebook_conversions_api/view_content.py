"""ViewContent: a product was looked at."""

from typing import Annotated, Any

from trackyard.destinations.facebook_conversions_api.commerce import FROM_PRODUCT, Commerce, Content
from trackyard.destinations.facebook_conversions_api.event import event_action
from trackyard.destinations.facebook_conversions_api.examples import PRODUCT_VIEWED
from trackyard.kit.fields import Field, Number


class ViewContent(Commerce, frozen=True, kw_only=True):
    value: Annotated[Number | None, Field("Value", mapping={"@path": "$.properties.price"})] = None
    content_ids: Annotated[list[str] | None, Field("Product ids", mapping={"@path": "$.properties.product_id"})] = None
    contents: Annotated[list[Content] | None, Field("Products", mapping=FROM_PRODUCT)] = None
    content_category: Annotated[str | None, Field("Category")] = None
    content_name: Annotated[str | None, Field("Product or page name")] = None
    content_type: Annotated[str | None, Field("Kind of product ids", help="product or product_group")] = None


def view_content(row: ViewContent) -> dict[str, Any]:
    return {
        "event_name": "ViewContent",
        "custom_data": {
            **row.money_and_contents(),
            "content_name": row.content_name or None,
            "content_type": row.content_type or None,
            "content_category": row.content_category or None,
        },
    }


TRIGGER = 'type = "track" and event = "Product Viewed"'
actions = [
    event_action("viewContent", "View content", ViewContent, view_content, TRIGGER, [PRODUCT_VIEWED]),
    event_action("viewContent2", "View content V2", ViewContent, view_content, TRIGGER, [PRODUCT_VIEWED]),
]
