"""Products seen, chosen, put into carts and onto wish lists; promotions; searches."""

from typing import Annotated, Any, ClassVar

from trackyard.destinations.google_analytics_4 import examples
from trackyard.destinations.google_analytics_4.event import Ga4Event, ga4_action
from trackyard.destinations.google_analytics_4.items import FROM_PRODUCT, FROM_PRODUCTS, Item, PromotedItem
from trackyard.kit.fields import Field, Number
from trackyard.kit.mappings import path

_ITEM = Field("Items", mapping=FROM_PRODUCT, members=Item)


class Product(Ga4Event, frozen=True, kw_only=True):
    OWN: ClassVar = ("currency", "value", "items")
    CURRENCY_FOR_ITEMS: ClassVar[bool] = True

    currency: Annotated[str | None, Field("Currency", mapping=path("$.properties.currency"), help="ISO 4217")] = None
    value: Annotated[Number | None, Field("Value", mapping=path("$.properties.value"))] = None
    items: Annotated[list[dict[str, Any]], _ITEM]


class SelectItem(Ga4Event, frozen=True, kw_only=True):
    OWN: ClassVar = ("item_list_name", "item_list_id", "items")

    item_list_name: Annotated[str | None, Field("List")] = None
    item_list_id: Annotated[str | None, Field("List id")] = None
    items: Annotated[list[dict[str, Any]], _ITEM]


class ViewItemList(Ga4Event, frozen=True, kw_only=True):
    OWN: ClassVar = ("item_list_id", "item_list_name", "items")

    item_list_id: Annotated[str | None, Field("List id", mapping=path("$.properties.list_id"))] = None
    item_list_name: Annotated[str | None, Field("List", mapping=path("$.properties.category"))] = None
    items: Annotated[list[dict[str, Any]], Field("Items", mapping=FROM_PRODUCTS, members=Item)]


class Promotion(Ga4Event, frozen=True, kw_only=True):
    OWN: ClassVar = ("creative_name", "creative_slot", "location_id", "promotion_id", "promotion_name", "items")

    creative_name: Annotated[str | None, Field("Creative")] = None
    creative_slot: Annotated[str | None, Field("Slot", mapping=path("$.properties.creative"))] = None
    promotion_id: Annotated[str | None, Field("Promotion id", mapping=path("$.properties.promotion_id"))] = None
    promotion_name: Annotated[str | None, Field("Promotion", mapping=path("$.properties.name"))] = None
    location_id: Annotated[str | None, Field("Location id")] = None


class SelectPromotion(Promotion, frozen=True, kw_only=True):
    items: Annotated[list[dict[str, Any]] | None, Field("Items", mapping=FROM_PRODUCT, members=PromotedItem)] = None


class ViewPromotion(Promotion, frozen=True, kw_only=True):
    location_id: Annotated[str | None, Field("Location id", mapping=path("$.properties.position"))] = None
    items: Annotated[list[dict[str, Any]], Field("Items", mapping=FROM_PRODUCT, members=PromotedItem)]


class Search(Ga4Event, frozen=True, kw_only=True):
    OWN: ClassVar = ("search_term",)

    search_term: Annotated[str, Field("What was searched", mapping=path("$.properties.query"))]


def _when(name: str) -> str:
    return f'type = "track" and event = "{name}"'


actions = [
    ga4_action("viewItem", "View item", Product, "view_item", _when("Product Viewed"), examples.VIEW_ITEM),
    ga4_action("addToCart", "Add to cart", Product, "add_to_cart", _when("Product Added"), examples.ADD_TO_CART),
    ga4_action(
        "removeFromCart",
        "Remove from cart",
        Product,
        "remove_from_cart",
        _when("Product Removed"),
        examples.REMOVE_FROM_CART,
    ),
    ga4_action(
        "addToWishlist",
        "Add to wishlist",
        Product,
        "add_to_wishlist",
        _when("Product Added to Wishlist"),
        examples.ADD_TO_WISHLIST,
    ),
    ga4_action("selectItem", "Select item", SelectItem, "select_item", _when("Product Clicked"), examples.SELECT_ITEM),
    ga4_action(
        "viewItemList",
        "View item list",
        ViewItemList,
        "view_item_list",
        _when("Product List Viewed"),
        examples.VIEW_ITEM_LIST,
    ),
    ga4_action(
        "viewPromotion",
        "View promotion",
        ViewPromotion,
        "view_promotion",
        _when("Promotion Viewed"),
        examples.VIEW_PROMOTION,
    ),
    ga4_action(
        "selectPromotion",
        "Select promotion",
        SelectPromotion,
        "select_promotion",
        _when("Promotion Clicked"),
        examples.SELECT_PROMOTION,
    ),
    ga4_action("search", "Search", Search, "search", _when("Products Searched"), examples.SEARCH),
]
