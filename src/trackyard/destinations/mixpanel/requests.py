"""Mixpanel's addresses, what requests to them share, and what it answers."""

from base64 import b64encode
from collections.abc import Sequence
from typing import Annotated, Any, Final
from urllib.parse import quote_plus

import msgspec

from trackyard.kit.action import outcome_of_status
from trackyard.kit.canonical_json import canonical_json
from trackyard.kit.fields import Field
from trackyard.kit.outcome import Delivered, Outcome, Rejected
from trackyard.kit.request import Request, Response

REGIONS: Final = {"US 🇺🇸": "api", "EU 🇪🇺": "api-eu", "IN 🇮🇳": "api-in"}  # as imported connections have them
_REASON_CHARACTERS_MAX: Final = 200


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What a connection is configured with."""

    projectToken: Annotated[str, Field("Project token")]
    apiSecret: Annotated[str, Field("API secret", secret=True)]
    apiRegion: Annotated[str | None, Field("Region", choices=tuple(REGIONS))] = "US 🇺🇸"
    sourceName: Annotated[str | None, Field("Source name", help="Sent with every event as segment_source_name.")] = None
    strictMode: Annotated[str | None, Field("Check events", choices=("1", "0"), help="1: Mixpanel names bad rows.")] = (
        "1"
    )
    host: Annotated[str | None, Field("Host", help="Instead of the region's.")] = None


def address(call: str, settings: Settings) -> str:
    host = settings.host or f"https://{REGIONS.get(settings.apiRegion or '', 'api')}.mixpanel.com"
    return f"{host}/{call}"


def imported(events: Sequence[Any], settings: Settings) -> Request:
    """Events for the Import API."""
    secret = b64encode(f"{settings.apiSecret}:".encode()).decode()
    return Request(
        url=address(f"import?strict={settings.strictMode or '1'}", settings),
        headers={"authorization": f"Basic {secret}"},
        json=list(events),
    )


def form(call: str, data: Any, settings: Settings) -> Request:
    """A JSON value as the form member `data`."""
    text = quote_plus(canonical_json(data).decode(), safe="*").replace("~", "%7E")  # as URLSearchParams writes it
    return Request(
        url=address(call, settings),
        headers={"content-type": "application/x-www-form-urlencoded;charset=UTF-8"},
        body=f"data={text}".encode(),
    )


def read(response: Response, rows: int) -> Sequence[Outcome]:
    """The Import API: rows in `failed_records` are refused, the others taken; else by status."""
    return read_events(response, [1] * rows)


def read_events(response: Response, events_of_rows: Sequence[int]) -> Sequence[Outcome]:
    """As `read`, for rows that made more than one event each: a row is refused with any of its events."""
    failed = _failed(response)
    if response.status != 400 or not failed:
        return [outcome_of_status(response)] * len(events_of_rows)
    row_of_event = [row for row, events in enumerate(events_of_rows) for _ in range(events)]
    outcomes: list[Outcome] = [Delivered()] * len(events_of_rows)
    for record in failed:
        at = record.get("index")
        if isinstance(at, int) and 0 <= at < len(row_of_event):
            said = f"{record.get('field') or ''} {record.get('message') or 'refused'}".strip()
            outcomes[row_of_event[at]] = Rejected(f"Mixpanel: {said[:_REASON_CHARACTERS_MAX]}")
    return outcomes


def _failed(response: Response) -> Sequence[Any]:
    body = response.json()
    records = body.get("failed_records") if isinstance(body, dict) else None
    return [record for record in records if isinstance(record, dict)] if isinstance(records, list) else []


def read_form(response: Response, rows: int) -> Sequence[Outcome]:
    """`/track`, `/engage` and `/groups` answer 200 with 1, or with 0 for what they did not take."""
    if response.status == 200 and response.body.strip() == b"0":
        return [Rejected("Mixpanel answered 0: nothing of it was taken")] * rows
    return [outcome_of_status(response)] * rows
