"""An event for each kind of action and the exact request it gives."""

from collections.abc import Mapping
from typing import Any, Final

from trackyard.kit import sample_events
from trackyard.kit.action import Example
from trackyard.kit.request import Request

_USER_DATA: Final = {
    "em": "86e0b9e56c17cc4d12387e1949b85053fbe73bc3ce5a1188713a9d300cc6133d",
    "ph": "758fbf68945f21c416814c539ab578876c8d98fb69e6da692def92cd52417fe0",
    "ln": "799ef92a11af918e3fb741df42934f3b568ed2d93ac1df74f1b8d41a27932a6f",
    "fn": "81f8f6dde88365f3928796ec7aa53f72820b06db8664f5fe76a7eb13e24546a2",
    "ct": "1a6bd4d9d79dc0a79b53795c70d3349fa9e38968a3fbefbfe8783efb1d2b6aac",
    "st": "6959097001d10501ac7d54c0bdb8db61420f658f2922cc26e46d536119a31126",
    "zp": "e73ac16e69f060ee98b0fda5f66f48c4648ee26950e9bab3a097389853fd859e",
    "external_id": ["a24a7f55f278dd49fb1f99c5507800cb198a5bfe10fe2126cd0b25672152b0da"],
    "client_ip_address": "203.0.113.9",
    "client_user_agent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Firefox/140.0",
}
_MONOPOLY: Final = {"id": "p-1", "quantity": 1, "item_price": 19}
_CONTENTS: Final = [_MONOPOLY, {"id": "p-2", "quantity": 2, "item_price": 3}]


def _example(title: str, event: Mapping[str, Any], name: str, custom_data: Mapping[str, Any] | None = None) -> Example:
    data = {
        "event_name": name,
        "event_time": 1768476615,
        "action_source": "website",
        "event_source_url": "https://shop.example/checkout",
        "event_id": "m-1",
        "user_data": _USER_DATA,
    }
    return Example(
        title=title,
        event=event,
        settings={"pixelId": "1234567890", "accessToken": "token-1"},
        mapping={"action_source": "website"},
        request=Request(
            url="https://graph.facebook.com/v26.0/1234567890/events",
            headers={"authorization": "Bearer token-1"},
            json={"data": [data | ({"custom_data": custom_data} if custom_data else {})]},
        ),
    )


ORDER_COMPLETED: Final = _example(
    "An order was paid",
    sample_events.ORDER_COMPLETED,
    "Purchase",
    {"currency": "USD", "value": 25, "contents": _CONTENTS},
)
CHECKOUT_STARTED: Final = _example(
    "A checkout was started",
    sample_events.CHECKOUT_STARTED,
    "InitiateCheckout",
    {"currency": "USD", "value": 25, "contents": _CONTENTS},
)
PRODUCT_ADDED: Final = _example(
    "A game was put into the cart",
    sample_events.PRODUCT_ADDED,
    "AddToCart",
    {"currency": "USD", "value": 19, "contents": [_MONOPOLY]},
)
PRODUCT_VIEWED: Final = _example(
    "A game was looked at",
    sample_events.PRODUCT_VIEWED,
    "ViewContent",
    {"currency": "USD", "value": 19, "content_ids": ["p-1"], "contents": [_MONOPOLY]},
)
PRODUCTS_SEARCHED: Final = _example(
    "Games were searched for", sample_events.PRODUCTS_SEARCHED, "Search", {"search_string": "board games"}
)
PAGE: Final = _example("A page was looked at", sample_events.PAGE, "PageView")
SIGNED_UP: Final = _example("Somebody signed up", sample_events.SIGNED_UP, "Signed Up")
