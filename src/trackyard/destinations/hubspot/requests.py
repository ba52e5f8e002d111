"""HubSpot's addresses, what requests to them share, and what it answers."""

import json
from collections.abc import Generator, Mapping, Sequence
from typing import Annotated, Any, Final

import msgspec

from trackyard.kit.action import outcome_of_status
from trackyard.kit.canonical_json import canonical_json
from trackyard.kit.fields import Field
from trackyard.kit.oauth import OAuthSettings
from trackyard.kit.outcome import Delivered, Outcome, Rejected
from trackyard.kit.request import Request, Response

Steps = Generator[Request, Response, Sequence[Outcome] | None]
RECORDS_IN_BATCH_MAX: Final = 100


class Settings(OAuthSettings, frozen=True, kw_only=True):
    """What a connection is configured with."""

    portalId: Annotated[str | None, Field("Hub id", help="Events must then be named pe<hub id>_….")] = None
    host: Annotated[str, Field("Host")] = "https://api.hubapi.com"


def request(path: str, settings: Settings, body: Any = msgspec.UNSET, method: str = "POST") -> Request:
    return Request(method=method, url=f"{settings.host}/{path}", json=body)


def member(response: Response, *names: str) -> Any:
    """The member of the answer's JSON at these names, or None."""
    value = response.json()
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def results(response: Response) -> Sequence[Mapping[str, Any]]:
    """The objects in the answer's `results`."""
    found = member(response, "results")
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def read(response: Response, rows: int) -> Sequence[Outcome]:
    """By status, with HubSpot's category of the error."""
    outcome = outcome_of_status(response)
    category = member(response, "category")
    if isinstance(outcome, Rejected) and isinstance(category, str):
        outcome = msgspec.structs.replace(outcome, reason=f"HubSpot: {category}")
    return [outcome] * rows


def read_records(response: Response, ids: Sequence[str]) -> Sequence[Outcome]:
    """A batch: 207 names the ids of bad records, the others are taken; else by status."""
    if response.status != 207:
        return read(response, len(ids))
    errors = member(response, "errors")
    text = json.dumps([error.get("context") for error in errors or [] if isinstance(error, dict)])
    return [Rejected("HubSpot refused the record") if json.dumps(one) in text else Delivered() for one in ids]


def failed(response: Response, rows: int) -> Sequence[Outcome] | None:
    """The outcomes where the request was not taken; None where it was."""
    outcomes = read(response, rows)
    return None if isinstance(outcomes[0], Delivered) else outcomes


def flat(properties: Mapping[str, Any] | None) -> dict[str, Any]:
    """Properties as HubSpot takes them: lists joined by semicolons, objects as JSON."""
    return {name: _flat(value) for name, value in (properties or {}).items()}


def trimmed(members: Mapping[str, Any]) -> dict[str, Any]:
    """The members that are there, texts without the blanks around them."""
    return {
        name: value.strip() if isinstance(value, str) else value for name, value in members.items() if value is not None
    }


def _flat(value: Any) -> Any:
    if isinstance(value, list) and all(not isinstance(item, (list, dict)) for item in value):
        return ";".join(str(item) for item in value)
    return canonical_json(value).decode() if isinstance(value, (list, dict)) else value
