"""Purchase: an order was paid."""

from typing import Annotated, Any

from trackyard.destinations.facebook_conversions_api.commerce import CURRENCY, Commerce
from trackyard.destinations.facebook_conversions_api.event import event_action
from trackyard.destinations.facebook_conversions_api.examples import ORDER_COMPLETED
from trackyard.kit.fields import Field, Number


class Purchase(Commerce, frozen=True, kw_only=True):
    currency: Annotated[str, Field("Currency", mapping=CURRENCY, help="ISO 4217")]
    value: Annotated[Number, Field("Value", mapping={"@path": "$.properties.revenue"})]
    net_revenue: Annotated[Number | None, Field("Net revenue")] = None
    content_name: Annotated[str | None, Field("Product or page name")] = None
    content_type: Annotated[str | None, Field("Kind of product ids", help="product or product_group")] = None
    num_items: Annotated[int | None, Field("Number of items")] = None


def purchase(row: Purchase) -> dict[str, Any]:
    return {
        "event_name": "Purchase",
        "custom_data": {
            **row.money_and_contents(),
            "net_revenue": row.net_revenue,
            "content_name": row.content_name or None,
            "content_type": row.content_type or None,
            "num_items": row.num_items,
        },
    }


TRIGGER = 'type = "track" and event = "Order Completed"'
actions = [
    event_action("purchase", "Purchase", Purchase, purchase, TRIGGER, [ORDER_COMPLETED]),
    event_action("purchase2", "Purchase V2", Purchase, purchase, TRIGGER, [ORDER_COMPLETED]),
]
