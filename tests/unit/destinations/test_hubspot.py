from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from trackyard.destinations.hubspot import destination
from trackyard.destinations.hubspot.requests import Settings, read_records
from trackyard.destinations.hubspot.values import cleaned, kind_of
from trackyard.kit import sample_events
from trackyard.kit.attempt import Attempt, Refused, Reply, attempt
from trackyard.kit.outcome import Delivered, Rejected, Retry
from trackyard.kit.request import Response

NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)
GROUP = {
    "groupid": "g-1",
    "createNewCompany": True,
    "associateContact": True,
    "contact_email": {"@path": "$.context.traits.email"},
}
EVENT = {"event_name": "Order", "record_details": {"object_type": "contact", "email": "jane@example.com"}}
OBJECT = {
    "object_details": {
        "object_type": "contact",
        "id_field_name": "email",
        "id_field_value": {"@path": "$.email"},
        "property_group": "info",
    },
    "properties": {"plan": {"@path": "$.plan"}},
    "association_sync_mode": "upsert",
    "batch_size": 100,
}


def tried(slug: str, mapping: dict[str, Any], replies: list[Reply], *events: dict[str, Any]) -> Attempt:
    action = destination.action(slug)
    assert action is not None
    rows = events or (sample_events.GROUP,)
    return attempt(action, Settings(), mapping, rows, now=NOW, batch=len(rows) > 1, replies=replies)


def steps(done: Attempt) -> list[str]:
    return [f"{request.method} {request.url.removeprefix('https://api.hubapi.com/')}" for request in done.requests]


def test_a_contact_that_is_missing_is_made() -> None:
    done = tried("upsertContact", {"email": "jane@example.com"}, [Reply(match="PATCH", status=404), Reply(status=201)])
    assert steps(done) == [
        "PATCH crm/v3/objects/contacts/jane@example.com?idProperty=email",
        "POST crm/v3/objects/contacts",
    ]
    assert done.outcomes == [Delivered()]


def test_a_stage_that_goes_back_is_emptied_first() -> None:
    kept = Reply(body={"id": "1", "properties": {"lifecyclestage": "customer"}})
    done = tried("upsertContact", {"email": "jane@example.com", "lifecyclestage": "Lead"}, [kept])
    stages = [request.json["properties"]["lifecyclestage"] for request in done.requests]
    assert stages == ["lead", "", "lead"]


def test_a_batch_makes_the_missing_contacts_and_updates_the_others() -> None:
    found = Reply(
        match="batch/read",
        body={
            "results": [{"id": "7", "properties": {"email": "x@example.com", "hs_additional_emails": "a@example.com"}}]
        },
    )
    bad = {"errors": [{"category": "VALIDATION_ERROR", "context": {"ids": ["7"]}}]}
    replies = [found, Reply(match="batch/create", status=201), Reply(match="batch/update", status=207, body=bad)]
    rows = [{"email": name} for name in ("A@example.com", "b@example.com")]
    done = tried("upsertContact", {"email": {"@path": "$.email"}}, replies, *rows)
    assert [step.rpartition("/")[2] for step in steps(done)] == ["read", "create", "update"]
    assert done.requests[1].json == {"inputs": [{"properties": {"email": "b@example.com"}}]}
    assert done.outcomes == [Rejected("HubSpot refused the record"), Delivered()]


def test_a_company_is_tied_to_the_contact_of_the_email() -> None:
    replies = [Reply(match="GET", body={"id": "801"}), Reply(match="PATCH", body={"id": "1000"})]
    done = tried("upsertCompany", GROUP, replies)
    assert steps(done)[-1] == "PUT crm/v3/objects/companies/1000/associations/contacts/801/company_to_contact"


def test_a_company_stands_where_there_is_no_contact() -> None:
    done = tried("upsertCompany", GROUP, [Reply(match="GET", status=404), Reply(match="PATCH", body={"id": "1000"})])
    assert done.outcomes == [Delivered()]


def test_a_missing_group_property_is_made_and_the_company_tried_again() -> None:
    missing = Reply(match="PATCH", status=400, body={"message": "Property segment_group_id does not exist"})
    done = tried("upsertCompany", GROUP, [missing, Reply(status=201)])
    assert steps(done)[-1] == "POST crm/v3/properties/companies"
    assert isinstance(done.outcomes[0], Retry)


def test_a_search_that_finds_several_changes_none() -> None:
    mapping = {"objectType": "orders", "properties": {"a": 1}, "customObjectSearchFields": {"a": 1}}
    done = tried(
        "upsertCustomObjectRecord", mapping, [Reply(match="/search", body={"results": [{"id": "1"}, {"id": "2"}]})]
    )
    assert len(done.requests) == 1 and isinstance(done.outcomes[0], Rejected)


def test_an_event_makes_its_definition_or_the_properties_it_lacks() -> None:
    mapping = {**EVENT, "properties": {"Total": "12.5", "paid": "true"}}
    made = tried(
        "customEvent", mapping, [Reply(match="GET", status=404), Reply(body={"fullyQualifiedName": "pe1_order"})]
    )
    assert [one["type"] for one in made.requests[1].json["propertyDefinitions"]] == ["number", "enumeration"]
    assert made.requests[2].json["properties"] == {"total": 12.5, "paid": True}
    known = {"fullyQualifiedName": "pe1_order", "properties": [{"name": "total", "type": "number"}]}
    added = tried("customEvent", mapping, [Reply(match="GET", body=known)])
    assert steps(added)[1] == "POST events/v3/event-definitions/pe1_order/property"


def test_an_event_that_may_not_be_defined_is_refused() -> None:
    mapping = {**EVENT, "__segment_internal_sync_mode": "update"}
    done = tried("customEvent", mapping, [Reply(match="GET", status=404)])
    assert len(done.requests) == 1 and isinstance(done.outcomes[0], Rejected)


def test_rows_of_one_id_are_one_record_and_lacking_properties_are_made() -> None:
    replies = [Reply(match="GET", body={"results": []})]
    rows = [{"email": "a@example.com", "plan": plan} for plan in ("free", "paid")]
    done = tried("upsertObject", OBJECT, replies, *rows)
    assert steps(done)[1:] == [
        "POST crm/v3/properties/contact/batch/create",
        "POST crm/v3/objects/contact/batch/upsert",
    ]
    assert [one["properties"]["plan"] for one in done.requests[2].json["inputs"]] == ["paid"]
    assert done.outcomes == [Delivered(), Delivered()]


def test_only_records_that_are_there_are_updated() -> None:
    mapping = {**OBJECT, "properties": None, "__segment_internal_sync_mode": "update"}
    done = tried("upsertObject", mapping, [Reply(body={"results": []})], {"email": "a@example.com"})
    assert done.outcomes == [Rejected("HubSpot: no such record, and none is to be made")]


def test_associated_records_are_made_and_tied() -> None:
    company = {"object_type": "company", "id_field_name": "domain", "id_field_value": "d"}
    association = {**company, "association_label": "HUBSPOT_DEFINED:1"}
    replies = [
        Reply(match="contact/batch/upsert", body={"results": [{"id": "1", "properties": {"email": "a@example.com"}}]}),
        Reply(match="company/batch/upsert", body={"results": [{"id": "2", "properties": {"domain": "d"}}]}),
    ]
    mapping = {**OBJECT, "properties": None, "associations": [association]}
    done = tried("upsertObject", mapping, replies, {"email": "a@example.com"})
    assert steps(done)[-1] == "POST crm/v4/associations/contact/company/batch/create"
    types = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": "1"}]
    assert done.requests[-1].json == {"inputs": [{"types": types, "from": {"id": "1"}, "to": {"id": "2"}}]}


def test_an_event_of_another_hub_is_refused() -> None:
    with pytest.raises(Refused, match="eventName"):
        tried("sendCustomBehavioralEvent", {"eventName": "order", "email": "jane@example.com"}, [])


def test_names_and_values_fit_definitions() -> None:
    assert cleaned({"My Prop": " True ", "n": "5", "o": {"a": 1}, "x": None}, numbers_of_texts=False) == {
        "my_prop": True,
        "n": "5",
        "o": '{"a":1}',
    }
    assert [kind_of(one) for one in (True, 1, "2026-01-15", "2026-01-15T11:30:15Z", "x")] == [
        "boolean",
        "number",
        "date",
        "datetime",
        "string",
    ]


def test_a_batch_that_was_taken_in_part_loses_only_the_named_records() -> None:
    body = msgspec.json.encode({"errors": [{"context": {"id": ["b"]}}]})
    assert read_records(Response(status=207, body=body), ["a", "b"]) == [
        Delivered(),
        Rejected("HubSpot refused the record"),
    ]
