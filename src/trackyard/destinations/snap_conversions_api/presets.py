"""What is sent to Snap without an edit: its standard events, by the pixel's names."""

from typing import Any, Final

from trackyard.kit.mappings import path
from trackyard.kit.preset import ORDER_VALUE, by_event

_USER: Final = {
    "externalId": path("$.userId"),
    "email": path("$.context.traits.email"),
    "phone": path("$.context.traits.phone"),
    "client_ip_address": path("$.context.ip"),
    "client_user_agent": path("$.context.userAgent"),
    "sc_click_id": path("$.integrations.Snap Conversions Api.click_id"),
    "sc_cookie1": path("$.integrations.Snap Conversions Api.uuid_c1"),
}


def _of(name: str, value: Any = None) -> dict[str, Any]:
    custom = {
        "currency": path("$.properties.currency"),
        "order_id": path("$.properties.order_id"),
        "search_string": path("$.properties.query"),
    }
    return {"event_name": name, "custom_data": custom | ({"value": value} if value else {})}


_PRICE: Final = path("$.properties.price")
PRESETS: Final = by_event(
    "reportConversionEvent",
    {
        "Order Completed": _of("PURCHASE", ORDER_VALUE),
        "Checkout Started": _of("START_CHECKOUT", ORDER_VALUE),
        "Payment Info Entered": _of("ADD_BILLING", ORDER_VALUE),
        "Product Added": _of("ADD_CART", _PRICE),
        "Product Viewed": _of("VIEW_CONTENT", _PRICE),
        "Product Added to Wishlist": _of("ADD_TO_WISHLIST", _PRICE),
        "Products Searched": _of("SEARCH"),
        "Signed Up": _of("SIGN_UP"),
        "Trial Started": _of("START_TRIAL"),
        "page": _of("PAGE_VIEW"),
    },
    {"action_source": "website", "user_data": _USER},
)
