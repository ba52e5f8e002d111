"""Records of any object type by an id of their own, with the properties and associations they need."""

from collections.abc import Generator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec

from trackyard.destinations.hubspot.examples import OBJECT
from trackyard.destinations.hubspot.payload import Association, HubSpotObject
from trackyard.destinations.hubspot.requests import (
    RECORDS_IN_BATCH_MAX,
    Settings,
    Steps,
    failed,
    read,
    read_records,
    request,
    results,
)
from trackyard.destinations.hubspot.values import Kind, choices, cleaned, kind_of
from trackyard.kit.action import Action
from trackyard.kit.outcome import Delivered, Outcome, Rejected
from trackyard.kit.request import Request, Response
from trackyard.kit.times import moment

_OBJECT_ID: Final = "hs_object_id"  # HubSpot's own, which cannot be set
_TYPES: Final[dict[Kind, tuple[str, str]]] = {  # (type, field type) in HubSpot's definitions
    "number": ("number", "number"),
    "boolean": ("enumeration", "booleancheckbox"),
    "date": ("date", "date"),
    "datetime": ("datetime", "date"),
    "string": ("string", "text"),
}
_ALSO_FITS: Final[dict[Kind, set[tuple[str, str]]]] = {
    "string": {("enumeration", "select"), ("string", "textarea"), ("datetime", "date")},
    "datetime": {("string", "text")},
}


class _Record(msgspec.Struct, frozen=True, kw_only=True):
    """What all rows of one id come to."""

    id: str
    properties: dict[str, Any]
    sensitive: dict[str, Any]
    associations: list[Association]
    dissociations: list[Association]


def upsert(row: HubSpotObject, settings: Settings, now: datetime) -> Steps:
    """One record."""
    return upsert_batch([row], settings, now)


def upsert_batch(rows: Sequence[HubSpotObject], settings: Settings, now: datetime) -> Steps:
    """Records of one type and id property together; rows of one id are one record, the later row wins."""
    groups: dict[tuple[str, str, str | None], list[int]] = {}
    for at, row in enumerate(rows):
        details = row.object_details
        groups.setdefault((details.object_type, details.id_field_name, row.sync_mode), []).append(at)
    outcomes: dict[int, Outcome] = {}
    for numbers in groups.values():
        group = [rows[at] for at in numbers]
        outcomes |= dict(zip(numbers, (yield from _group(group, settings)), strict=True))
    return [outcomes[at] for at in range(len(rows))]


def _group(rows: Sequence[HubSpotObject], settings: Settings) -> Generator[Request, Response, Sequence[Outcome]]:
    records = _merged(rows)
    if refused := (yield from _defined(rows[0], records, settings)):
        return [refused] * len(rows)
    response = yield from _saved(rows[0], records, settings)
    if response is None:
        return [Rejected("HubSpot: no such record, and none is to be made")] * len(rows)
    taken = dict(zip(records, read_records(response, list(records)), strict=True))
    if any(isinstance(outcome, Delivered) for outcome in taken.values()):
        id_name = rows[0].object_details.id_field_name
        found = {str((one.get("properties") or {}).get(id_name)): str(one.get("id")) for one in results(response)}
        if refused := (yield from _associated(rows[0], records, found, settings)):
            return [refused] * len(rows)
    return [taken[row.object_details.id_field_value] for row in rows]


def _merged(rows: Sequence[HubSpotObject]) -> dict[str, _Record]:
    records: dict[str, _Record] = {}
    for row in sorted(rows, key=_seconds):
        record_id = row.object_details.id_field_value
        before = records.get(record_id) or _Record(
            id=record_id, properties={}, sensitive={}, associations=[], dissociations=[]
        )
        records[record_id] = _Record(
            id=record_id,
            properties={**before.properties, **cleaned(row.properties, numbers_of_texts=False)},
            sensitive={**before.sensitive, **cleaned(row.sensitive_properties, numbers_of_texts=False)},
            associations=_added(before.associations, row.associations),
            dissociations=_added(before.dissociations, row.dissociations),
        )
    order = dict.fromkeys(row.object_details.id_field_value for row in rows)
    return {record_id: records[record_id] for record_id in order}


def _seconds(row: HubSpotObject) -> float:
    found = moment(row.timestamp) if row.timestamp else None
    return found.timestamp() if found else 0.0


def _added(before: list[Association], more: Sequence[Association] | None) -> list[Association]:
    usable = [one for one in more or () if one.id_field_value and one.association_label and one.object_type]
    return before + [one for one in usable if one not in before]


def _defined(
    row: HubSpotObject, records: Mapping[str, _Record], settings: Settings
) -> Generator[Request, Response, Outcome | None]:
    """Make the properties that the object type lacks; the outcome where a value does not fit."""
    kind = row.object_details.object_type
    missing: list[dict[str, Any]] = []
    for is_sensitive in (False, True):
        values = {
            name: value
            for record in records.values()
            for name, value in (record.sensitive if is_sensitive else record.properties).items()
        }
        if not values:
            continue
        query = "?dataSensitivity=sensitive" if is_sensitive else ""
        response = yield request(f"crm/v3/properties/{kind}{query}", settings, method="GET")
        if refused := failed(response, 1):
            return refused[0]
        known = {one.get("name"): (one.get("type"), one.get("fieldType")) for one in results(response)}
        for name, value in values.items():
            if name not in known:
                missing.append(_definition(name, kind_of(value), row.object_details.property_group, is_sensitive))
            elif not _fits(kind_of(value), known[name]):
                return Rejected(f"HubSpot: {name} is of another type there", whole_request=True)
    if not missing:
        return None
    if not row.object_details.property_group:
        return Rejected("HubSpot: the object type lacks properties; name the group in which to make them")
    refused = failed((yield request(f"crm/v3/properties/{kind}/batch/create", settings, {"inputs": missing})), 1)
    return refused[0] if refused else None


def _fits(kind: Kind, known: tuple[Any, Any]) -> bool:
    return known == _TYPES[kind] or known in _ALSO_FITS.get(kind, ())


def _definition(name: str, kind: Kind, group: str | None, is_sensitive: bool) -> dict[str, Any]:
    type_there, field_type = _TYPES[kind]
    body = {"name": name, "label": name, "groupName": group, "type": type_there, "fieldType": field_type}
    sensitive = {"dataSensitivity": "sensitive"} if is_sensitive else {}
    return {**body, **sensitive, **({"options": choices()} if kind == "boolean" else {})}


def _saved(
    row: HubSpotObject, records: Mapping[str, _Record], settings: Settings
) -> Generator[Request, Response, Response | None]:
    """The answer to the last request; None where there was nothing to update."""
    objects = f"crm/v3/objects/{row.object_details.object_type}/batch"
    id_name, is_own = row.object_details.id_field_name, row.object_details.id_field_name == _OBJECT_ID
    by_id = {} if is_own else {"idProperty": id_name}
    values = {one.id: {**one.properties, **one.sensitive} for one in records.values()}
    if row.sync_mode in ("add", "update"):
        body = {"properties": [id_name], **by_id, "inputs": [{"id": one} for one in values]}
        response = yield request(f"{objects}/read", settings, body)
        if response.status not in (200, 207):
            return response
        there = {str((one.get("properties") or {}).get(id_name)) for one in results(response)}
        values = {one: value for one, value in values.items() if (one in there) == (row.sync_mode == "update")}
        if not values:
            return None if row.sync_mode == "update" else response
    if row.sync_mode == "update":
        inputs = [{**by_id, "id": one, "properties": value} for one, value in values.items()]
        return (yield request(f"{objects}/update", settings, {"inputs": inputs}))
    named = {one: value if is_own else {**value, id_name: one} for one, value in values.items()}
    if row.sync_mode == "add":
        inputs = [{**by_id, "properties": value} for value in named.values()]
        return (yield request(f"{objects}/create", settings, {"inputs": inputs}))
    inputs = [{**by_id, "id": one, "properties": value} for one, value in named.items()]
    return (yield request(f"{objects}/upsert", settings, {"inputs": inputs}))


def _associated(
    row: HubSpotObject, records: Mapping[str, _Record], found: Mapping[str, str], settings: Settings
) -> Generator[Request, Response, Outcome | None]:
    """Find or make the associated records, then tie (or untie) them."""
    kind = row.object_details.object_type
    for ends, call in ((False, "create"), (True, "archive")):
        links: dict[tuple[str, str], list[tuple[str, Association]]] = {}
        for record in records.values():
            for one in record.dissociations if ends else record.associations:
                if record.id in found:
                    links.setdefault((one.object_type, one.id_field_name), []).append((found[record.id], one))
        for (other, id_name), pairs in links.items():
            creates = row.association_sync_mode == "upsert" and not ends
            response = yield _others(other, id_name, [one for _, one in pairs], creates, settings)
            if refused := failed(response, 1):
                return refused[0]
            ids = {str((one.get("properties") or {}).get(id_name)): str(one.get("id")) for one in results(response)}
            inputs = [
                _link(start, ids[str(one.id_field_value)], one) for start, one in pairs if one.id_field_value in ids
            ]
            if not inputs:
                continue
            batch = "batch/labels/archive" if ends else f"batch/{call}"
            response = yield request(f"crm/v4/associations/{kind}/{other}/{batch}", settings, {"inputs": inputs})
            if refused := failed(response, 1):
                return refused[0]
    return None


def _others(kind: str, id_name: str, wanted: Sequence[Association], creates: bool, settings: Settings) -> Request:
    ids = list(dict.fromkeys(str(one.id_field_value) for one in wanted))
    if creates:
        inputs = [{"idProperty": id_name, "id": one, "properties": {id_name: one}} for one in ids]
        return request(f"crm/v3/objects/{kind}/batch/upsert", settings, {"inputs": inputs})
    body = {"idProperty": id_name, "properties": [id_name], "inputs": [{"id": one} for one in ids]}
    return request(f"crm/v3/objects/{kind}/batch/read", settings, body)


def _link(start: str, end: str, association: Association) -> dict[str, Any]:
    category, _, type_id = association.association_label.partition(":")
    types = [{"associationCategory": category, "associationTypeId": type_id}]
    return {"types": types, "from": {"id": start}, "to": {"id": end}}


actions = [
    Action(
        slug="upsertObject",
        title="Create or update a record by its own id",
        payload=HubSpotObject,
        build=upsert,
        build_batch=upsert_batch,
        batch_rows=lambda row: int(row.batch_size) if row.enable_batching is not False else 1,
        batch_rows_max=RECORDS_IN_BATCH_MAX,
        read=read,
        examples=[OBJECT],
    )
]
