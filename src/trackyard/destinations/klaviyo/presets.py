"""What is sent to Klaviyo without an edit: people, every event, orders with their products."""

from typing import Final

from trackyard.kit.mappings import each, path
from trackyard.kit.preset import ORDER_VALUE, Preset, all_but, by_type, on_track, on_type

_PERSON: Final = {
    "profile": {
        "email": path("$.context.traits.email"),
        "phone_number": path("$.context.traits.phone"),
        "external_id": path("$.userId"),
        "anonymous_id": path("$.anonymousId"),
    }
}

PRESETS: Final = [
    Preset(name="Track", action="trackEvent", trigger=all_but(on_type("track"), "Order Completed"), mapping=_PERSON),
    Preset(
        name="Order Completed",
        action="orderCompleted",
        trigger=on_track("Order Completed"),
        mapping={
            **_PERSON,
            "value": ORDER_VALUE,
            "products": each("$.properties.products", {"id": "product_id", "value": "price", "name": "name"}),
        },
    ),
    *by_type({"identify": "upsertProfile"}),
]
