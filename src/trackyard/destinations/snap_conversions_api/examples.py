"""An event and the exact request it gives."""

from typing import Final

from trackyard.kit import sample_events
from trackyard.kit.action import Example
from trackyard.kit.request import Request

SETTINGS: Final = {"pixel_id": "px-1"}

ORDER_COMPLETED: Final = Example(
    title="An order was paid",
    event=sample_events.ORDER_COMPLETED,
    settings=SETTINGS,
    mapping={"event_name": "PURCHASE", "action_source": "website"},
    request=Request(
        url="https://tr.snapchat.com/v3/px-1/events",
        json={
            "data": [
                {
                    "integration": "trackyard",
                    "event_id": "m-1",
                    "event_name": "PURCHASE",
                    "event_source_url": "https://shop.example/checkout",
                    "event_time": 1768476615250,
                    "user_data": {
                        "country": "79adb2a2fce5c6ba215fe5f27f532d4e7edbac4b6a5e09e1ef3a08084a904621",
                        "ct": "1a6bd4d9d79dc0a79b53795c70d3349fa9e38968a3fbefbfe8783efb1d2b6aac",
                        "st": "6959097001d10501ac7d54c0bdb8db61420f658f2922cc26e46d536119a31126",
                        "zp": "e73ac16e69f060ee98b0fda5f66f48c4648ee26950e9bab3a097389853fd859e",
                        "external_id": ["a24a7f55f278dd49fb1f99c5507800cb198a5bfe10fe2126cd0b25672152b0da"],
                        "client_ip_address": "203.0.113.9",
                        "client_user_agent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Firefox/140.0",
                    },
                    "custom_data": {
                        "currency": "USD",
                        "order_id": "o-1",
                        "value": 25,
                        "num_items": 2,
                        "content_ids": ["p-1", "p-2"],
                        "content_category": ["Games", ""],
                        "brands": ["Hasbro", ""],
                    },
                    "action_source": "website",
                }
            ]
        },
    ),
)
