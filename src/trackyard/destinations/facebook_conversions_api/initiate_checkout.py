"""InitiateCheckout: the checkout was started."""

from typing import Annotated, Any

from trackyard.destinations.facebook_conversions_api.commerce import Commerce
from trackyard.destinations.facebook_conversions_api.event import event_action
from trackyard.destinations.facebook_conversions_api.examples import CHECKOUT_STARTED
from trackyard.kit.fields import Field, Number


class InitiateCheckout(Commerce, frozen=True, kw_only=True):
    value: Annotated[Number | None, Field("Value", mapping={"@path": "$.properties.revenue"})] = None
    content_category: Annotated[str | None, Field("Category")] = None
    num_items: Annotated[int | None, Field("Number of items")] = None


def initiate_checkout(row: InitiateCheckout) -> dict[str, Any]:
    return {
        "event_name": "InitiateCheckout",
        "custom_data": {
            **row.money_and_contents(),
            "num_items": row.num_items,
            "content_category": row.content_category or None,
        },
    }


TRIGGER = 'type = "track" and event = "Checkout Started"'
actions = [
    event_action(slug, title, InitiateCheckout, initiate_checkout, TRIGGER, [CHECKOUT_STARTED])
    for slug, title in (("initiateCheckout", "Initiate checkout"), ("initiateCheckout2", "Initiate checkout V2"))
]
