"""An event for each action and the exact request it gives."""

from typing import Final

from trackyard.kit import sample_events
from trackyard.kit.action import Example
from trackyard.kit.request import Request

SETTINGS: Final = {"siteId": "site-1", "apiKey": "key-1"}

IDENTIFIED: Final = Example(
    title="Somebody is identified",
    event=sample_events.IDENTIFY,
    settings=SETTINGS,
    mapping={},
    request=Request(
        url="https://track.customer.io/api/v2/entity",
        headers={"authorization": "Basic c2l0ZS0xOmtleS0x"},
        json={
            "type": "person",
            "action": "identify",
            "attributes": {
                "email": "jane.doe@example.com",
                "phone": "+14155552671",
                "firstName": "Jane",
                "lastName": "Doe",
                "address": {"city": "San Francisco", "state": "CA", "postalCode": "94105", "country": "US"},
                "created_at": 1767323045,
                "anonymous_id": "a-1",
            },
            "timestamp": 1768476615,
            "identifiers": {"id": "u-1"},
        },
    ),
)
MERGED: Final = Example(
    title="An anonymous person becomes a known one",
    event=sample_events.ALIAS,
    settings=SETTINGS,
    mapping={},
    request=Request(
        url="https://track.customer.io/api/v2/entity",
        headers={"authorization": "Basic c2l0ZS0xOmtleS0x"},
        json={"type": "person", "action": "merge", "primary": {"id": "u-1"}, "secondary": {"id": "a-1"}},
    ),
)
DELETED: Final = Example(
    title="Somebody is deleted",
    event=sample_events.track("User Deleted", {}),
    settings=SETTINGS,
    mapping={},
    request=Request(
        url="https://track.customer.io/api/v2/entity",
        headers={"authorization": "Basic c2l0ZS0xOmtleS0x"},
        json={"type": "person", "action": "delete", "identifiers": {"id": "u-1"}},
    ),
)
SUPPRESSED: Final = Example(
    title="Somebody is suppressed",
    event=sample_events.track("User Suppressed", {}),
    settings=SETTINGS,
    mapping={},
    request=Request(
        url="https://track.customer.io/api/v2/entity",
        headers={"authorization": "Basic c2l0ZS0xOmtleS0x"},
        json={"type": "person", "action": "suppress", "identifiers": {"id": "u-1"}},
    ),
)
UNSUPPRESSED: Final = Example(
    title="Somebody may be messaged again",
    event=sample_events.track("User Unsuppressed", {}),
    settings=SETTINGS,
    mapping={},
    request=Request(
        url="https://track.customer.io/api/v2/entity",
        headers={"authorization": "Basic c2l0ZS0xOmtleS0x"},
        json={"type": "person", "action": "unsuppress", "identifiers": {"id": "u-1"}},
    ),
)
ORDERED: Final = Example(
    title="An order",
    event=sample_events.track(
        "Order Completed", {"order_id": "o-1", "total": 27.5, "shipped_at": "2026-01-16T08:00:00Z"}
    ),
    settings=SETTINGS,
    mapping={},
    request=Request(
        url="https://track.customer.io/api/v2/entity",
        headers={"authorization": "Basic c2l0ZS0xOmtleS0x"},
        json={
            "type": "person",
            "action": "event",
            "name": "Order Completed",
            "id": "m-1",
            "attributes": {"order_id": "o-1", "total": 27.5, "shipped_at": 1768550400, "anonymous_id": "a-1"},
            "timestamp": 1768476615,
            "identifiers": {"id": "u-1"},
        },
    ),
)
PAGE_VIEWED: Final = Example(
    title="A page was looked at",
    event=sample_events.PAGE,
    settings=SETTINGS,
    mapping={},
    request=Request(
        url="https://track.customer.io/api/v2/entity",
        headers={"authorization": "Basic c2l0ZS0xOmtleS0x"},
        json={
            "type": "person",
            "action": "page",
            "name": "https://shop.example/checkout",
            "id": "m-1",
            "attributes": {"url": "https://shop.example/checkout", "title": "Checkout", "anonymous_id": "a-1"},
            "timestamp": 1768476615,
            "identifiers": {"id": "u-1"},
        },
    ),
)
SCREEN_VIEWED: Final = Example(
    title="A screen was looked at",
    event=sample_events.SCREEN,
    settings=SETTINGS,
    mapping={},
    request=Request(
        url="https://track.customer.io/api/v2/entity",
        headers={"authorization": "Basic c2l0ZS0xOmtleS0x"},
        json={
            "type": "person",
            "action": "screen",
            "name": "Checkout",
            "id": "m-1",
            "attributes": {"step": 1, "anonymous_id": "a-1"},
            "timestamp": 1768476615,
            "identifiers": {"id": "u-1"},
        },
    ),
)
CONTENT_CLICKED: Final = Example(
    title="An in-app message was clicked",
    event=sample_events.track("Report Content Event", {"actionType": "clicked_content", "trackId": "t-1"}),
    settings=SETTINGS,
    mapping={},
    request=Request(
        url="https://track.customer.io/api/v2/entity",
        headers={"authorization": "Basic c2l0ZS0xOmtleS0x"},
        json={
            "type": "person",
            "action": "clicked_content",
            "name": "clicked_content",
            "attributes": {"trackId": "t-1"},
            "timestamp": 1768476615,
            "identifiers": {"anonymous_id": "a-1"},
        },
    ),
)
DEVICE_SEEN: Final = Example(
    title="The app was opened",
    event={
        **sample_events.track("Application Opened", {}),
        "context": {"device": {"token": "t-1", "type": "ios"}, "app": {"version": "1.2.3"}},
    },
    settings=SETTINGS,
    mapping={},
    request=Request(
        url="https://track.customer.io/api/v2/entity",
        headers={"authorization": "Basic c2l0ZS0xOmtleS0x"},
        json={
            "type": "person",
            "action": "add_device",
            "device": {
                "token": "t-1",
                "platform": "ios",
                "last_used": 1768476615,
                "attributes": {"app_version": "1.2.3"},
            },
            "identifiers": {"id": "u-1"},
        },
    ),
)
DEVICE_DELETED: Final = Example(
    title="The app was removed",
    event={
        **sample_events.track("Application Uninstalled", {}),
        "context": {"device": {"token": "t-1", "type": "ios"}, "app": {"version": "1.2.3"}},
    },
    settings=SETTINGS,
    mapping={},
    request=Request(
        url="https://track.customer.io/api/v2/entity",
        headers={"authorization": "Basic c2l0ZS0xOmtleS0x"},
        json={"type": "person", "action": "delete_device", "device": {"token": "t-1"}, "identifiers": {"id": "u-1"}},
    ),
)
COMPANY: Final = Example(
    title="A company is described",
    event=sample_events.GROUP,
    settings=SETTINGS,
    mapping={"custom_attributes": {"@path": "$.traits"}},
    request=Request(
        url="https://track.customer.io/api/v2/entity",
        headers={"authorization": "Basic c2l0ZS0xOmtleS0x"},
        json={
            "type": "object",
            "action": "identify",
            "attributes": {"name": "Initech", "plan": "enterprise", "employees": 500, "anonymous_id": "a-1"},
            "cio_relationships": [{"identifiers": {"id": "u-1"}}],
            "identifiers": {"object_id": "g-1", "object_type_id": "1"},
        },
    ),
)
OBJECT_DELETED: Final = Example(
    title="An object is deleted",
    event=sample_events.track("Object Deleted", {"objectId": "o-9", "objectTypeId": "2"}),
    settings=SETTINGS,
    mapping={},
    request=Request(
        url="https://track.customer.io/api/v2/entity",
        headers={"authorization": "Basic c2l0ZS0xOmtleS0x"},
        json={"type": "object", "action": "delete", "identifiers": {"object_id": "o-9", "object_type_id": "2"}},
    ),
)
RELATIONSHIP_DELETED: Final = Example(
    title="Somebody leaves a company",
    event=sample_events.track("Relationship Deleted", {"objectId": "o-9"}),
    settings=SETTINGS,
    mapping={},
    request=Request(
        url="https://track.customer.io/api/v2/entity",
        headers={"authorization": "Basic c2l0ZS0xOmtleS0x"},
        json={
            "type": "object",
            "action": "delete_relationships",
            "cio_relationships": [{"identifiers": {"id": "u-1"}}],
            "identifiers": {"object_id": "o-9", "object_type_id": "1"},
            "attributes": {"anonymous_id": "a-1"},
        },
    ),
)
MESSAGE_CLICKED: Final = Example(
    title="A message was clicked",
    event=sample_events.track(
        "Report Delivery Event", {"deliveryId": "d-1", "metric": "clicked", "href": "https://shop.example"}
    ),
    settings=SETTINGS,
    mapping={},
    request=Request(
        url="https://track.customer.io/api/v1/metrics",
        headers={"authorization": "Basic c2l0ZS0xOmtleS0x"},
        json={"delivery_id": "d-1", "metric": "clicked", "timestamp": 1768476615, "href": "https://shop.example"},
    ),
)
