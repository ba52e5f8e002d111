"""Companies and records of any object type: searched, then updated or made."""

from collections.abc import Generator, Mapping
from datetime import datetime
from typing import Any, Final

import msgspec

from trackyard.destinations.hubspot.examples import COMPANY, RECORD
from trackyard.destinations.hubspot.payload import GROUP_ID, Company, CustomRecord
from trackyard.destinations.hubspot.requests import (
    Settings,
    Steps,
    failed,
    flat,
    member,
    read,
    request,
    results,
    trimmed,
)
from trackyard.kit.action import Action
from trackyard.kit.mappings import path
from trackyard.kit.outcome import Delivered, Outcome, Rejected, Retry
from trackyard.kit.request import Request, Response

_COMPANIES: Final = "crm/v3/objects/companies"
_NOT_SENT: Final = {
    *("groupid", "createNewCompany", "associateContact", "companysearchfields", "properties", "contact_email"),
}
_GROUP_ID_PROPERTY: Final = {
    "name": GROUP_ID,
    "label": "Group id",
    "description": "The id by which events name this company",
    "groupName": "companyinformation",
    "type": "string",
    "fieldType": "text",
    "hidden": True,
    "displayOrder": -1,
    "hasUniqueValue": True,
    "formField": False,
}


def upsert_company(row: Company, settings: Settings, now: datetime) -> Steps:
    """Update the company of the group id; else the one that the search finds; else make one. Then its contact."""
    properties = _properties(row)
    address = f"{_COMPANIES}/{row.groupid}?idProperty={GROUP_ID}"
    response = yield request(address, settings, {"properties": properties}, "PATCH")
    if response.status == 400 and GROUP_ID in response.body.decode(errors="replace"):
        yield request("crm/v3/properties/companies", settings, _GROUP_ID_PROPERTY)
        return [Retry(f"HubSpot: companies had no property {GROUP_ID}; it is made", after_seconds=1)]
    if response.status == 404:
        found = yield from _found("companies", row.companysearchfields, settings)
        if isinstance(found, Outcome):
            return [found]
        if found is None and not row.createNewCompany:
            return [Rejected("HubSpot: no such company, and none is to be made")]
        response = yield _saved("companies", found, properties, [], settings)
    outcomes = read(response, 1)
    company = member(response, "id")
    if not row.associateContact or not isinstance(outcomes[0], Delivered) or not company:
        return outcomes
    return (yield from _with_contact(company, row.contact_email, settings)) or outcomes


def _with_contact(company: str, email: str | None, settings: Settings) -> Steps:
    """Tie the contact of an email to the company; None where there is none to tie."""
    if not email:
        return None
    response = yield request(f"crm/v3/objects/contacts/{email}?idProperty=email", settings, method="GET")
    contact = member(response, "id")
    if response.status == 404 or (response.status == 200 and not contact):
        return None
    if refused := failed(response, 1):
        return refused
    association = f"{_COMPANIES}/{company}/associations/contacts/{contact}/company_to_contact"
    return read((yield request(association, settings, method="PUT")), 1)


def upsert_record(row: CustomRecord, settings: Settings, now: datetime) -> Steps:
    """Update the record that the search finds, or make one; where told, associated with another."""
    found = yield from _found(row.objectType, row.customObjectSearchFields, settings)
    if isinstance(found, Outcome):
        return [found]
    if found is None and row.createNewCustomRecord is False:
        return [Rejected("HubSpot: no such record, and none is to be made")]
    associated: str | Outcome | None = None
    if row.toObjectType and row.associationLabel:
        associated = yield from _found(row.toObjectType, row.searchFieldsToAssociateCustomObjects, settings)
        if isinstance(associated, Outcome):
            return [associated]
    types = _types(row.associationLabel or "")
    links = [{"to": {"id": associated}, "types": types}] if associated else []
    outcomes = read((yield _saved(row.objectType, found, flat(row.properties), links, settings)), 1)
    if not associated or not found or not isinstance(outcomes[0], Delivered):
        return outcomes  # one that was just made has its association already
    ends = f"{found}/associations/{row.toObjectType}/{associated}"
    return read((yield request(f"crm/v4/objects/{row.objectType}/{ends}", settings, types, "PUT")), 1)


def _found(
    kind: str, fields: Mapping[str, Any] | None, settings: Settings
) -> Generator[Request, Response, str | Outcome | None]:
    """The id of the one record that has these values, None where none has; or why there is no telling."""
    if not fields:
        return None
    response = yield _search(kind, fields, settings)
    if refused := failed(response, 1):
        return refused[0]
    ids = [str(one["id"]) for one in results(response) if "id" in one]
    if len(ids) > 1:
        return Rejected("HubSpot: the search found several records; search by fields that tell them apart")
    return ids[0] if ids else None


def _saved(
    kind: str, found: str | None, properties: Mapping[str, Any], associations: list[Any], settings: Settings
) -> Request:
    objects = f"crm/v3/objects/{kind}"
    if found is None:
        return request(objects, settings, {"properties": properties, "associations": associations})
    return request(f"{objects}/{found}", settings, {"properties": properties}, "PATCH")


def _types(label: str) -> list[dict[str, str]]:
    category, _, type_id = label.partition(":")
    return [{"associationCategory": category, "associationTypeId": type_id}]


def _search(kind: str, fields: Mapping[str, Any], settings: Settings) -> Request:
    filters = [
        {"filters": [{"propertyName": name, "operator": "EQ", "value": value}]} for name, value in fields.items()
    ]
    is_company = kind == "companies"
    body = {
        "filterGroups": filters,
        "properties": ["name", "domain", "lifecyclestage", GROUP_ID] if is_company else [],
        "sorts": ["name"] if is_company else [],
    }
    return request(f"crm/v3/objects/{kind}/search", settings, body)


def _properties(row: Company) -> dict[str, Any]:
    members = {name: value for name, value in msgspec.structs.asdict(row).items() if name not in _NOT_SENT}
    stage = row.lifecyclestage.lower() if row.lifecyclestage else None
    return trimmed({**members, "lifecyclestage": stage, GROUP_ID: row.groupid, **flat(row.properties)})


actions = [
    Action(
        slug="upsertCompany",
        title="Create or update a company",
        trigger='type = "group"',
        payload=Company,
        build=upsert_company,
        always={"contact_email": path("$.context.traits.email")},
        read=read,
        examples=[COMPANY],
    ),
    Action(
        slug="upsertCustomObjectRecord",
        title="Create or update a record",
        payload=CustomRecord,
        build=upsert_record,
        read=read,
        examples=[RECORD],
    ),
]
