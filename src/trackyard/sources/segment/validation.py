"""Whether an event can be accepted, and if not, why, in Segment's own codes.

Source of the codes: Segment documentation, "Delivery overview: discarded events at ingestion".
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from trackyard.model.event import EVENT_TYPES, Rejection
from trackyard.sources.segment.splitter import NESTING_MAX, surely_shallow, too_deep

EVENT_BYTES_MAX = 1 << 20  # Segment allows 32 KB, yet real SDKs send more
PLAIN_FROM = 8192  # bytes of a body from which asking once is cheaper than asking of each event
CONSENT_EVENT = "Segment Consent Preference Updated"

Problem = tuple[str, str]  # code, message


def rejections(events: Sequence[msgspec.Raw], endpoint: str, body: bytes) -> tuple[Rejection, ...]:
    """Why some of `events`, taken from `body`, cannot be accepted: what `check` says of each, found together."""
    plain = len(body) > PLAIN_FROM and _plain(events, body)
    return tuple(
        problem
        for index, event in enumerate(events)
        if not (plain and _well_shaped(event, endpoint)) and (problem := check(event, endpoint, index)) is not None
    )


def check(event: msgspec.Raw | bytes, endpoint: str, index: int = 0) -> Rejection | None:
    """Why `event` that came in at `endpoint` cannot be accepted; None: it can."""
    problem = _problem(bytes(event), endpoint)
    return Rejection(index, *problem) if problem else None


def event_type(endpoint: str, stated: object) -> str:
    """The type of an event: of its path where that names one, else what it states itself; "" for none known."""
    if endpoint in _TYPES:
        return endpoint
    lowered = stated.lower() if isinstance(stated, str) else ""
    return lowered if lowered in _TYPES else ""


def _problem(data: bytes, endpoint: str) -> Problem | None:
    if len(data) > EVENT_BYTES_MAX:
        return "payload_too_large", f"the event has {len(data)} bytes; at most {EVENT_BYTES_MAX} are accepted"
    if too_deep(data):
        return "bad_request", f"the event is nested deeper than {NESTING_MAX} levels"
    try:
        if not data.isascii():
            data.decode()  # the decoder does not look at strings it passes over
        if _well_shaped(data, endpoint):
            return None
        event: Any = msgspec.json.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        return "bad_request", f"the event is not valid JSON: {error}"
    if not isinstance(event, dict):
        return "bad_request", f"the event is {_shown(event)}, expected a JSON object"
    return judge(event, event_type(endpoint, event.get("type")))


_TYPES = frozenset(EVENT_TYPES)


class _Object(msgspec.Struct, gc=False):
    """Any object; its members are passed over unread."""


class _Device(msgspec.Struct, rename="camel", gc=False):
    advertising_id: str | None = None


class _Consent(msgspec.Struct, gc=False):
    version: int | float | None = None


class _Context(msgspec.Struct, gc=False):
    device: _Device | None = None
    consent: _Consent | None = None


class _Head(msgspec.Struct, rename="camel", gc=False):
    type: str | None = None
    event: str | None = None
    user_id: str | None = None
    anonymous_id: str | None = None
    group_id: str | None = None
    previous_id: str | None = None
    name: str | None = None
    category: str | None = None
    properties: _Object | None = None
    traits: _Object | None = None
    context: _Context | None = None


_decode_head = msgspec.json.Decoder(_Head).decode


def _plain(events: Sequence[msgspec.Raw], body: bytes) -> bool:
    """True only if no event is too large, too deep or badly encoded: asked once of all of them."""
    longest = max(map(len, events))
    if longest > EVENT_BYTES_MAX or not surely_shallow(body, longest):
        return False
    try:
        return body.isascii() or bool(body.decode())
    except UnicodeDecodeError:
        return False


def _well_shaped(data: bytes | msgspec.Raw, endpoint: str) -> bool:
    """True only if `judge` would find nothing: the common case in one typed decode that builds no dictionary."""
    try:
        head = _decode_head(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return False
    if not (head.user_id or head.anonymous_id):
        return False
    match endpoint if endpoint in _TYPES else head.type:
        case "track":
            return bool(head.event) and head.event != CONSENT_EVENT
        case "page" | "screen" | "identify":
            return True
        case "group":
            return bool(head.group_id)
        case "alias":
            return bool(head.previous_id)
    return False


def judge(event: dict[str, Any], kind: str) -> Problem | None:
    """The first of Segment's rules that a decoded event of type `kind` breaks; null counts as absent throughout."""
    if not kind:
        return "bad_request", f"the type {_shown(event.get('type'))} is none of {', '.join(EVENT_TYPES)}"
    return _ids(event, kind) or _shape(event, kind) or _context(event)


def _ids(event: dict[str, Any], kind: str) -> Problem | None:
    for field in ("userId", "anonymousId", "groupId", "previousId"):
        value = event.get(field)
        if value is not None and not isinstance(value, str):
            return "id_not_string", f"{field} is {_shown(value)}, expected a string"
    if not (event.get("userId") or event.get("anonymousId")):
        if event.get("userId") == "" or event.get("anonymousId") == "":
            return "id_not_string", "userId and anonymousId are empty, expected at least one non-empty string"
        return "no_user_anon_id", "the event has neither userId nor anonymousId"
    if kind == "group" and not event.get("groupId"):
        return "id_required", "a group call needs a groupId"
    if kind == "alias" and not (event.get("previousId") or (event.get("anonymousId") and event.get("userId"))):
        return "id_required", "an alias call needs a previousId"
    return None


def _shape(event: dict[str, Any], kind: str) -> Problem | None:
    if kind == "track":
        name = event.get("event")
        if name is None or name == "":
            return "event_not_defined", "a track call needs the name of the event in `event`"
        if not isinstance(name, str):
            return "event_not_string", f"event is {_shown(name)}, expected a string"
    if kind in ("page", "screen"):
        for field in ("name", "category"):
            if not isinstance(event.get(field), str | None):
                return f"{field}_not_string", f"{field} is {_shown(event[field])}, expected a string"
    field = "traits" if kind in ("identify", "group") else "properties"
    if not isinstance(event.get(field), dict | None):
        return f"{field}_not_object", f"{field} is {_shown(event[field])}, expected an object"
    return None


def _context(event: dict[str, Any]) -> Problem | None:
    context = event.get("context")
    if not isinstance(context, dict):
        context = {}  # malformed context is no reason to lose an order
    device, consent = context.get("device"), context.get("consent")
    if isinstance(device, dict) and not isinstance(device.get("advertisingId"), str | None):
        return "device_advertisingid_should_be_string", "context.device.advertisingId is not a string"
    if isinstance(consent, dict) and not _is_number(consent.get("version")):
        return "consent_version_should_be_number", "context.consent.version is not a number"
    return _preferences(consent) if event.get("event") == CONSENT_EVENT else None


def _preferences(consent: object) -> Problem | None:
    found = consent.get("categoryPreferences") if isinstance(consent, dict) else None
    if found is None:
        return (
            "consent_categorypreferences_should_exist",
            f"{CONSENT_EVENT} needs context.consent.categoryPreferences",
        )
    if not isinstance(found, dict):
        return (
            "consent_categorypreferences_fields_should_be_object",
            "context.consent.categoryPreferences is not an object",
        )
    if not all(isinstance(value, bool) for value in found.values()):
        return (
            "consent_categorypreferences_fields_should_be_bool",
            "context.consent.categoryPreferences holds values that are not true or false",
        )
    return None


def _is_number(value: object) -> bool:
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool))


def _shown(value: object) -> str:
    """The kind of `value` only: what it says may be personal."""
    return {dict: "an object", list: "an array", bool: "true or false", str: "text", type(None): "missing"}.get(
        type(value), "a number"
    )
