"""An event for each action and the exact request it gives."""

from typing import Final

from trackyard.kit import sample_events
from trackyard.kit.action import Example
from trackyard.kit.request import Request

SETTINGS: Final = {"measurementId": "G-1", "apiSecret": "secret-1"}

PURCHASE: Final = Example(
    title="An order was paid",
    event=sample_events.ORDER_COMPLETED,
    settings=SETTINGS,
    mapping={},
    request=Request(
        url="https://www.google-analytics.com/mp/collect?api_secret=secret-1&measurement_id=G-1",
        json={
            "client_id": "u-1",
            "events": [
                {
                    "name": "purchase",
                    "params": {
                        "currency": "USD",
                        "items": [
                            {
                                "item_id": "p-1",
                                "item_name": "Monopoly",
                                "item_brand": "Hasbro",
                                "item_category": "Games",
                                "price": 19,
                                "quantity": 1,
                            },
                            {"item_id": "p-2", "item_name": "Uno", "price": 3, "quantity": 2},
                        ],
                        "transaction_id": "o-1",
                        "shipping": 3,
                        "tax": 2,
                        "value": 27.5,
                        "engagement_time_msec": 1,
                    },
                }
            ],
            "timestamp_micros": 1768476615250000,
        },
    ),
)
REFUND: Final = Example(
    title="An order was given back",
    event=sample_events.ORDER_REFUNDED,
    settings=SETTINGS,
    mapping={},
    request=Request(
        url="https://www.google-analytics.com/mp/collect?api_secret=secret-1&measurement_id=G-1",
        json={
            "client_id": "u-1",
            "events": [
                {
                    "name": "refund",
                    "params": {
                        "currency": "USD",
                        "transaction_id": "o-1",
                        "value": 27.5,
                        "shipping": 3,
                        "items": [
                            {
                                "item_id": "p-1",
                                "item_name": "Monopoly",
                                "item_brand": "Hasbro",
                                "item_category": "Games",
                                "price": 19,
                                "quantity": 1,
                            },
                            {"item_id": "p-2", "item_name": "Uno", "price": 3, "quantity": 2},
                        ],
                        "engagement_time_msec": 1,
                    },
                }
            ],
            "timestamp_micros": 1768476615250000,
        },
    ),
)
BEGIN_CHECKOUT: Final = Example(
    title="A checkout was started",
    event=sample_events.CHECKOUT_STARTED,
    settings=SETTINGS,
    mapping={"value": {"@path": "$.properties.total"}},
    request=Request(
        url="https://www.google-analytics.com/mp/collect?api_secret=secret-1&measurement_id=G-1",
        json={
            "client_id": "u-1",
            "events": [
                {
                    "name": "begin_checkout",
                    "params": {
                        "currency": "USD",
                        "items": [
                            {
                                "item_id": "p-1",
                                "item_name": "Monopoly",
                                "item_brand": "Hasbro",
                                "item_category": "Games",
                                "price": 19,
                                "quantity": 1,
                            },
                            {"item_id": "p-2", "item_name": "Uno", "price": 3, "quantity": 2},
                        ],
                        "value": 27.5,
                        "engagement_time_msec": 1,
                    },
                }
            ],
            "timestamp_micros": 1768476615250000,
        },
    ),
)
ADD_PAYMENT_INFO: Final = Example(
    title="A card was entered",
    event=sample_events.PAYMENT_INFO_ENTERED,
    settings=SETTINGS,
    mapping={},
    request=Request(
        url="https://www.google-analytics.com/mp/collect?api_secret=secret-1&measurement_id=G-1",
        json={
            "client_id": "u-1",
            "events": [
                {
                    "name": "add_payment_info",
                    "params": {
                        "currency": "USD",
                        "payment_type": "Visa",
                        "items": [
                            {
                                "item_id": "p-1",
                                "item_name": "Monopoly",
                                "item_brand": "Hasbro",
                                "item_category": "Games",
                                "price": 19,
                                "quantity": 1,
                            },
                            {"item_id": "p-2", "item_name": "Uno", "price": 3, "quantity": 2},
                        ],
                        "engagement_time_msec": 1,
                    },
                }
            ],
            "timestamp_micros": 1768476615250000,
        },
    ),
)
VIEW_CART: Final = Example(
    title="The cart was looked at",
    event=sample_events.CART_VIEWED,
    settings=SETTINGS,
    mapping={},
    request=Request(
        url="https://www.google-analytics.com/mp/collect?api_secret=secret-1&measurement_id=G-1",
        json={
            "client_id": "u-1",
            "events": [
                {
                    "name": "view_cart",
                    "params": {
                        "currency": "USD",
                        "items": [
                            {
                                "item_id": "p-1",
                                "item_name": "Monopoly",
                                "item_brand": "Hasbro",
                                "item_category": "Games",
                                "price": 19,
                                "quantity": 1,
                            },
                            {"item_id": "p-2", "item_name": "Uno", "price": 3, "quantity": 2},
                        ],
                        "engagement_time_msec": 1,
                    },
                }
            ],
            "timestamp_micros": 1768476615250000,
        },
    ),
)
VIEW_ITEM: Final = Example(
    title="A game was looked at",
    event=sample_events.PRODUCT_VIEWED,
    settings=SETTINGS,
    mapping={"value": {"@path": "$.properties.price"}},
    request=Request(
        url="https://www.google-analytics.com/mp/collect?api_secret=secret-1&measurement_id=G-1",
        json={
            "client_id": "u-1",
            "events": [
                {
                    "name": "view_item",
                    "params": {
                        "currency": "USD",
                        "value": 19,
                        "items": [
                            {
                                "item_id": "p-1",
                                "item_name": "Monopoly",
                                "item_brand": "Hasbro",
                                "item_category": "Games",
                                "price": 19,
                                "quantity": 1,
                            }
                        ],
                        "engagement_time_msec": 1,
                    },
                }
            ],
            "timestamp_micros": 1768476615250000,
        },
    ),
)
ADD_TO_CART: Final = Example(
    title="A game was put into the cart",
    event=sample_events.PRODUCT_ADDED,
    settings=SETTINGS,
    mapping={},
    request=Request(
        url="https://www.google-analytics.com/mp/collect?api_secret=secret-1&measurement_id=G-1",
        json={
            "client_id": "u-1",
            "events": [
                {
                    "name": "add_to_cart",
                    "params": {
                        "currency": "USD",
                        "items": [
                            {
                                "item_id": "p-1",
                                "item_name": "Monopoly",
                                "item_brand": "Hasbro",
                                "item_category": "Games",
                                "price": 19,
                                "quantity": 1,
                            }
                        ],
                        "engagement_time_msec": 1,
                    },
                }
            ],
            "timestamp_micros": 1768476615250000,
        },
    ),
)
REMOVE_FROM_CART: Final = Example(
    title="A game was taken out",
    event=sample_events.PRODUCT_REMOVED,
    settings=SETTINGS,
    mapping={},
    request=Request(
        url="https://www.google-analytics.com/mp/collect?api_secret=secret-1&measurement_id=G-1",
        json={
            "client_id": "u-1",
            "events": [
                {
                    "name": "remove_from_cart",
                    "params": {
                        "currency": "USD",
                        "items": [
                            {
                                "item_id": "p-1",
                                "item_name": "Monopoly",
                                "item_brand": "Hasbro",
                                "item_category": "Games",
                                "price": 19,
                                "quantity": 1,
                            }
                        ],
                        "engagement_time_msec": 1,
                    },
                }
            ],
            "timestamp_micros": 1768476615250000,
        },
    ),
)
ADD_TO_WISHLIST: Final = Example(
    title="A game was wished for",
    event=sample_events.PRODUCT_WISHED,
    settings=SETTINGS,
    mapping={},
    request=Request(
        url="https://www.google-analytics.com/mp/collect?api_secret=secret-1&measurement_id=G-1",
        json={
            "client_id": "u-1",
            "events": [
                {
                    "name": "add_to_wishlist",
                    "params": {
                        "currency": "USD",
                        "items": [
                            {
                                "item_id": "p-1",
                                "item_name": "Monopoly",
                                "item_brand": "Hasbro",
                                "item_category": "Games",
                                "price": 19,
                                "quantity": 1,
                            }
                        ],
                        "engagement_time_msec": 1,
                    },
                }
            ],
            "timestamp_micros": 1768476615250000,
        },
    ),
)
SELECT_ITEM: Final = Example(
    title="A game was chosen",
    event=sample_events.PRODUCT_CLICKED,
    settings=SETTINGS,
    mapping={},
    request=Request(
        url="https://www.google-analytics.com/mp/collect?api_secret=secret-1&measurement_id=G-1",
        json={
            "client_id": "u-1",
            "events": [
                {
                    "name": "select_item",
                    "params": {
                        "items": [
                            {
                                "item_id": "p-1",
                                "item_name": "Monopoly",
                                "item_brand": "Hasbro",
                                "item_category": "Games",
                                "price": 19,
                                "quantity": 1,
                            }
                        ],
                        "engagement_time_msec": 1,
                    },
                }
            ],
            "timestamp_micros": 1768476615250000,
        },
    ),
)
VIEW_ITEM_LIST: Final = Example(
    title="A list was looked at",
    event=sample_events.PRODUCT_LIST_VIEWED,
    settings=SETTINGS,
    mapping={},
    request=Request(
        url="https://www.google-analytics.com/mp/collect?api_secret=secret-1&measurement_id=G-1",
        json={
            "client_id": "u-1",
            "events": [
                {
                    "name": "view_item_list",
                    "params": {
                        "item_list_id": "l-1",
                        "item_list_name": "Games",
                        "items": [
                            {
                                "item_id": "p-1",
                                "item_name": "Monopoly",
                                "item_brand": "Hasbro",
                                "item_category": "Games",
                                "price": 19,
                                "quantity": 1,
                            },
                            {"item_id": "p-2", "item_name": "Uno", "price": 3, "quantity": 2},
                        ],
                        "engagement_time_msec": 1,
                    },
                }
            ],
            "timestamp_micros": 1768476615250000,
        },
    ),
)
VIEW_PROMOTION: Final = Example(
    title="A promotion was shown",
    event=sample_events.PROMOTION_VIEWED,
    settings=SETTINGS,
    mapping={},
    request=Request(
        url="https://www.google-analytics.com/mp/collect?api_secret=secret-1&measurement_id=G-1",
        json={
            "client_id": "u-1",
            "events": [
                {
                    "name": "view_promotion",
                    "params": {
                        "creative_slot": "banner",
                        "location_id": "top",
                        "promotion_id": "x-1",
                        "promotion_name": "Games -20 %",
                        "items": [{"item_name": "Games -20 %"}],
                        "engagement_time_msec": 1,
                    },
                }
            ],
            "timestamp_micros": 1768476615250000,
        },
    ),
)
SELECT_PROMOTION: Final = Example(
    title="A promotion was clicked",
    event=sample_events.PROMOTION_CLICKED,
    settings=SETTINGS,
    mapping={},
    request=Request(
        url="https://www.google-analytics.com/mp/collect?api_secret=secret-1&measurement_id=G-1",
        json={
            "client_id": "u-1",
            "events": [
                {
                    "name": "select_promotion",
                    "params": {
                        "creative_slot": "banner",
                        "promotion_id": "x-1",
                        "promotion_name": "Games -20 %",
                        "items": [{"item_name": "Games -20 %"}],
                        "engagement_time_msec": 1,
                    },
                }
            ],
            "timestamp_micros": 1768476615250000,
        },
    ),
)
SEARCH: Final = Example(
    title="Games were searched for",
    event=sample_events.PRODUCTS_SEARCHED,
    settings=SETTINGS,
    mapping={},
    request=Request(
        url="https://www.google-analytics.com/mp/collect?api_secret=secret-1&measurement_id=G-1",
        json={
            "client_id": "u-1",
            "events": [{"name": "search", "params": {"search_term": "board games", "engagement_time_msec": 1}}],
            "timestamp_micros": 1768476615250000,
        },
    ),
)
SIGN_UP: Final = Example(
    title="Somebody signed up",
    event=sample_events.SIGNED_UP,
    settings=SETTINGS,
    mapping={},
    request=Request(
        url="https://www.google-analytics.com/mp/collect?api_secret=secret-1&measurement_id=G-1",
        json={
            "client_id": "u-1",
            "events": [{"name": "sign_up", "params": {"method": "organic", "engagement_time_msec": 1}}],
            "timestamp_micros": 1768476615250000,
        },
    ),
)
LOGIN: Final = Example(
    title="Somebody logged in",
    event=sample_events.SIGNED_IN,
    settings=SETTINGS,
    mapping={"method": "password"},
    request=Request(
        url="https://www.google-analytics.com/mp/collect?api_secret=secret-1&measurement_id=G-1",
        json={
            "client_id": "u-1",
            "events": [{"name": "login", "params": {"method": "password", "engagement_time_msec": 1}}],
            "timestamp_micros": 1768476615250000,
        },
    ),
)
LEAD: Final = Example(
    title="Somebody left an address",
    event=sample_events.LEAD,
    settings=SETTINGS,
    mapping={},
    request=Request(
        url="https://www.google-analytics.com/mp/collect?api_secret=secret-1&measurement_id=G-1",
        json={
            "client_id": "u-1",
            "events": [
                {"name": "generate_lead", "params": {"currency": "USD", "value": 100, "engagement_time_msec": 1}}
            ],
            "timestamp_micros": 1768476615250000,
        },
    ),
)
PAGE_VIEW: Final = Example(
    title="A page was looked at",
    event=sample_events.PAGE,
    settings=SETTINGS,
    mapping={},
    request=Request(
        url="https://www.google-analytics.com/mp/collect?api_secret=secret-1&measurement_id=G-1",
        json={
            "client_id": "u-1",
            "events": [
                {
                    "name": "page_view",
                    "params": {
                        "page_location": "https://shop.example/checkout",
                        "page_title": "Checkout",
                        "engagement_time_msec": 1,
                    },
                }
            ],
            "timestamp_micros": 1768476615250000,
        },
    ),
)
CUSTOM_EVENT: Final = Example(
    title="An event of your own",
    event=sample_events.track("Level Reached", {"level": 3}),
    settings=SETTINGS,
    mapping={"params": {"@path": "$.properties"}, "lowercase": True},
    request=Request(
        url="https://www.google-analytics.com/mp/collect?api_secret=secret-1&measurement_id=G-1",
        json={
            "client_id": "u-1",
            "events": [{"name": "level_reached", "params": {"engagement_time_msec": 1, "level": 3}}],
            "timestamp_micros": 1768476615250000,
        },
    ),
)
