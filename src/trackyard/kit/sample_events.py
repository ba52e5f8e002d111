"""Events of the e-commerce and B2B specifications, as a shop's browser and server send them: for examples and tries."""

from typing import Any, Final

_CONTEXT: Final[dict[str, Any]] = {
    "ip": "203.0.113.9",
    "userAgent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Firefox/140.0",
    "locale": "en-US",
    "page": {"url": "https://shop.example/checkout", "path": "/checkout", "title": "Checkout"},
    "traits": {
        "email": "jane.doe@example.com",
        "phone": "+14155552671",
        "firstName": "Jane",
        "lastName": "Doe",
        "address": {"city": "San Francisco", "state": "CA", "postalCode": "94105", "country": "US"},
    },
}
_PERSON: Final[dict[str, Any]] = {
    "messageId": "m-1",
    "anonymousId": "a-1",
    "userId": "u-1",
    "timestamp": "2026-01-15T11:30:15.250Z",
    "context": _CONTEXT,
}
_MONOPOLY: Final[dict[str, Any]] = {
    "product_id": "p-1",
    "sku": "G-32",
    "name": "Monopoly",
    "brand": "Hasbro",
    "category": "Games",
    "price": 19,
    "quantity": 1,
}
_CART: Final[dict[str, Any]] = {
    "order_id": "o-1",
    "total": 27.5,
    "revenue": 25,
    "shipping": 3,
    "tax": 2,
    "currency": "USD",
    "products": [_MONOPOLY, {"product_id": "p-2", "sku": "G-33", "name": "Uno", "price": 3, "quantity": 2}],
}


def track(name: str, properties: dict[str, Any]) -> dict[str, Any]:
    """A track event of the sample person."""
    return {"type": "track", "event": name, **_PERSON, "properties": properties}


ORDER_COMPLETED: Final = track("Order Completed", _CART)
ORDER_REFUNDED: Final = track("Order Refunded", _CART)
CHECKOUT_STARTED: Final = track("Checkout Started", _CART)
PAYMENT_INFO_ENTERED: Final = track("Payment Info Entered", {**_CART, "payment_method": "Visa"})
CART_VIEWED: Final = track("Cart Viewed", _CART)
PRODUCT_ADDED: Final = track("Product Added", {**_MONOPOLY, "currency": "USD"})
PRODUCT_REMOVED: Final = track("Product Removed", {**_MONOPOLY, "currency": "USD"})
PRODUCT_VIEWED: Final = track("Product Viewed", {**_MONOPOLY, "currency": "USD"})
PRODUCT_CLICKED: Final = track("Product Clicked", {**_MONOPOLY, "currency": "USD"})
PRODUCT_WISHED: Final = track("Product Added to Wishlist", {**_MONOPOLY, "currency": "USD"})
PRODUCT_LIST_VIEWED: Final = track(
    "Product List Viewed", {"list_id": "l-1", "category": "Games", "products": _CART["products"]}
)
PRODUCTS_SEARCHED: Final = track("Products Searched", {"query": "board games"})
PROMOTION_VIEWED: Final = track(
    "Promotion Viewed", {"promotion_id": "x-1", "creative": "banner", "name": "Games -20 %", "position": "top"}
)
PROMOTION_CLICKED: Final = {**PROMOTION_VIEWED, "event": "Promotion Clicked"}
SIGNED_UP: Final = track("Signed Up", {"type": "organic", "username": "jane"})
SIGNED_IN: Final = track("Signed In", {"username": "jane"})
LEAD: Final = track("Lead", {"value": 100, "currency": "USD"})
PAGE: Final[dict[str, Any]] = {
    "type": "page",
    "name": "Checkout",
    **_PERSON,
    "properties": {"url": "https://shop.example/checkout", "title": "Checkout"},
}
SCREEN: Final[dict[str, Any]] = {"type": "screen", "name": "Checkout", **_PERSON, "properties": {"step": 1}}
IDENTIFY: Final[dict[str, Any]] = {
    "type": "identify",
    **_PERSON,
    "traits": {**_CONTEXT["traits"], "createdAt": "2026-01-02T03:04:05.000Z"},
}
GROUP: Final[dict[str, Any]] = {
    "type": "group",
    "groupId": "g-1",
    **_PERSON,
    "traits": {"name": "Initech", "plan": "enterprise", "employees": 500},
}
ALIAS: Final[dict[str, Any]] = {"type": "alias", **_PERSON, "previousId": "a-1"}
