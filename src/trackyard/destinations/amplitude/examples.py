"""An event for each action and the exact request it gives."""

from typing import Final

from trackyard.kit import sample_events
from trackyard.kit.action import Example
from trackyard.kit.request import Request

SETTINGS: Final = {"apiKey": "key-1", "secretKey": "secret-1"}

LOGGED: Final = Example(
    title="A game was looked at",
    event=sample_events.PRODUCT_VIEWED,
    settings=SETTINGS,
    mapping={},
    request=Request(
        url="https://api2.amplitude.com/2/httpapi",
        json={
            "api_key": "key-1",
            "events": [
                {
                    "os_name": "Windows",
                    "os_version": "140",
                    "device_model": "Windows",
                    "user_id": "u-1",
                    "device_id": "a-1",
                    "language": "en-US",
                    "event_type": "Product Viewed",
                    "event_properties": {
                        "product_id": "p-1",
                        "sku": "G-32",
                        "name": "Monopoly",
                        "brand": "Hasbro",
                        "category": "Games",
                        "price": 19,
                        "quantity": 1,
                        "currency": "USD",
                    },
                    "ip": "203.0.113.9",
                    "insert_id": "m-1",
                    "time": 1768476615250,
                }
            ],
        },
    ),
)
ORDERED: Final = Example(
    title="An order, with the products as events of their own",
    event=sample_events.ORDER_COMPLETED,
    settings=SETTINGS,
    mapping={},
    request=Request(
        url="https://api2.amplitude.com/2/httpapi",
        json={
            "api_key": "key-1",
            "events": [
                {
                    "os_name": "Windows",
                    "os_version": "140",
                    "device_model": "Windows",
                    "user_id": "u-1",
                    "device_id": "a-1",
                    "language": "en-US",
                    "event_type": "Order Completed",
                    "event_properties": {
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
                    "ip": "203.0.113.9",
                    "insert_id": "m-1",
                    "time": 1768476615250,
                    "revenue": 25,
                    "revenueType": "Purchase",
                },
                {
                    "user_id": "u-1",
                    "device_id": "a-1",
                    "language": "en-US",
                    "event_type": "Product Purchased",
                    "event_properties": {"price": 19, "quantity": 1},
                    "ip": "203.0.113.9",
                    "insert_id": "m-1-2",
                    "time": 1768476615250,
                },
                {
                    "user_id": "u-1",
                    "device_id": "a-1",
                    "language": "en-US",
                    "event_type": "Product Purchased",
                    "event_properties": {"price": 3, "quantity": 2},
                    "ip": "203.0.113.9",
                    "insert_id": "m-1-3",
                    "time": 1768476615250,
                },
            ],
        },
    ),
)
SIGNED_UP: Final = Example(
    title="Somebody signed up",
    event=sample_events.SIGNED_UP,
    settings=SETTINGS,
    mapping={},
    request=Request(
        url="https://api2.amplitude.com/2/httpapi",
        json={
            "api_key": "key-1",
            "events": [
                {
                    "os_name": "Windows",
                    "os_version": "140",
                    "device_model": "Windows",
                    "user_id": "u-1",
                    "device_id": "a-1",
                    "language": "en-US",
                    "event_type": "Signed Up",
                    "event_properties": {"type": "organic", "username": "jane"},
                    "ip": "203.0.113.9",
                    "insert_id": "m-1",
                    "time": 1768476615250,
                }
            ],
        },
    ),
)
IDENTIFIED: Final = Example(
    title="Somebody is identified",
    event=sample_events.IDENTIFY,
    settings=SETTINGS,
    mapping={},
    request=Request(
        url="https://api2.amplitude.com/identify",
        headers={"content-type": "application/x-www-form-urlencoded;charset=UTF-8"},
        body=b"api_key=key-1&identification=%7B%22os_name%22%3A%22Windows%22%2C%22os_version%22%3A%22140%22%2C%22device_model%22%3A%22Windows%22%2C%22user_id%22%3A%22u-1%22%2C%22device_id%22%3A%22a-1%22%2C%22user_properties%22%3A%7B%22email%22%3A%22jane.doe%40example.com%22%2C%22phone%22%3A%22%2B14155552671%22%2C%22firstName%22%3A%22Jane%22%2C%22lastName%22%3A%22Doe%22%2C%22address%22%3A%7B%22city%22%3A%22San+Francisco%22%2C%22state%22%3A%22CA%22%2C%22postalCode%22%3A%2294105%22%2C%22country%22%3A%22US%22%7D%2C%22createdAt%22%3A%222026-01-02T03%3A04%3A05.000Z%22%7D%2C%22language%22%3A%22en-US%22%2C%22library%22%3A%22trackyard%22%7D",
    ),
)
JOINED: Final = Example(
    title="Somebody belongs to a company: the first of two requests",
    event=sample_events.GROUP,
    settings=SETTINGS,
    mapping={"group_type": "company", "group_value": {"@path": "$.groupId"}},
    request=Request(
        url="https://api2.amplitude.com/identify",
        headers={"content-type": "application/x-www-form-urlencoded;charset=UTF-8"},
        body=b"api_key=key-1&identification=%5B%7B%22device_id%22%3A%22a-1%22%2C%22groups%22%3A%7B%22company%22%3A%22g-1%22%7D%2C%22library%22%3A%22trackyard%22%2C%22time%22%3A1768476615250%2C%22user_id%22%3A%22u-1%22%2C%22user_properties%22%3A%7B%22company%22%3A%22g-1%22%7D%7D%5D",
    ),
)
MERGED: Final = Example(
    title="Two ids are one person",
    event=sample_events.ALIAS,
    settings=SETTINGS,
    mapping={},
    request=Request(
        url="https://api.amplitude.com/usermap",
        headers={"content-type": "application/x-www-form-urlencoded;charset=UTF-8"},
        body=b"api_key=key-1&mapping=%5B%7B%22user_id%22%3A%22a-1%22%2C%22global_user_id%22%3A%22u-1%22%7D%5D",
    ),
)
