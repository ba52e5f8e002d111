"""An event for each action and the exact request it gives."""

from typing import Final

from trackyard.kit import sample_events
from trackyard.kit.action import Example
from trackyard.kit.request import Request

SETTINGS: Final = {"projectToken": "token-1", "apiSecret": "secret-1"}

VIEWED: Final = Example(
    title="A game was looked at",
    event=sample_events.PRODUCT_VIEWED,
    settings=SETTINGS,
    mapping={},
    request=Request(
        url="https://api.mixpanel.com/import?strict=1",
        headers={"authorization": "Basic c2VjcmV0LTE6"},
        json=[
            {
                "event": "Product Viewed",
                "properties": {
                    "time": 1768476615250,
                    "ip": "203.0.113.9",
                    "id": "u-1",
                    "$anon_id": "a-1",
                    "distinct_id": "u-1",
                    "$browser": "Firefox",
                    "$browser_version": "140.0",
                    "$current_url": "https://shop.example/checkout",
                    "$device_id": "a-1",
                    "$identified_id": "u-1",
                    "$insert_id": "m-1",
                    "$locale": "en-US",
                    "$source": "trackyard",
                    "$user_id": "u-1",
                    "event_original_name": "Product Viewed",
                    "product_id": "p-1",
                    "sku": "G-32",
                    "name": "Monopoly",
                    "brand": "Hasbro",
                    "category": "Games",
                    "price": 19,
                    "quantity": 1,
                    "currency": "USD",
                },
            }
        ],
    ),
)
ORDERED: Final = Example(
    title="An order, with the products as events of their own",
    event=sample_events.ORDER_COMPLETED,
    settings=SETTINGS,
    mapping={},
    request=Request(
        url="https://api.mixpanel.com/import?strict=1",
        headers={"authorization": "Basic c2VjcmV0LTE6"},
        json=[
            {
                "event": "Order Completed",
                "properties": {
                    "time": 1768476615250,
                    "ip": "203.0.113.9",
                    "id": "u-1",
                    "$anon_id": "a-1",
                    "distinct_id": "u-1",
                    "$browser": "Firefox",
                    "$browser_version": "140.0",
                    "$current_url": "https://shop.example/checkout",
                    "$device_id": "a-1",
                    "$identified_id": "u-1",
                    "$insert_id": "m-1",
                    "$locale": "en-US",
                    "$source": "trackyard",
                    "$user_id": "u-1",
                    "event_original_name": "Order Completed",
                    "order_id": "o-1",
                    "total": 27.5,
                    "revenue": 25,
                    "shipping": 3,
                    "tax": 2,
                    "currency": "USD",
                    "products": [
                        {
                            "product_id": "p-1",
                            "sku": "G-32",
                            "name": "Monopoly",
                            "brand": "Hasbro",
                            "category": "Games",
                            "price": 19,
                            "quantity": 1,
                        },
                        {"product_id": "p-2", "sku": "G-33", "name": "Uno", "price": 3, "quantity": 2},
                    ],
                },
            },
            {
                "event": "Product Purchased",
                "properties": {
                    "time": 1768476615249,
                    "ip": "203.0.113.9",
                    "id": "u-1",
                    "$anon_id": "a-1",
                    "distinct_id": "u-1",
                    "$browser": "Firefox",
                    "$browser_version": "140.0",
                    "$current_url": "https://shop.example/checkout",
                    "$device_id": "a-1",
                    "$identified_id": "u-1",
                    "$insert_id": "0m-1",
                    "$locale": "en-US",
                    "$source": "trackyard",
                    "$user_id": "u-1",
                    "event_original_name": "Order Completed",
                    "order_id": "o-1",
                    "product_id": "p-1",
                    "sku": "G-32",
                    "category": "Games",
                    "name": "Monopoly",
                    "brand": "Hasbro",
                    "price": 19,
                    "quantity": 1,
                },
            },
            {
                "event": "Product Purchased",
                "properties": {
                    "time": 1768476615248,
                    "ip": "203.0.113.9",
                    "id": "u-1",
                    "$anon_id": "a-1",
                    "distinct_id": "u-1",
                    "$browser": "Firefox",
                    "$browser_version": "140.0",
                    "$current_url": "https://shop.example/checkout",
                    "$device_id": "a-1",
                    "$identified_id": "u-1",
                    "$insert_id": "1m-1",
                    "$locale": "en-US",
                    "$source": "trackyard",
                    "$user_id": "u-1",
                    "event_original_name": "Order Completed",
                    "order_id": "o-1",
                    "product_id": "p-2",
                    "sku": "G-33",
                    "name": "Uno",
                    "price": 3,
                    "quantity": 2,
                },
            },
        ],
    ),
)
IDENTIFIED: Final = Example(
    title="Somebody is identified: the first of two requests",
    event=sample_events.IDENTIFY,
    settings=SETTINGS,
    mapping={},
    request=Request(
        url="https://api.mixpanel.com/track",
        headers={"content-type": "application/x-www-form-urlencoded;charset=UTF-8"},
        body=b"data=%7B%22event%22%3A%22%24identify%22%2C%22properties%22%3A%7B%22%24identified_id%22%3A%22u-1%22%2C%22%24anon_id%22%3A%22a-1%22%2C%22token%22%3A%22token-1%22%7D%7D",
    ),
)
JOINED: Final = Example(
    title="A company's properties",
    event=sample_events.GROUP,
    settings=SETTINGS,
    mapping={},
    request=Request(
        url="https://api.mixpanel.com/groups",
        headers={"content-type": "application/x-www-form-urlencoded;charset=UTF-8"},
        body=b"data=%7B%22%24token%22%3A%22token-1%22%2C%22%24group_key%22%3A%22%24group_id%22%2C%22%24group_id%22%3A%22g-1%22%2C%22%24set%22%3A%7B%22plan%22%3A%22enterprise%22%2C%22employees%22%3A500%2C%22%24name%22%3A%22Initech%22%7D%7D",
    ),
)
ALIASED: Final = Example(
    title="Two ids are one person",
    event=sample_events.ALIAS,
    settings=SETTINGS,
    mapping={},
    request=Request(
        url="https://api.mixpanel.com/track",
        headers={"content-type": "application/x-www-form-urlencoded;charset=UTF-8"},
        body=b"data=%7B%22event%22%3A%22%24create_alias%22%2C%22properties%22%3A%7B%22distinct_id%22%3A%22a-1%22%2C%22alias%22%3A%22u-1%22%2C%22token%22%3A%22token-1%22%7D%7D",
    ),
)
ADDED: Final = Example(
    title="An order is added up in the person",
    event=sample_events.ORDER_COMPLETED,
    settings=SETTINGS,
    mapping={"increment": {"orders": 1, "spent": {"@path": "$.properties.revenue"}}},
    request=Request(
        url="https://api.mixpanel.com/engage",
        headers={"content-type": "application/x-www-form-urlencoded;charset=UTF-8"},
        body=b"data=%7B%22%24token%22%3A%22token-1%22%2C%22%24distinct_id%22%3A%22u-1%22%2C%22%24ip%22%3A%22203.0.113.9%22%2C%22%24add%22%3A%7B%22orders%22%3A1%2C%22spent%22%3A25%7D%7D",
    ),
)
