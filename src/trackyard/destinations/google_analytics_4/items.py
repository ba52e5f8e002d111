"""The products of an event."""

from collections.abc import Sequence
from typing import Annotated, Any, Final

import msgspec

from trackyard.kit.fields import Field, Number
from trackyard.kit.mappings import each
from trackyard.kit.money import currency_code

_MEMBERS: Final = {
    "item_id": "product_id",
    "item_name": "name",
    "affiliation": "affiliation",
    "coupon": "coupon",
    "item_brand": "brand",
    "item_category": "category",
    "item_variant": "variant",
    "price": "price",
    "quantity": "quantity",
}
FROM_PRODUCTS: Final = each("$.properties.products", {**_MEMBERS, "index": "position"})
FROM_PRODUCT: Final = each("$.properties", _MEMBERS)


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """The members an item is known to have; others become item parameters of your own."""

    item_id: Annotated[str | None, Field("Product id")] = None
    item_name: Annotated[str | None, Field("Name")] = None
    affiliation: Annotated[str | None, Field("Shop")] = None
    coupon: Annotated[str | None, Field("Coupon")] = None
    currency: Annotated[str | None, Field("Currency")] = None
    discount: Annotated[Number | None, Field("Discount")] = None
    index: Annotated[Number | None, Field("Place in the list")] = None
    item_brand: Annotated[str | None, Field("Brand")] = None
    item_category: Annotated[str | None, Field("Category")] = None
    item_category2: Annotated[str | None, Field("Second category")] = None
    item_category3: Annotated[str | None, Field("Third category")] = None
    item_category4: Annotated[str | None, Field("Fourth category")] = None
    item_category5: Annotated[str | None, Field("Fifth category")] = None
    item_list_id: Annotated[str | None, Field("List id")] = None
    item_list_name: Annotated[str | None, Field("List")] = None
    item_variant: Annotated[str | None, Field("Variant")] = None
    location_id: Annotated[str | None, Field("Location id")] = None
    price: Annotated[Number | None, Field("Price of one")] = None
    quantity: Annotated[int | None, Field("Quantity")] = None


class PromotedItem(Item, frozen=True, kw_only=True):
    creative_name: Annotated[str | None, Field("Creative")] = None
    creative_slot: Annotated[str | None, Field("Slot")] = None
    promotion_name: Annotated[str | None, Field("Promotion")] = None
    promotion_id: Annotated[str | None, Field("Promotion id")] = None


def checked_items(items: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The items with currencies in upper case; refuses one that has neither name nor id."""
    return [_checked(item) for item in items]


def _checked(item: dict[str, Any]) -> dict[str, Any]:
    if item.get("item_name") is None and item.get("item_id") is None:
        raise ValueError("items: found one without item_id and item_name, expected one of them")
    currency = item.get("currency")
    if not currency:
        return item
    if currency_code(currency) is None:
        raise ValueError("items: found one whose currency is no ISO 4217 code, expected one such as USD")
    return {**item, "currency": currency.upper()}
