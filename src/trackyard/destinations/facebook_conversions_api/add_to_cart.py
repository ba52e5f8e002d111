"""AddToCart: a product was put into the cart."""

from typing import Annotated, Any

from trackyard.destinations.facebook_conversions_api.commerce import FROM_PRODUCT, Commerce, Content
from trackyard.destinations.facebook_conversions_api.event import event_action
from trackyard.destinations.facebook_conversions_api.examples import PRODUCT_ADDED
from trackyard.kit.fields import Field, Number


class AddToCart(Commerce, frozen=True, kw_only=True):
    value: Annotated[Number | None, Field("Value", mapping={"@path": "$.properties.price"})] = None
    contents: Annotated[list[Content] | None, Field("Products", mapping=FROM_PRODUCT)] = None
    content_name: Annotated[str | None, Field("Product or page name")] = None
    content_type: Annotated[str | None, Field("Kind of product ids", help="product or product_group")] = None


def add_to_cart(row: AddToCart) -> dict[str, Any]:
    return {
        "event_name": "AddToCart",
        "custom_data": {
            **row.money_and_contents(),
            "content_name": row.content_name or None,
            "content_type": row.content_type or None,
        },
    }


TRIGGER = 'type = "track" and event = "Product Added"'
actions = [
    event_action("addToCart", "Add to cart", AddToCart, add_to_cart, TRIGGER, [PRODUCT_ADDED]),
    event_action("addToCart2", "Add to cart V2", AddToCart, add_to_cart, TRIGGER, [PRODUCT_ADDED]),
]
