"""What is sent to TikTok without an edit: its standard events, by the pixel's names."""

from typing import Final

from trackyard.kit.mappings import each, first_of, path
from trackyard.kit.preset import ORDER_VALUE, by_event

# The fields' defaults read the spelling of Segment's TikTok presets only (first_name, postal_code).
_PERSON: Final = {
    "first_name": first_of("$.context.traits.firstName", "$.context.traits.first_name"),
    "last_name": first_of("$.context.traits.lastName", "$.context.traits.last_name"),
    "address": {
        "city": path("$.context.traits.address.city"),
        "state": path("$.context.traits.address.state"),
        "country": path("$.context.traits.address.country"),
        "zip_code": first_of("$.context.traits.address.postalCode", "$.context.traits.address.postal_code"),
    },
}
_PRICE: Final = path("$.properties.price")
_ITEMS: Final = each(
    "$.properties.products",
    {"content_id": "product_id", "content_name": "name", "price": "price", "quantity": "quantity", "brand": "brand"},
)
_ONE: Final = [
    {
        "content_id": path("$.properties.product_id"),
        "content_name": path("$.properties.name"),
        "price": _PRICE,
        "quantity": path("$.properties.quantity"),
        "brand": path("$.properties.brand"),
    }
]

PRESETS: Final = by_event(
    "reportWebEvent",
    {
        "Order Completed": {"event": "Purchase", "value": ORDER_VALUE, "contents": _ITEMS},
        "Checkout Started": {"event": "InitiateCheckout", "value": ORDER_VALUE, "contents": _ITEMS},
        "Payment Info Entered": {"event": "AddPaymentInfo", "value": ORDER_VALUE, "contents": _ITEMS},
        "Product Added": {"event": "AddToCart", "value": _PRICE, "contents": _ONE},
        "Product Viewed": {"event": "ViewContent", "value": _PRICE, "contents": _ONE},
        "Product Added to Wishlist": {"event": "AddToWishlist", "value": _PRICE, "contents": _ONE},
        "Products Searched": {"event": "Search"},
        "Signed Up": {"event": "CompleteRegistration"},
        "Trial Started": {"event": "StartTrial"},
        "page": {"event": "PageView"},
    },
    _PERSON,
)
