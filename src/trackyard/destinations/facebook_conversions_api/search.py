"""Search: products were searched for."""

from typing import Annotated, Any

from trackyard.destinations.facebook_conversions_api.commerce import Commerce
from trackyard.destinations.facebook_conversions_api.event import event_action
from trackyard.destinations.facebook_conversions_api.examples import PRODUCTS_SEARCHED
from trackyard.kit.fields import Field


class Search(Commerce, frozen=True, kw_only=True):
    content_category: Annotated[str | None, Field("Category")] = None
    search_string: Annotated[str | None, Field("What was searched", mapping={"@path": "$.properties.query"})] = None


def search(row: Search) -> dict[str, Any]:
    return {
        "event_name": "Search",
        "custom_data": {
            **row.money_and_contents(),
            "content_category": row.content_category or None,
            "search_string": row.search_string or None,
        },
    }


TRIGGER = 'type = "track" and event = "Products Searched"'
actions = [
    event_action("search", "Search", Search, search, TRIGGER, [PRODUCTS_SEARCHED]),
    event_action("search2", "Search V2", Search, search, TRIGGER, [PRODUCTS_SEARCHED]),
]
