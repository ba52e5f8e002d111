"""From the bytes of one event to what the steps read. Every oddity of a client is met here, with its source."""

import base64
import hashlib
from collections.abc import Sequence
from typing import Any

import msgspec

from trackyard.model.event import EVENT_TYPES, Decided
from trackyard.pipeline.process.envelope import Answer, Dropped, Envelope
from trackyard.sources.segment.envelope import deep_merge
from trackyard.sources.segment.validation import event_type

_decode = msgspec.json.Decoder().decode
NAMED_BY = {"track": "event", "page": "name", "screen": "name"}


def parse(envelopes: Sequence[Envelope]) -> Sequence[Answer]:
    """Decode each event once and write its header: type, name, ids. What is no event is dropped as rejected."""
    return [_parsed(envelope) for envelope in envelopes]


def _parsed(envelope: Envelope) -> Answer:
    try:
        event = _decode(envelope.body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        return Dropped(envelope, "rejected", "bad_request", f"not JSON that can be read: {error}")
    if not isinstance(event, dict):
        return Dropped(envelope, "rejected", "bad_request", f"found {type(event).__name__}, expected an object")
    received = envelope.request.received
    kind = event_type(received.endpoint, event.get("type"))
    if not kind:
        expected = ", ".join(EVENT_TYPES)
        return Dropped(envelope, "rejected", "bad_request", f"found no known `type`, expected one of {expected}")
    envelope.event, fills = _completed(envelope, event, kind)
    envelope.decided = Decided(
        type=kind,
        message_id=text(event.get("messageId")) or made_message_id(envelope),
        name="",
        source=received.source,
        environment=received.environment,
        channel="",
        received_at=received.received_at,
        timestamp=received.received_at,
        gpc=received.gpc,
        fills=fills,
    )
    name_and_ids(envelope)
    return envelope


def read_softly(envelope: Envelope) -> None:
    """Write what can be told of an event that was rejected, so that its sender can be found."""
    try:
        event = _decode(envelope.body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return
    if isinstance(event, dict):
        received = envelope.request.received
        kind = event_type(received.endpoint, event.get("type"))
        name = text(event.get(NAMED_BY.get(kind, "")))
        received_at = received.received_at
        envelope.decided = Decided(
            kind,
            text(event.get("messageId")),
            name,
            received.source,
            received.environment,
            "",
            received_at,
            received_at,
        )


def name_and_ids(envelope: Envelope) -> None:
    """Write what the header says of the event's name and person, from `envelope.event`."""
    event, decided = envelope.event, envelope.decided
    member = NAMED_BY.get(decided.type)
    decided.name = text(event.get(member)) if member else ""
    decided.user_id = text(event.get("userId"))
    decided.anonymous_id = text(event.get("anonymousId")) or _header_anonymous_id(envelope)
    decided.person = decided.anonymous_id or decided.user_id


def text(value: Any) -> str:
    """An id or name as text. Null is absent (Python and analytics.js send `"userId": null`); numbers are spelled."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def made_message_id(envelope: Envelope) -> str:
    """An id for an event that has none: the same one whenever this record of the log is decided again."""
    place = b"%d %d %d " % (envelope.request.received.received_at, envelope.request.offset, envelope.index)
    return "trackyard-" + hashlib.blake2b(place + envelope.body, digest_size=16).hexdigest()


def _header_anonymous_id(envelope: Envelope) -> str:
    """RudderStack's browser SDK sends the anonymous id also as a header, in base64."""
    header = envelope.request.received.facts.get("AnonymousId")
    if not header:
        return ""
    try:
        return base64.b64decode(header).decode()
    except ValueError:
        return ""


def _completed(envelope: Envelope, event: dict[str, Any], kind: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The event with what its request says for all events laid under it, and what of that its body lacks."""
    request = envelope.request
    fills: dict[str, Any] = {}
    if request.context:  # Go, Java and Roku send `context` beside the batch
        _lay_under(event, fills, "context", request.context)
    if request.integrations:  # so may callers of the HTTP API
        _lay_under(event, fills, "integrations", request.integrations)
    if request.sent_at and event.get("sentAt") is None:
        fills["sentAt"] = request.sent_at
    if kind == "identify" and not event.get("traits"):
        _traits_from_context(event, fills)
    event.update({key: value for key, value in fills.items() if key != "context"})
    return event, fills


def _lay_under(event: dict[str, Any], fills: dict[str, Any], key: str, under: dict[str, Any]) -> None:
    own = event.get(key)
    own = own if isinstance(own, dict) else {}
    whole = event[key] = deep_merge(under, own)
    added = {name: value for name, value in whole.items() if name not in own or own[name] != value}
    fills[key] = added if key == "context" else whole


def _traits_from_context(event: dict[str, Any], fills: dict[str, Any]) -> None:
    # rudder-sdk-python puts the traits of an identify into `context.traits` only
    context = event.get("context")
    traits = context.get("traits") if isinstance(context, dict) else None
    if traits and isinstance(traits, dict):
        fills["traits"] = traits
