"""Events of the e-commerce and B2B specifications, as a shop's browser and server send them: for examples and tries."""

from collections.abc import Mapping
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
_FILTERED: Final[dict[str, Any]] = {
    **PRODUCT_LIST_VIEWED["properties"],
    "filters": [{"type": "price", "value": "under-20"}],
    "sorts": [{"type": "price", "value": "asc"}],
}
_STEP: Final[dict[str, Any]] = {
    "checkout_id": "c-1",
    "step": 2,
    "shipping_method": "Express",
    "payment_method": "Visa",
}
_COUPON: Final[dict[str, Any]] = {
    "order_id": "o-1",
    "cart_id": "k-1",
    "coupon_id": "GAMES5",
    "coupon_name": "5 off games",
    "discount": 5,
    "currency": "USD",
}
_WISHED: Final[dict[str, Any]] = {"wishlist_id": "w-1", "wishlist_name": "Birthday", **_MONOPOLY, "currency": "USD"}
_SHARED: Final[dict[str, Any]] = {"share_via": "email", "share_message": "Look at this", "recipient": "a friend"}

# The 28 events of Segment's e-commerce specification, version 2.
ECOMMERCE: Final[Mapping[str, dict[str, Any]]] = {
    sample["event"]: sample
    for sample in (
        PRODUCTS_SEARCHED,
        PRODUCT_LIST_VIEWED,
        track("Product List Filtered", _FILTERED),
        PROMOTION_VIEWED,
        PROMOTION_CLICKED,
        PRODUCT_CLICKED,
        PRODUCT_VIEWED,
        PRODUCT_ADDED,
        PRODUCT_REMOVED,
        CART_VIEWED,
        CHECKOUT_STARTED,
        track("Checkout Step Viewed", _STEP),
        track("Checkout Step Completed", _STEP),
        PAYMENT_INFO_ENTERED,
        track("Order Updated", _CART),
        ORDER_COMPLETED,
        ORDER_REFUNDED,
        track("Order Cancelled", _CART),
        track("Coupon Entered", _COUPON),
        track("Coupon Applied", _COUPON),
        track("Coupon Denied", {**_COUPON, "reason": "Coupon expired"}),
        track("Coupon Removed", _COUPON),
        PRODUCT_WISHED,
        track("Product Removed from Wishlist", _WISHED),
        track("Wishlist Product Added to Cart", {**_WISHED, "cart_id": "k-1"}),
        track("Product Shared", {**_SHARED, **_MONOPOLY, "currency": "USD"}),
        track("Cart Shared", {**_SHARED, "cart_id": "k-1", "products": _CART["products"]}),
        track("Product Reviewed", {"product_id": "p-1", "review_id": "r-1", "review_body": "Fun", "rating": "5"}),
    )
}


def _in_account(name: str, properties: dict[str, Any]) -> dict[str, Any]:
    """A track event of the sample person as a member of an account."""
    return {**track(name, properties), "context": {**_CONTEXT, "groupId": "g-1"}}


_ACCOUNT: Final[dict[str, Any]] = {"account_name": "Initech"}
_TRIAL: Final[dict[str, Any]] = {
    "trial_start_date": "2026-01-15",
    "trial_end_date": "2026-01-29",
    "trial_plan_name": "Business",
}

# The 10 events of Segment's B2B SaaS specification.
B2B: Final[Mapping[str, dict[str, Any]]] = {
    sample["event"]: sample
    for sample in (
        _in_account("Account Created", _ACCOUNT),
        _in_account("Account Deleted", _ACCOUNT),
        _in_account("Signed Up", SIGNED_UP["properties"]),
        _in_account("Signed In", SIGNED_IN["properties"]),
        _in_account("Signed Out", {"username": "jane"}),
        _in_account("Invite Sent", {"invitee_email": "sam@example.com", "invitee_first_name": "Sam"}),
        _in_account("Account Added User", {"role": "Owner"}),
        _in_account("Account Removed User", {}),
        _in_account("Trial Started", _TRIAL),
        _in_account("Trial Ended", _TRIAL),
    )
}

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

# Every sample by the name an operator knows it by.
SAMPLES: Final[Mapping[str, dict[str, Any]]] = {
    **ECOMMERCE,
    **B2B,
    "Lead": LEAD,
    **{sample["type"]: sample for sample in (PAGE, SCREEN, IDENTIFY, GROUP, ALIAS)},
}
