"""Amplitude's addresses and what every request to them shares."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final
from urllib.parse import quote_plus

import msgspec

from trackyard.destinations.amplitude.payload import Event, Identified
from trackyard.destinations.amplitude.user_agent import read_user_agent
from trackyard.kit.action import outcome_of_status
from trackyard.kit.canonical_json import canonical_json
from trackyard.kit.dates import moment_of
from trackyard.kit.fields import Field
from trackyard.kit.outcome import Outcome, Rejected, Retry
from trackyard.kit.request import Request, Response
from trackyard.kit.times import moment

LIBRARY: Final = "trackyard"
_REASON_CHARACTERS_MAX: Final = 200


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What a connection is configured with."""

    apiKey: Annotated[str, Field("API key", secret=True)]
    secretKey: Annotated[str, Field("Secret key", secret=True)]
    endpoint: Annotated[str | None, Field("Region", choices=("north_america", "europe"))] = "north_america"
    host: Annotated[str | None, Field("Host", help="Instead of the region's.")] = None


def address(call: str, settings: Settings) -> str:
    """The region's address for a call: `2/httpapi`, `batch`, `identify`, `groupidentify`, `usermap`."""
    european = settings.endpoint == "europe"
    host = "https://api.eu.amplitude.com" if european else "https://api2.amplitude.com"
    if call == "usermap" and not european:
        host = "https://api.amplitude.com"
    return f"{settings.host or host}/{call}"


def form(call: str, name: str, value: Any, settings: Settings, min_id_length: int | None) -> Request:
    """A request with the key and a JSON value as form members."""
    members = {"api_key": settings.apiKey, name: canonical_json(value).decode()}
    if min_id_length and min_id_length > 0:
        members["options"] = canonical_json({"min_id_length": min_id_length}).decode()
    return Request(
        url=address(call, settings),
        headers={"content-type": "application/x-www-form-urlencoded;charset=UTF-8"},
        body="&".join(f"{name}={_form_text(value)}" for name, value in members.items()).encode(),
    )


def _form_text(text: str) -> str:
    return quote_plus(text, safe="*").replace("~", "%7E")  # as URLSearchParams writes it (WHATWG URL, 5.2)


def device(row: Event | Identified) -> dict[str, Any]:
    """What the user agent says, where it may be asked; the row's own members come after and win."""
    if not row.userAgent:
        return {}
    raw = {"user_agent": row.userAgent} if row.includeRawUserAgent else {}
    if not row.userAgentParsing:
        return raw
    read = read_user_agent(row.userAgent)
    hints = row.userAgentData
    told = {
        "os_name": read["os"] or read["browser"],
        "os_version": (hints and hints.platformVersion) or read["major"],
        "device_manufacturer": read["vendor"],
        "device_model": (hints and hints.model) or read["model"] or read["os"],
        "device_type": read["type"],
    }
    return {**{name: value for name, value in told.items() if value is not None}, **raw}


def platform(row: Event | Identified) -> dict[str, str]:
    """The platform in Amplitude's spelling; a browser's library says Web."""
    if row.platform:
        return {"platform": _spelt(_spelt(row.platform, "iOS"), "Android")}
    return {"platform": "Web"} if row.library == "analytics.js" else {}


def _spelt(text: str, name: str) -> str:
    at = text.lower().find(name.lower())
    return text if at < 0 else text[:at] + name + text[at + len(name) :]


def touched(row: Any) -> Mapping[str, Any] | None:
    """User properties with campaign and referrer as the last touch (set) and the first (set once)."""
    utm = (
        {name: value for name, value in msgspec.structs.asdict(row.utm_properties).items() if value is not None}
        if (row.utm_properties)
        else {}
    )
    if not utm and not row.referrer:
        return row.user_properties  # type: ignore[no-any-return]
    last = {**utm, **({"referrer": row.referrer} if row.referrer else {})}
    given = {
        name: value for name, value in (row.user_properties or {}).items() if name not in ("utm_properties", "referrer")
    }
    first = {f"initial_{name}": value for name, value in last.items()}
    return {
        **given,
        "$set": {**last, **_object(given.get("$set"))},
        "$setOnce": {**first, **_object(given.get("$setOnce"))},
    }


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def milliseconds(value: str | float) -> int | None:
    """Unix milliseconds of a time as events have it; None for a text that is no time."""
    found = moment(value)
    if found is not None:
        return round(found.timestamp() * 1000)
    read = moment_of(value) if isinstance(value, str) else None
    return None if read is None else round(read)


def read(response: Response, rows: int) -> Sequence[Outcome]:
    """By status; a 400 that names the key is an auth failure, any other says what is missing (HTTP V2 API)."""
    body = response.json()
    error = body.get("error") if isinstance(body, dict) else None
    if response.status != 400 or not isinstance(error, str):
        return [outcome_of_status(response)] * rows
    if "api key" in error.lower() or "api_key" in error.lower():
        return [Retry("Amplitude: the API key is not accepted", scope="auth")] * rows
    return [Rejected(f"Amplitude: {error[:_REASON_CHARACTERS_MAX]}", whole_request=True)] * rows
