"""An event for each kind of use and the exact request it gives."""

from typing import Final

from trackyard.kit import sample_events
from trackyard.kit.action import Example
from trackyard.kit.request import Request

SETTINGS: Final = {"accessToken": "token-1", "pixelCode": "PIXEL1"}

ORDER_COMPLETED: Final = Example(
    title="An order was paid",
    event=sample_events.ORDER_COMPLETED,
    settings=SETTINGS,
    mapping={
        "event": "Purchase",
        "contents": {
            "@arrayPath": [
                "$.properties.products",
                {
                    "price": {"@path": "$.price"},
                    "quantity": {"@path": "$.quantity"},
                    "content_id": {"@path": "$.product_id"},
                },
            ]
        },
    },
    request=Request(
        url="https://business-api.tiktok.com/open_api/v1.3/event/track/",
        headers={"access-token": "token-1"},
        json={
            "event_source": "web",
            "event_source_id": "PIXEL1",
            "partner_name": "Trackyard",
            "data": [
                {
                    "event": "Purchase",
                    "event_time": 1768476615,
                    "event_id": "m-1",
                    "user": {
                        "external_id": ["a24a7f55f278dd49fb1f99c5507800cb198a5bfe10fe2126cd0b25672152b0da"],
                        "phone": ["cb6880e416769253645cb9c6b8989154bf66a56a77fc14c81fb1019663cbb928"],
                        "email": ["86e0b9e56c17cc4d12387e1949b85053fbe73bc3ce5a1188713a9d300cc6133d"],
                        "first_name": "",
                        "last_name": "",
                        "city": "sanfrancisco",
                        "state": "ca",
                        "country": "us",
                        "zip_code": "",
                        "ip": "203.0.113.9",
                        "user_agent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Firefox/140.0",
                        "locale": "en-US",
                    },
                    "properties": {
                        "contents": [
                            {"price": 19, "quantity": 1, "content_id": "p-1"},
                            {"price": 3, "quantity": 2, "content_id": "p-2"},
                        ],
                        "currency": "USD",
                        "content_type": "product",
                        "value": 25,
                        "order_id": "o-1",
                    },
                    "page": {"url": "https://shop.example/checkout"},
                    "limited_data_use": False,
                }
            ],
        },
    ),
)
PRODUCT_ADDED: Final = Example(
    title="A game was put into the cart",
    event=sample_events.PRODUCT_ADDED,
    settings=SETTINGS,
    mapping={
        "event": "AddToCart",
        "contents": {
            "@arrayPath": [
                "$.properties",
                {
                    "price": {"@path": "$.price"},
                    "quantity": {"@path": "$.quantity"},
                    "content_id": {"@path": "$.product_id"},
                },
            ]
        },
        "value": {"@path": "$.properties.price"},
    },
    request=Request(
        url="https://business-api.tiktok.com/open_api/v1.3/event/track/",
        headers={"access-token": "token-1"},
        json={
            "event_source": "web",
            "event_source_id": "PIXEL1",
            "partner_name": "Trackyard",
            "data": [
                {
                    "event": "AddToCart",
                    "event_time": 1768476615,
                    "event_id": "m-1",
                    "user": {
                        "external_id": ["a24a7f55f278dd49fb1f99c5507800cb198a5bfe10fe2126cd0b25672152b0da"],
                        "phone": ["cb6880e416769253645cb9c6b8989154bf66a56a77fc14c81fb1019663cbb928"],
                        "email": ["86e0b9e56c17cc4d12387e1949b85053fbe73bc3ce5a1188713a9d300cc6133d"],
                        "first_name": "",
                        "last_name": "",
                        "city": "sanfrancisco",
                        "state": "ca",
                        "country": "us",
                        "zip_code": "",
                        "ip": "203.0.113.9",
                        "user_agent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Firefox/140.0",
                        "locale": "en-US",
                    },
                    "properties": {
                        "contents": [{"price": 19, "quantity": 1, "content_id": "p-1"}],
                        "currency": "USD",
                        "content_type": "product",
                        "value": 19,
                    },
                    "page": {"url": "https://shop.example/checkout"},
                    "limited_data_use": False,
                }
            ],
        },
    ),
)
