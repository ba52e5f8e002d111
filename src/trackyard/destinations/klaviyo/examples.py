"""An event for each action and the exact request it gives."""

from typing import Final

from trackyard.kit import sample_events
from trackyard.kit.action import Example
from trackyard.kit.request import Request

SETTINGS: Final = {"api_key": "key-1"}

UPSERTED: Final = Example(
    title="Somebody is identified",
    event=sample_events.IDENTIFY,
    settings=SETTINGS,
    mapping={},
    request=Request(
        url="https://a.klaviyo.com/api/profiles/",
        headers={
            "authorization": "Klaviyo-API-Key key-1",
            "accept": "application/json",
            "revision": "2025-01-15",
            "content-type": "application/json",
        },
        json={
            "data": {
                "type": "profile",
                "attributes": {
                    "email": "jane.doe@example.com",
                    "phone_number": "+14155552671",
                    "first_name": "Jane",
                    "last_name": "Doe",
                    "location": {"city": "San Francisco", "region": "CA", "country": "US"},
                },
            }
        },
    ),
)
LISTED: Final = Example(
    title="Somebody goes on a list: the first of two requests",
    event=sample_events.track("Audience Entered", {}),
    settings=SETTINGS,
    mapping={"list_id": "L-1"},
    request=Request(
        url="https://a.klaviyo.com/api/profiles/",
        headers={
            "authorization": "Klaviyo-API-Key key-1",
            "accept": "application/json",
            "revision": "2025-01-15",
            "content-type": "application/json",
        },
        json={
            "data": {
                "type": "profile",
                "attributes": {"email": "jane.doe@example.com", "phone_number": "+14155552671", "location": {}},
            }
        },
    ),
)
LEFT: Final = Example(
    title="Somebody leaves a list: the first of three requests",
    event=sample_events.track("Audience Exited", {}),
    settings=SETTINGS,
    mapping={"list_id": "L-1"},
    request=Request(
        url="https://a.klaviyo.com/api/profiles/?filter=any(email,[%22jane.doe@example.com%22])",
        method="GET",
        headers={
            "authorization": "Klaviyo-API-Key key-1",
            "accept": "application/json",
            "revision": "2025-01-15",
            "content-type": "application/json",
        },
    ),
)
REMOVED: Final = Example(
    title="An identified person leaves a list: the first of three requests",
    event=sample_events.IDENTIFY,
    settings=SETTINGS,
    mapping={"list_id": "L-1"},
    request=Request(
        url="https://a.klaviyo.com/api/profiles/?filter=any(email,[%22jane.doe@example.com%22])",
        method="GET",
        headers={
            "authorization": "Klaviyo-API-Key key-1",
            "accept": "application/json",
            "revision": "2025-01-15",
            "content-type": "application/json",
        },
    ),
)
TRACKED: Final = Example(
    title="A game was looked at",
    event=sample_events.PRODUCT_VIEWED,
    settings=SETTINGS,
    mapping={"profile": {"email": {"@path": "$.context.traits.email"}, "external_id": {"@path": "$.userId"}}},
    request=Request(
        url="https://a.klaviyo.com/api/events/",
        headers={
            "authorization": "Klaviyo-API-Key key-1",
            "accept": "application/json",
            "revision": "2025-01-15",
            "content-type": "application/json",
        },
        json={
            "data": {
                "type": "event",
                "attributes": {
                    "properties": {
                        "product_id": "p-1",
                        "sku": "G-32",
                        "name": "Monopoly",
                        "brand": "Hasbro",
                        "category": "Games",
                        "price": 19,
                        "quantity": 1,
                        "currency": "USD",
                    },
                    "time": "2026-01-15T11:30:15.250Z",
                    "unique_id": "m-1",
                    "metric": {"data": {"type": "metric", "attributes": {"name": "Product Viewed"}}},
                    "profile": {
                        "data": {
                            "type": "profile",
                            "attributes": {"email": "jane.doe@example.com", "external_id": "u-1"},
                        }
                    },
                },
            }
        },
    ),
)
ORDERED: Final = Example(
    title="An order; its products follow as events of their own",
    event=sample_events.ORDER_COMPLETED,
    settings=SETTINGS,
    mapping={
        "profile": {"email": {"@path": "$.context.traits.email"}, "external_id": {"@path": "$.userId"}},
        "value": {"@path": "$.properties.revenue"},
        "products": {"@path": "$.properties.products"},
    },
    request=Request(
        url="https://a.klaviyo.com/api/events/",
        headers={
            "authorization": "Klaviyo-API-Key key-1",
            "accept": "application/json",
            "revision": "2025-01-15",
            "content-type": "application/json",
        },
        json={
            "data": {
                "type": "event",
                "attributes": {
                    "properties": {
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
                    "time": "2026-01-15T11:30:15.250Z",
                    "value": 25,
                    "unique_id": "m-1",
                    "metric": {"data": {"type": "metric", "attributes": {"name": "Order Completed"}}},
                    "profile": {
                        "data": {
                            "type": "profile",
                            "attributes": {"email": "jane.doe@example.com", "external_id": "u-1"},
                        }
                    },
                },
            }
        },
    ),
)
SUBSCRIBED: Final = Example(
    title="Somebody consents to messages",
    event=sample_events.track("User Subscribed", {}),
    settings=SETTINGS,
    mapping={},
    request=Request(
        url="https://a.klaviyo.com/api/profile-subscription-bulk-create-jobs/",
        headers={
            "authorization": "Klaviyo-API-Key key-1",
            "accept": "application/json",
            "revision": "2025-01-15",
            "content-type": "application/json",
        },
        json={
            "data": {
                "type": "profile-subscription-bulk-create-job",
                "attributes": {
                    "profiles": {
                        "data": [
                            {
                                "type": "profile",
                                "attributes": {
                                    "subscriptions": {
                                        "email": {"marketing": {"consent": "SUBSCRIBED"}},
                                        "sms": {"marketing": {"consent": "SUBSCRIBED"}},
                                    },
                                    "email": "jane.doe@example.com",
                                    "phone_number": "+14155552671",
                                },
                            }
                        ]
                    },
                    "custom_source": "-59",
                },
            }
        },
    ),
)
UNSUBSCRIBED: Final = Example(
    title="Somebody wants no more messages",
    event=sample_events.track("User Unsubscribed", {}),
    settings=SETTINGS,
    mapping={},
    request=Request(
        url="https://a.klaviyo.com/api/profile-subscription-bulk-delete-jobs",
        headers={
            "authorization": "Klaviyo-API-Key key-1",
            "accept": "application/json",
            "revision": "2025-01-15",
            "content-type": "application/json",
        },
        json={
            "data": {
                "type": "profile-subscription-bulk-delete-job",
                "attributes": {
                    "profiles": {
                        "data": [
                            {
                                "type": "profile",
                                "attributes": {
                                    "subscriptions": {
                                        "email": {"marketing": {"consent": "UNSUBSCRIBED"}},
                                        "sms": {
                                            "marketing": {"consent": "UNSUBSCRIBED"},
                                            "transactional": {"consent": "UNSUBSCRIBED"},
                                        },
                                    },
                                    "email": "jane.doe@example.com",
                                    "phone_number": "+14155552671",
                                },
                            }
                        ]
                    }
                },
            }
        },
    ),
)
