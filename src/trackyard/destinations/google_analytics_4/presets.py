"""What is sent to GA4 without an edit: its recommended events."""

from typing import Final

from trackyard.kit.mappings import path
from trackyard.kit.preset import ORDER_VALUE, Preset, on_track, on_type

_PRICE: Final = path("$.properties.price")
_PERSON: Final = {"client_id": path("$.anonymousId")}
_OF_ORDERS: Final = {
    "Order Completed": "purchase",
    "Order Refunded": "refund",
    "Checkout Started": "beginCheckout",
    "Payment Info Entered": "addPaymentInfo",
    "Cart Viewed": "viewCart",
}
_OF_PRODUCTS: Final = {
    "Product Viewed": "viewItem",
    "Product Added": "addToCart",
    "Product Removed": "removeFromCart",
    "Product Added to Wishlist": "addToWishlist",
}
_PLAIN: Final = {
    "Product Clicked": "selectItem",
    "Product List Viewed": "viewItemList",
    "Promotion Viewed": "viewPromotion",
    "Promotion Clicked": "selectPromotion",
    "Products Searched": "search",
    "Signed Up": "signUp",
    "Signed In": "login",
}

PRESETS: Final = [
    *(
        Preset(name=event, action=action, trigger=on_track(event), mapping={**_PERSON, "value": ORDER_VALUE})
        for event, action in _OF_ORDERS.items()
    ),
    *(
        Preset(name=event, action=action, trigger=on_track(event), mapping={**_PERSON, "value": _PRICE})
        for event, action in _OF_PRODUCTS.items()
    ),
    *(Preset(name=event, action=action, trigger=on_track(event), mapping=_PERSON) for event, action in _PLAIN.items()),
    Preset(name="Page", action="pageView", trigger=on_type("page"), mapping=_PERSON),
]
