"""Custom events: sent as they are, or after their definition was made to fit."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from trackyard.destinations.hubspot.examples import BEHAVED, CUSTOM
from trackyard.destinations.hubspot.payload import BehavioralEvent, CustomEvent
from trackyard.destinations.hubspot.requests import Settings, Steps, failed, flat, member, read, request
from trackyard.destinations.hubspot.values import Kind, choices, cleaned, kind_of
from trackyard.kit.action import Action
from trackyard.kit.members import present
from trackyard.kit.outcome import Rejected, Retry
from trackyard.kit.request import Request

_NOT_IN_NAMES: Final = re.compile(r"[^a-z0-9_-]")
_NAMED: Final = re.compile(r"pe\d+_")
_DEFINITIONS: Final = "events/v3/event-definitions"


def send(row: BehavioralEvent, settings: Settings, now: datetime) -> Request:
    """One event that HubSpot knows by its internal name."""
    start = f"pe{settings.portalId}_" if settings.portalId else None
    if not (row.eventName.startswith(start) if start else _NAMED.match(row.eventName)):
        raise ValueError(f"eventName: found another name, expected one that starts with {start or 'pe<hub id>_'}")
    members = {
        "eventName": row.eventName,
        "occurredAt": row.occurredAt,
        "utk": row.utk,
        "email": row.email,
        "objectId": row.objectId,
        "properties": flat(row.properties) if row.properties is not None else None,
    }
    return request("events/v3/send", settings, present(members))


def send_defined(row: CustomEvent, settings: Settings, now: datetime) -> Steps:
    """Look the definition up; make it, or the properties it lacks, where the mode lets us; then send the event."""
    name = _NOT_IN_NAMES.sub("_", row.event_name.lower()).strip()
    properties = cleaned(row.properties, numbers_of_texts=True)
    response = yield request(f"{_DEFINITIONS}/{name}/?includeProperties=true", settings, method="GET")
    if response.status not in (400, 404) and (refused := failed(response, 1)):
        return refused
    full_name = None if member(response, "archived") else member(response, "fullyQualifiedName")
    if response.status in (400, 404) or not full_name:
        if row.sync_mode == "update":
            return [Rejected("HubSpot: no definition of the event, and none is to be made")]
        response = yield request(_DEFINITIONS, settings, _definition(name, row, properties))
        if response.status == 409:
            return [Retry("HubSpot: the definition of the event is being made", after_seconds=1)]
        if refused := failed(response, 1):
            return refused
        full_name = member(response, "fullyQualifiedName")
        if not full_name:
            return [Rejected("HubSpot did not name the definition that it made")]
    else:
        known = {one.get("name"): one.get("type") for one in member(response, "properties") or []}
        if wrong := _mismatch(properties, known):
            return [Rejected(f"HubSpot: {wrong} is of another type there")]
        missing = [one for one in properties if one not in known]
        if missing and row.sync_mode == "add":
            return [Rejected("HubSpot: the definition lacks properties, and none are to be added")]
        for one in missing:
            body = _property(one, kind_of(properties[one]))
            response = yield request(f"{_DEFINITIONS}/{full_name}/property", settings, body)
            if response.status != 409 and (refused := failed(response, 1)):
                return refused
    return read((yield request("events/v3/send", settings, _event(str(full_name), row, properties))), 1)


def _mismatch(properties: Mapping[str, Any], known: Mapping[Any, Any]) -> str | None:
    """The first property whose value the definition cannot hold."""
    for name, value in properties.items():
        is_number, type_there = kind_of(value) == "number", known.get(name)
        if (not is_number and type_there == "number") or (is_number and type_there in ("datetime", "enumeration")):
            return name
    return None


def _definition(name: str, row: CustomEvent, properties: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "label": name,
        "name": name,
        "description": f"{name} - (created by Trackyard)",
        "primaryObject": row.record_details.object_type,
        "propertyDefinitions": [_property(one, kind_of(value)) for one, value in properties.items()],
    }


def _property(name: str, kind: Kind) -> dict[str, Any]:
    types = {"boolean": "enumeration", "date": "datetime", "datetime": "datetime", "number": "number"}
    body = {"name": name, "label": name, "type": types.get(kind, "string")}
    described = {**body, "description": f"{name} - (created by Trackyard)"}
    return {**described, "options": choices()} if kind == "boolean" else described


def _event(full_name: str, row: CustomEvent, properties: Mapping[str, Any]) -> dict[str, Any]:
    record = row.record_details
    is_contact = record.object_type == "contact"
    members = {
        "eventName": full_name,
        "objectId": record.object_id,
        "email": record.email if is_contact else None,
        "utk": record.utk if is_contact else None,
        "occurredAt": row.occurred_at,
        "properties": dict(properties),
    }
    return present(members)


actions = [
    Action(
        slug="sendCustomBehavioralEvent",
        title="Send an event that HubSpot knows",
        trigger='type = "track"',
        payload=BehavioralEvent,
        build=send,
        read=read,
        examples=[BEHAVED],
    ),
    Action(
        slug="customEvent",
        title="Define and send an event",
        payload=CustomEvent,
        build=send_defined,
        read=read,
        examples=[CUSTOM],
    ),
]
