"""Contacts (CRM v3): PATCH, then POST where there is none; batches are read, created and updated."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec

from trackyard.destinations.hubspot.examples import CONTACT
from trackyard.destinations.hubspot.payload import Contact
from trackyard.destinations.hubspot.requests import (
    RECORDS_IN_BATCH_MAX,
    Settings,
    Steps,
    failed,
    flat,
    member,
    read,
    read_records,
    request,
    results,
    trimmed,
)
from trackyard.kit.action import Action
from trackyard.kit.outcome import Delivered, Outcome

_CONTACTS: Final = "crm/v3/objects/contacts"


def upsert(row: Contact, settings: Settings, now: datetime) -> Steps:
    """Update the contact of the email, or make one. A stage that HubSpot keeps is emptied first, then set again."""
    address = f"{_CONTACTS}/{row.email}?idProperty=email"
    properties = _properties(row)
    response = yield request(address, settings, {"properties": properties}, "PATCH")
    if response.status == 404:
        return read((yield request(_CONTACTS, settings, {"properties": properties})), 1)
    outcomes = read(response, 1)
    stage = properties.get("lifecyclestage")
    if not isinstance(outcomes[0], Delivered) or not stage or member(response, "properties", "lifecyclestage") == stage:
        return outcomes
    emptied = failed((yield request(address, settings, {"properties": {"lifecyclestage": ""}}, "PATCH")), 1)
    return emptied or read((yield request(address, settings, {"properties": properties}, "PATCH")), 1)


def upsert_batch(rows: Sequence[Contact], settings: Settings, now: datetime) -> Steps:
    """Find which contacts there are, make the others, update those; of rows with one email the last counts."""
    wanted = {row.email.lower(): _properties(row) for row in rows}
    response = yield request(f"{_CONTACTS}/batch/read", settings, _lookup(list(wanted)))
    if refused := failed(response, len(rows)):
        return refused
    ids = {email: found["id"] for found in results(response) for email in _emails(found) if email in wanted}
    missing = [email for email in wanted if email not in ids]
    outcomes: dict[str, Outcome] = {}
    if missing:
        inputs = [{"properties": wanted[email]} for email in missing]
        response = yield request(f"{_CONTACTS}/batch/create", settings, {"inputs": inputs})
        outcomes |= dict(zip(missing, read_records(response, missing), strict=True))
    if ids:
        changed: list[Any] = [{"id": ids[email], "properties": _without_email(wanted[email])} for email in ids]
        response = yield request(f"{_CONTACTS}/batch/update", settings, {"inputs": changed})
        outcomes |= dict(zip(ids, read_records(response, list(ids.values())), strict=True))
        kept = _kept_stages(results(response), {ids[email]: wanted[email] for email in ids})
        for stages in (dict.fromkeys(kept, ""), kept) if kept else ():
            changed = [{"id": one, "properties": {"lifecyclestage": stage}} for one, stage in stages.items()]
            response = yield request(f"{_CONTACTS}/batch/update", settings, {"inputs": changed})
            if refused := failed(response, len(rows)):
                return refused
    return [outcomes[row.email.lower()] for row in rows]


def _lookup(emails: Sequence[str]) -> dict[str, Any]:
    properties = ["email", "lifecyclestage", "hs_additional_emails"]
    return {"properties": properties, "idProperty": "email", "inputs": [{"id": email} for email in emails]}


def _emails(found: Mapping[str, Any]) -> Sequence[str]:
    """Those of a contact: its own and the ones of contacts merged into it."""
    properties = found.get("properties") or {}
    more = str(properties.get("hs_additional_emails") or "").split(";")
    return [email.lower() for email in [str(properties.get("email") or ""), *more] if email]


def _kept_stages(updated: Sequence[Mapping[str, Any]], wanted: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """The stages that were not set, by the id of the contact."""
    return {
        str(one["id"]): stage
        for one in updated
        if (stage := wanted.get(str(one.get("id")), {}).get("lifecyclestage"))
        and (one.get("properties") or {}).get("lifecyclestage") != stage
    }


def _properties(row: Contact) -> dict[str, Any]:
    members = msgspec.structs.asdict(row)
    plain = {name: value for name, value in members.items() if name not in ("properties", "enable_batching")}
    stage = row.lifecyclestage.lower() if row.lifecyclestage else None
    return trimmed({**plain, "lifecyclestage": stage, **flat(row.properties)})


def _without_email(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in properties.items() if name != "email"}


actions = [
    Action(
        slug="upsertContact",
        title="Create or update a contact",
        trigger='type = "identify"',
        payload=Contact,
        build=upsert,
        build_batch=upsert_batch,
        batch_rows=lambda row: RECORDS_IN_BATCH_MAX if row.enable_batching else 1,
        batch_rows_max=RECORDS_IN_BATCH_MAX,
        read=read,
        examples=[CONTACT],
    )
]
