"""What a request holds: its events, one by one, and what the envelope around them says about all of them."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Raw

from trackyard.model.errors import BadRequest
from trackyard.sources.segment.endpoints import BATCHES
from trackyard.sources.segment.splitter import object_members, too_deep

BATCH_EVENTS_MAX = 50_000  # what 8 MB of the smallest sensible events come to; a bound on memory, not a policy
_COMMAS_MAX = 1_000_000
_COMMAS_COUNTED_FROM = 1_000_000  # bytes
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class Envelope(msgspec.Struct, rename="camel", gc=False):
    """What stands beside `batch`, still encoded. `timestamp` and `messageId` are left out: they are not the events'
    (analytics-node classic and rudder-node send the first, analytics-go the second)."""

    write_key: Raw = msgspec.field(default_factory=Raw)
    sent_at: Raw = msgspec.field(default_factory=Raw)
    context: Raw = msgspec.field(default_factory=Raw)
    integrations: Raw = msgspec.field(default_factory=Raw)

    def text(self, field: str) -> str:
        """The member `field` if it is a string, else ""."""
        value = _decoded(getattr(self, field))
        return value if isinstance(value, str) else ""

    def mapping(self, field: str) -> dict[str, Any]:
        """The member `field` if it is an object of bounded depth, else {}."""
        raw = getattr(self, field)
        value = None if too_deep(bytes(raw)) else _decoded(raw)
        return value if isinstance(value, dict) else {}


class Split(msgspec.Struct, gc=False):
    """A request taken apart. `events[i]` is what a rejection of index i is about; not every one need be sound."""

    envelope: Envelope
    events: Sequence[Raw]


class _Batch(Envelope, rename="camel", kw_only=True, gc=False):
    batch: list[Raw]


_decode_batch = msgspec.json.Decoder(_Batch).decode
_NO_ENVELOPE = Envelope()


def split(endpoint: str, body: bytes) -> Split:
    """The events of a request that came in at `endpoint` (a `Received.endpoint`), the same for the same bytes always.

    Raises `BadRequest` when there is no event at all to speak of.
    """
    if endpoint not in BATCHES:
        return Split(_NO_ENVELOPE, (Raw(body.removeprefix(_BYTE_ORDER_MARK)),))
    _refuse_flood(body)
    try:
        batch = _decode_batch(body)
        parts = Split(batch, batch.batch)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        parts = _tolerant(body)
    if not parts.events:
        raise BadRequest(400, "empty_batch", "the batch holds no event; expected at least one in the array `batch`")
    if len(parts.events) > BATCH_EVENTS_MAX:
        raise _too_many()
    return parts


def joined(events: Sequence[Raw], envelope: Envelope) -> bytes:
    """A body that holds `events`, byte for byte, under the same envelope: what `split` takes apart again."""
    members = [b'"batch":[' + b",".join(map(bytes, events)) + b"]"]
    for name, wire in _ENVELOPE_MEMBERS.items():
        value = bytes(getattr(envelope, name))
        if value:
            members.append(f'"{wire}":'.encode() + value)
    return b"{" + b",".join(members) + b"}"


def deep_merge(beneath: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Both objects in one, in depth; where both have a value, `above` wins. So an envelope lies beneath its events."""
    result: dict[str, Any] = dict(beneath)
    for key, value in above.items():
        under = result.get(key)
        if isinstance(value, dict) and isinstance(under, dict):
            value = deep_merge(under, value)
        result[key] = value
    return result


def _tolerant(body: bytes) -> Split:
    parts = object_members(body.removeprefix(_BYTE_ORDER_MARK), "batch", BATCH_EVENTS_MAX)
    if parts is None:
        raise BadRequest(400, "bad_request", 'the body is not a JSON object; expected {"batch": [...]}')
    members, elements = parts
    if elements is None:
        raise BadRequest(400, "empty_batch", 'the body has no array `batch`; expected {"batch": [...]}')
    known = {name: Raw(members[wire]) for name, wire in _ENVELOPE_MEMBERS.items() if wire in members}
    return Split(Envelope(**known), [Raw(element) for element in elements])


_ENVELOPE_MEMBERS = {
    "write_key": "writeKey",
    "sent_at": "sentAt",
    "context": "context",
    "integrations": "integrations",
}


def _refuse_flood(body: bytes) -> None:
    """A bound on memory before anything is decoded: millions of tiny elements cost far more than their bytes."""
    if len(body) > _COMMAS_COUNTED_FROM and body.count(b",") > _COMMAS_MAX:
        raise _too_many()


def _too_many() -> BadRequest:
    return BadRequest(413, "payload_too_large", f"the batch holds more than {BATCH_EVENTS_MAX} events; send fewer")


def _decoded(raw: Raw) -> Any:
    try:
        return msgspec.json.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
