"""What the shop events share: money and the things it is about."""

from collections.abc import Sequence
from typing import Annotated, Any, Final

import msgspec

from trackyard.destinations.facebook_conversions_api.event import EventFields
from trackyard.kit.fields import Field, Number
from trackyard.kit.members import filled
from trackyard.kit.money import currency_code

DELIVERY_CATEGORIES: Final = frozenset({"in_store", "curbside", "home_delivery"})
_ITEM: Final[dict[str, Any]] = {
    "id": {"@path": "$.product_id"},
    "quantity": {"@path": "$.quantity"},
    "item_price": {"@path": "$.price"},
}
FROM_PRODUCTS: Final[dict[str, Any]] = {"@arrayPath": ["$.properties.products", _ITEM]}
FROM_PRODUCT: Final[dict[str, Any]] = {"@arrayPath": ["$.properties", _ITEM]}
CURRENCY: Final[dict[str, Any]] = {"@path": "$.properties.currency"}


class Content(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One product of the event."""

    id: Annotated[str | None, Field("Product id", help="As in the catalogue of products at Meta.")] = None
    quantity: Annotated[int | None, Field("Quantity")] = None
    item_price: Annotated[Number | None, Field("Price of one")] = None
    delivery_category: Annotated[str | None, Field("Delivery", help="in_store, curbside or home_delivery")] = None


class Commerce(EventFields, frozen=True, kw_only=True):
    """The members that all shop events share."""

    currency: Annotated[str | None, Field("Currency", mapping=CURRENCY, help="ISO 4217")] = None
    value: Annotated[Number | None, Field("Value")] = None
    content_ids: Annotated[list[str] | None, Field("Product ids")] = None
    contents: Annotated[list[Content] | None, Field("Products", mapping=FROM_PRODUCTS)] = None

    def __post_init__(self) -> None:
        EventFields.__post_init__(self)
        if self.currency and currency_code(self.currency) is None:
            raise ValueError("currency: found no ISO 4217 code, expected one such as USD")
        for content in self.contents or ():
            _check(content)

    def money_and_contents(self) -> dict[str, Any]:
        """The custom data that all shop events share, after the free members, which it overrules."""
        return {
            **(self.custom_data or {}),
            "currency": currency_code(self.currency) if self.currency else None,
            "value": self.value,
            "content_ids": self.content_ids or None,
            "contents": None if self.contents is None else _contents(self.contents),
        }


def _check(content: Content) -> None:
    if not content.id:
        raise ValueError("contents: found a product without id, expected one for each")
    if content.delivery_category and content.delivery_category not in DELIVERY_CATEGORIES:
        raise ValueError(f"contents: found another delivery category, expected one of {sorted(DELIVERY_CATEGORIES)}")


def _contents(contents: Sequence[Content]) -> list[dict[str, Any]]:
    return [filled(msgspec.structs.asdict(content)) for content in contents]
