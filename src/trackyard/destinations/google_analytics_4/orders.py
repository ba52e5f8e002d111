"""Carts, checkouts, orders and refunds."""

from collections.abc import Sequence
from typing import Annotated, Any, ClassVar

from trackyard.destinations.google_analytics_4 import examples
from trackyard.destinations.google_analytics_4.event import Ga4Event, ga4_action
from trackyard.destinations.google_analytics_4.items import FROM_PRODUCTS, Item
from trackyard.kit.fields import Field, Number
from trackyard.kit.mappings import path

_CURRENCY = Field("Currency", mapping=path("$.properties.currency"), help="ISO 4217")
_COUPON = Field("Coupon", mapping=path("$.properties.coupon"))
_ITEMS = Field("Items", mapping=FROM_PRODUCTS, members=Item)
_TOTAL = Field("Value", mapping=path("$.properties.total"))
_VALUE = Field("Value", mapping=path("$.properties.value"))


class Purchase(Ga4Event, frozen=True, kw_only=True):
    OWN: ClassVar[Sequence[str]] = (
        "affiliation",
        "coupon",
        "currency",
        "items",
        "transaction_id",
        "shipping",
        "tax",
        "value",
    )

    affiliation: Annotated[str | None, Field("Shop", mapping=path("$.properties.affiliation"))] = None
    coupon: Annotated[str | None, _COUPON] = None
    currency: Annotated[str, _CURRENCY]
    items: Annotated[list[dict[str, Any]], _ITEMS]
    transaction_id: Annotated[str, Field("Order id", mapping=path("$.properties.order_id"))]
    shipping: Annotated[Number | None, Field("Shipping", mapping=path("$.properties.shipping"))] = None
    tax: Annotated[Number | None, Field("Tax", mapping=path("$.properties.tax"))] = None
    value: Annotated[Number | None, _TOTAL] = None


class Refund(Ga4Event, frozen=True, kw_only=True):
    OWN: ClassVar[Sequence[str]] = (
        "currency",
        "transaction_id",
        "value",
        "affiliation",
        "coupon",
        "shipping",
        "tax",
        "items",
    )
    CURRENCY_FOR_ITEMS: ClassVar[bool] = True

    currency: Annotated[str | None, _CURRENCY] = None
    transaction_id: Annotated[str, Field("Order id", mapping=path("$.properties.order_id"))]
    value: Annotated[Number | None, _TOTAL] = None
    affiliation: Annotated[str | None, Field("Shop", mapping=path("$.properties.affiliation"))] = None
    coupon: Annotated[str | None, Field("Coupon")] = None
    shipping: Annotated[Number | None, Field("Shipping", mapping=path("$.properties.shipping"))] = None
    tax: Annotated[Number | None, Field("Tax")] = None
    items: Annotated[list[dict[str, Any]] | None, _ITEMS] = None


class Cart(Ga4Event, frozen=True, kw_only=True):
    OWN: ClassVar[Sequence[str]] = ("currency", "value", "items")
    CURRENCY_FOR_ITEMS: ClassVar[bool] = True

    currency: Annotated[str | None, _CURRENCY] = None
    value: Annotated[Number | None, _VALUE] = None
    items: Annotated[list[dict[str, Any]], _ITEMS]


class BeginCheckout(Cart, frozen=True, kw_only=True):
    OWN: ClassVar[Sequence[str]] = ("coupon", "currency", "items", "value")

    coupon: Annotated[str | None, _COUPON] = None


class AddPaymentInfo(Cart, frozen=True, kw_only=True):
    OWN: ClassVar[Sequence[str]] = ("currency", "value", "coupon", "payment_type", "items")

    coupon: Annotated[str | None, Field("Coupon")] = None
    payment_type: Annotated[str | None, Field("Payment", mapping=path("$.properties.payment_method"))] = None


def _when(name: str) -> str:
    return f'type = "track" and event = "{name}"'


actions = [
    ga4_action("purchase", "Purchase", Purchase, "purchase", _when("Order Completed"), examples.PURCHASE),
    ga4_action("refund", "Refund", Refund, "refund", _when("Order Refunded"), examples.REFUND),
    ga4_action(
        "beginCheckout",
        "Begin checkout",
        BeginCheckout,
        "begin_checkout",
        _when("Checkout Started"),
        examples.BEGIN_CHECKOUT,
    ),
    ga4_action(
        "addPaymentInfo",
        "Add payment info",
        AddPaymentInfo,
        "add_payment_info",
        _when("Payment Info Entered"),
        examples.ADD_PAYMENT_INFO,
    ),
    ga4_action("viewCart", "View cart", Cart, "view_cart", _when("Cart Viewed"), examples.VIEW_CART),
]
