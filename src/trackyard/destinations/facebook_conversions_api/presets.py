"""What is sent to Meta without an edit: its standard events, by the pixel's names."""

from typing import Any, Final

from trackyard.kit.mappings import each, path
from trackyard.kit.preset import ORDER_VALUE, Preset, on_track, on_type

_PRICE: Final = path("$.properties.price")
_ITEMS: Final = {"contents": each("$.properties.products", {"id": "product_id", "quantity": "quantity"})}


def _custom(event: str, name: str, data: dict[str, Any] | None = None) -> Preset:
    mapping = {"event_name": name, **({"custom_data": data} if data else {})}
    return Preset(name=event, action="custom", trigger=on_track(event), mapping=mapping)


PRESETS: Final = [
    Preset(
        name="Order Completed", action="purchase", trigger=on_track("Order Completed"), mapping={"value": ORDER_VALUE}
    ),
    Preset(
        name="Checkout Started",
        action="initiateCheckout",
        trigger=on_track("Checkout Started"),
        mapping={"value": ORDER_VALUE},
    ),
    Preset(name="Product Added", action="addToCart", trigger=on_track("Product Added"), mapping={"value": _PRICE}),
    Preset(name="Product Viewed", action="viewContent", trigger=on_track("Product Viewed"), mapping={"value": _PRICE}),
    Preset(name="Products Searched", action="search", trigger=on_track("Products Searched")),
    Preset(name="Page", action="pageView", trigger=on_type("page")),
    _custom(
        "Payment Info Entered",
        "AddPaymentInfo",
        {"value": ORDER_VALUE, "currency": path("$.properties.currency"), **_ITEMS},
    ),
    _custom("Product Added to Wishlist", "AddToWishlist", {"value": _PRICE, "currency": path("$.properties.currency")}),
    _custom("Signed Up", "CompleteRegistration"),
    _custom("Trial Started", "StartTrial"),
]
