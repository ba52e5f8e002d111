"""Klaviyo's addresses, what requests to them share, and what it answers (JSON:API)."""

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final

import msgspec

from trackyard.kit.action import outcome_of_status
from trackyard.kit.fields import Field
from trackyard.kit.outcome import Outcome, Rejected, Retry
from trackyard.kit.request import Request, Response

REVISION: Final = "2025-01-15"
_ROW: Final = re.compile(r"/data/attributes/[\w-]+/data/(\d+)/")


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What a connection is configured with."""

    api_key: Annotated[str, Field("Private API key", secret=True)]
    revision: Annotated[str, Field("API revision")] = REVISION
    host: Annotated[str, Field("Host")] = "https://a.klaviyo.com"


def request(path: str, settings: Settings, body: Any = msgspec.UNSET, method: str = "POST") -> Request:
    headers = {
        "authorization": f"Klaviyo-API-Key {settings.api_key}",
        "accept": "application/json",
        "revision": settings.revision,
        "content-type": "application/json",
    }
    return Request(method=method, url=f"{settings.host}/api/{path}", headers=headers, json=body)


def to_list(list_id: str, profile_ids: Sequence[str], settings: Settings, method: str = "POST") -> Request:
    """Profiles put on a list, or with DELETE taken off it."""
    members = [{"type": "profile", "id": profile_id} for profile_id in profile_ids]
    return request(f"lists/{list_id}/relationships/profiles/", settings, {"data": members}, method)


def import_job(profiles: Sequence[Mapping[str, Any]], list_id: str | None, settings: Settings) -> Request:
    """Profiles set in one job, and put on a list where one is named."""
    job: dict[str, Any] = {
        "type": "profile-bulk-import-job",
        "attributes": {"profiles": {"data": [{"type": "profile", "attributes": dict(one)} for one in profiles]}},
    }
    if list_id:
        job["relationships"] = {"lists": {"data": [{"type": "list", "id": list_id}]}}
    return request("profile-bulk-import-jobs/", settings, {"data": job})


def of_list(job: dict[str, Any], list_id: str | None) -> dict[str, Any]:
    """The body of a job about one list."""
    related = {"relationships": {"list": {"data": {"type": "list", "id": list_id}}}} if list_id else {}
    return {"data": {**job, **related}}


def profile_id(response: Response) -> str | None:
    """Of the profile that was made, or (409) of the one that was there already."""
    body = response.json()
    if not isinstance(body, dict):
        return None
    if response.status == 409:
        errors = body.get("errors")
        first = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else {}
        found = (first.get("meta") or {}).get("duplicate_profile_id")
    else:
        found = (body.get("data") or {}).get("id")
    return found if isinstance(found, str) else None


def read(response: Response, rows: int) -> Sequence[Outcome]:
    """Rows at which `errors[].source.pointer` points are refused; Klaviyo takes no row of such a request."""
    bad = _bad_rows(response.json()) if response.status == 400 else {}
    if not bad or rows == 1:
        return [_outcome(response)] * rows
    return [
        Rejected(f"Klaviyo: {bad[at]}") if at in bad else Retry("Klaviyo: refused with another row", after_seconds=0)
        for at in range(rows)
    ]


def _outcome(response: Response) -> Outcome:
    outcome = outcome_of_status(response)
    if not isinstance(outcome, Rejected):
        return outcome
    codes = {str(error.get("code")) for error in _errors(response.json()) if error.get("code")}
    return msgspec.structs.replace(outcome, reason=" ".join([outcome.reason, *sorted(codes)]))


def _bad_rows(body: Any) -> dict[int, str]:
    found: dict[int, str] = {}
    for error in _errors(body):
        pointer = str((error.get("source") or {}).get("pointer") or "")
        if row := _ROW.match(pointer):
            found.setdefault(int(row[1]), f"{error.get('code') or 'invalid'} {pointer[row.end() :]}".strip())
    return found


def _errors(body: Any) -> Sequence[Any]:
    errors = body.get("errors") if isinstance(body, dict) else None
    return [error for error in errors if isinstance(error, dict)] if isinstance(errors, list) else []
