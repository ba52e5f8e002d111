"""Events that travel in the address of an image: mail opens, AMP pages."""

import base64
import binascii
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from trackyard.model.errors import BadRequest

_FIELDS_MAX = 1000
_LEVELS_MAX = 16


def event_of(kind: str, query: bytes) -> bytes:
    """The event of type `kind` in the query of a pixel: base64 JSON in `data`, or flattened (`properties.subject=..`).

    Raises `BadRequest` for what is neither. All values of the flattened form are text.
    """
    try:
        pairs = parse_qsl(query.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=_FIELDS_MAX)
    except ValueError:
        raise BadRequest(400, "bad_request", f"the query has more than {_FIELDS_MAX} fields") from None
    fields = dict(pairs)
    event = _decoded(fields["data"]) if "data" in fields else _nested(pairs)
    if "writeKey" in fields:
        event.setdefault("writeKey", fields["writeKey"])
    event["type"] = kind
    return msgspec.json.encode(event)


def _decoded(data: str) -> dict[str, Any]:
    """Either alphabet, with or without padding; a space was a plus before the query was decoded."""
    text = data.strip("=").replace(" ", "+").replace("-", "+").replace("_", "/")
    try:
        event = msgspec.json.decode(base64.b64decode(text + "=" * (-len(text) % 4)))
    except (binascii.Error, ValueError, RecursionError) as error:
        raise BadRequest(400, "bad_request", f"data is not base64 of JSON: {error}") from None
    if not isinstance(event, dict):
        raise BadRequest(400, "bad_request", "data holds no JSON object")
    return event


def _nested(pairs: list[tuple[str, str]]) -> dict[str, Any]:
    event: dict[str, Any] = {}
    for name, value in pairs:
        *path, last = name.split(".", _LEVELS_MAX)
        place = event
        for part in path:
            place = place.setdefault(part, {})
            if not isinstance(place, dict):
                break
        else:
            place[last] = value
    return event
