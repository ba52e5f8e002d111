"""An event for each action and the exact request it gives."""

from typing import Final

from trackyard.kit import sample_events
from trackyard.kit.action import Example
from trackyard.kit.request import Request

SETTINGS: Final = {"portalId": "1"}

CONTACT: Final = Example(
    title="Somebody is identified: the first request, which suffices where the contact is known",
    event=sample_events.IDENTIFY,
    settings=SETTINGS,
    mapping={},
    request=Request(
        url="https://api.hubapi.com/crm/v3/objects/contacts/jane.doe@example.com?idProperty=email",
        method="PATCH",
        json={
            "properties": {
                "firstname": "Jane",
                "lastname": "Doe",
                "phone": "+14155552671",
                "city": "San Francisco",
                "state": "CA",
                "country": "US",
                "zip": "94105",
                "email": "jane.doe@example.com",
            }
        },
    ),
)
COMPANY: Final = Example(
    title="Somebody belongs to a company: the first request",
    event=sample_events.GROUP,
    settings=SETTINGS,
    mapping={},
    request=Request(
        url="https://api.hubapi.com/crm/v3/objects/companies/g-1?idProperty=segment_group_id",
        method="PATCH",
        json={"properties": {"name": "Initech", "numberofemployees": 500, "segment_group_id": "g-1"}},
    ),
)
RECORD: Final = Example(
    title="An order becomes a record",
    event=sample_events.ORDER_COMPLETED,
    settings=SETTINGS,
    mapping={
        "objectType": "orders",
        "properties": {"order_id": {"@path": "$.properties.order_id"}, "amount": {"@path": "$.properties.revenue"}},
    },
    request=Request(
        url="https://api.hubapi.com/crm/v3/objects/orders",
        json={"properties": {"order_id": "o-1", "amount": 25}, "associations": []},
    ),
)
OBJECT: Final = Example(
    title="A contact by its email: the properties are looked up first",
    event=sample_events.IDENTIFY,
    settings=SETTINGS,
    mapping={
        "object_details": {
            "object_type": "contact",
            "id_field_name": "email",
            "id_field_value": {"@path": "$.traits.email"},
        },
        "properties": {"firstname": {"@path": "$.traits.firstName"}},
    },
    request=Request(url="https://api.hubapi.com/crm/v3/properties/contact", method="GET"),
)
BEHAVED: Final = Example(
    title="An order, as an event that HubSpot knows",
    event=sample_events.ORDER_COMPLETED,
    settings=SETTINGS,
    mapping={"eventName": "pe1_order", "properties": {"amount": {"@path": "$.properties.revenue"}}},
    request=Request(
        url="https://api.hubapi.com/events/v3/send",
        json={
            "eventName": "pe1_order",
            "occurredAt": "2026-01-15T11:30:15.250Z",
            "email": "jane.doe@example.com",
            "properties": {"amount": 25},
        },
    ),
)
CUSTOM: Final = Example(
    title="An order: its definition is looked up first",
    event=sample_events.ORDER_COMPLETED,
    settings=SETTINGS,
    mapping={
        "event_name": "Order Completed",
        "record_details": {"object_type": "contact", "email": {"@path": "$.context.traits.email"}},
        "properties": {"amount": {"@path": "$.properties.revenue"}},
    },
    request=Request(
        url="https://api.hubapi.com/events/v3/event-definitions/order_completed/?includeProperties=true", method="GET"
    ),
)
