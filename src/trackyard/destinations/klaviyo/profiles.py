"""Profiles and the lists they are on."""

from collections.abc import Generator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote

import msgspec

from trackyard.destinations.klaviyo.examples import LEFT, LISTED, REMOVED, UPSERTED
from trackyard.destinations.klaviyo.payload import (
    PROFILES_IN_JOB_MAX,
    ROWS_MAX,
    Listed,
    Removed,
    Unlisted,
    Upserted,
)
from trackyard.destinations.klaviyo.requests import Settings, import_job, profile_id, read, request, to_list
from trackyard.destinations.klaviyo.rows import rows_allowed
from trackyard.kit.action import Action
from trackyard.kit.outcome import Delivered, Outcome, Rejected
from trackyard.kit.request import Request, Response

Steps = Generator[Request, Response, Sequence[Outcome] | None]
_PAGES_MAX: Final = 100  # of profiles found; Klaviyo gives 20 to 100 a page
_NOT_SENT: Final = {
    *("list_id", "override_list_id", "retlOnMappingSave", "country_code"),
    *("enable_batching", "batch_size", "batch_keys"),
}


def upsert(row: Upserted, settings: Settings, now: datetime) -> Steps:
    """Make the profile, or set what is known of the one that is there (409); then put it on the list."""
    profile = {"type": "profile", "attributes": _attributes(row)}
    response = yield request("profiles/", settings, {"data": profile})
    found = profile_id(response)
    if response.status == 409 and found:
        response = yield request(f"profiles/{found}", settings, {"data": {**profile, "id": found}}, "PATCH")
    outcomes = read(response, 1)
    if not row.list or not isinstance(outcomes[0], Delivered):
        return outcomes
    return (yield from _onto_list(row.list, found, settings))


def add(row: Listed, settings: Settings, now: datetime) -> Steps:
    """Make the profile where it is missing; put it on the list."""
    response = yield request("profiles/", settings, {"data": {"type": "profile", "attributes": _attributes(row)}})
    found = profile_id(response)
    if response.status != 409 or not found:
        outcomes = read(response, 1)
        if not isinstance(outcomes[0], Delivered):
            return outcomes
    return (yield from _onto_list(row.list_id, found, settings))


def _onto_list(list_id: str, found: str | None, settings: Settings) -> Steps:
    if found is None:
        return [Rejected("Klaviyo named no profile to put on the list")]
    return read((yield to_list(list_id, [found], settings)), 1)


def upsert_batch(rows: Sequence[Upserted], settings: Settings, now: datetime) -> Request:
    """All rows in one job; they agree on the list."""
    return import_job([_attributes(row) for row in rows], rows[0].list, settings)


def add_batch(rows: Sequence[Listed], settings: Settings, now: datetime) -> Request:
    """All rows in one job; they agree on the list."""
    return import_job([_attributes(row) for row in rows], rows[0].list_id, settings)


def remove_batch(rows: Sequence[Unlisted], settings: Settings, now: datetime) -> Steps:
    """Look the profiles up by each kind of id, then take those that were found off the list."""
    found: dict[str, None] = {}
    for kind in ("external_id", "email", "phone_number"):
        values = [value for row in rows if (value := getattr(row, kind))]
        pending = _lookup(kind, values, settings) if values else None
        for _ in range(_PAGES_MAX):
            if pending is None:
                break
            response = yield pending
            outcomes = read(response, len(rows))
            if not isinstance(outcomes[0], Delivered):
                return outcomes
            found |= dict.fromkeys(_ids(response.json()))
            pending = _next_page(response.json(), settings)
    if not found:
        return [Delivered()] * len(rows)  # nobody to take off the list
    return read((yield to_list(rows[0].list_id, list(found), settings, "DELETE")), len(rows))


def remove(row: Unlisted, settings: Settings, now: datetime) -> Steps:
    """One profile."""
    return remove_batch([row], settings, now)


def _lookup(kind: str, values: Sequence[str], settings: Settings) -> Request:
    listed = ",".join(f"%22{quote(value, safe='@:!*')}%22" for value in values)
    return request(f"profiles/?filter=any({kind},[{listed}])", settings, method="GET")


def _ids(body: Any) -> Sequence[str]:
    profiles = body.get("data") if isinstance(body, dict) else None
    return (
        [one["id"] for one in profiles if isinstance(one, dict) and "id" in one] if isinstance(profiles, list) else []
    )


def _next_page(body: Any, settings: Settings) -> Request | None:
    link = (body.get("links") or {}).get("next") if isinstance(body, dict) else None
    start = f"{settings.host}/api/"
    return request(link.removeprefix(start), settings, method="GET") if link and link.startswith(start) else None


def _attributes(row: Upserted | Listed) -> Mapping[str, Any]:
    members = msgspec.to_builtins(row)
    return {name: value for name, value in members.items() if name not in _NOT_SENT and value is not None}


actions = [
    Action(
        slug="upsertProfile",
        title="Create or update a profile",
        trigger='type = "identify"',
        payload=Upserted,
        build=upsert,
        build_batch=upsert_batch,
        batch_keys=("list_id", "override_list_id"),
        batch_rows=rows_allowed(PROFILES_IN_JOB_MAX, by_default=False),
        batch_rows_max=PROFILES_IN_JOB_MAX,
        read=read,
        examples=[UPSERTED],
    ),
    Action(
        slug="addProfileToList",
        title="Put a profile on a list",
        trigger='event = "Audience Entered"',
        payload=Listed,
        build=add,
        build_batch=add_batch,
        batch_keys=("list_id",),
        batch_rows=rows_allowed(PROFILES_IN_JOB_MAX),
        batch_rows_max=PROFILES_IN_JOB_MAX,
        read=read,
        examples=[LISTED],
    ),
    Action(
        slug="removeProfileFromList",
        title="Take a profile off a list",
        trigger='event = "Audience Exited"',
        payload=Unlisted,
        build=remove,
        build_batch=remove_batch,
        batch_keys=("list_id",),
        batch_rows=rows_allowed(ROWS_MAX),
        batch_rows_max=ROWS_MAX,
        read=read,
        examples=[LEFT],
    ),
    Action(
        slug="removeProfile",
        title="Take an identified profile off a list",
        trigger='type = "identify"',
        payload=Removed,
        build=remove,
        build_batch=remove_batch,
        batch_keys=("list_id",),
        batch_rows=rows_allowed(ROWS_MAX),
        batch_rows_max=ROWS_MAX,
        read=read,
        examples=[REMOVED],
    ),
]
