"""An event on its way: as it was received (`Received`), as it was decided (`Decided` in a `Chunk`).

Times are integer milliseconds since 1970 UTC; the wire has RFC 3339 text.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Literal

import msgspec

EventType = Literal["track", "identify", "page", "screen", "group", "alias"]
Channel = Literal["browser", "server", "mobile", "mirror", "import"]
EVENT_TYPES: tuple[EventType, ...] = ("track", "identify", "page", "screen", "group", "alias")
CHUNK_EVENTS_MAX = 500


class Rejection(msgspec.Struct, array_like=True, frozen=True):
    """One event of a request that cannot be accepted: its place in the batch and why (Segment's own codes)."""

    index: int
    code: str
    message: str


class Received(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """One request as it was made durable: the decompressed body and the facts that only the request knew."""

    source: str
    environment: str
    received_at: int
    endpoint: str  # canonical: track, identify, ..., batch, import, b, pixel, or the name of a webhook source
    client_side: bool  # sent by a browser or phone itself: its address and user agent are the person's
    body: bytes
    ip: str = ""
    user_agent: str = ""
    origin: str = ""
    country: str = ""  # ISO 3166 alpha-2, from a trusted proxy's header
    gpc: bool = False  # Sec-GPC: 1
    facts: dict[str, str] = msgspec.field(
        default_factory=dict
    )  # further headers that clients use (AnonymousId, SentAt)
    rejected: tuple[Rejection, ...] = ()  # found by collect; the rest was accepted


class Decided(msgspec.Struct, array_like=True, gc=False):
    """One event as decided once: what trigger, gate and routing read without opening the body."""

    type: str
    message_id: str
    name: str  # event name of a track, name of a page or screen, else ""
    source: str
    environment: str
    channel: str
    received_at: int
    timestamp: int  # corrected: received_at - (sent_at - original)
    user_id: str = ""
    anonymous_id: str = ""
    person: str = ""  # deliveries of one person keep their order under this key
    region: str = ""  # a region named in the workspace, "" when unknown
    gpc: bool = False
    consent: dict[str, bool] | None = None  # purpose -> allowed, as signalled on the event; None: no decision was seen
    integrations: dict[str, Any] | None = None  # the event's own routing wishes; key "All" is always spelled so
    already: tuple[str, ...] = ()  # destinations the browser itself has delivered to
    observation: int = 1  # 2: the twin of an event decided earlier (same message id, other channel)
    version: int = 0  # > 0: decided again by `reprocess`; supersedes lower versions of the same message id
    fills: dict[str, Any] = msgspec.field(
        default_factory=dict
    )  # laid over the body; `context` is merged one level deep
    flags: tuple[str, ...] = ()  # what was noticed and did not stop it: future_timestamp, transform_failed:NAME, ...
    without_decision: tuple[str, ...] | None = None  # where none was seen: the purposes that the rules allowed then

    def flag(self, noticed: str) -> None:
        """Note something once."""
        if noticed not in self.flags:
            self.flags = (*self.flags, noticed)


class Chunk(msgspec.Struct, array_like=True, gc=False):
    """Up to 500 decided events under one revision; event i has the offset `first + i`."""

    first: int
    revision: int
    decided_at: int
    events: list[Decided]
    bodies: list[bytes]

    def __iter__(self) -> Iterator[tuple[int, Decided, bytes]]:
        return zip(range(self.first, self.first + len(self.events)), self.events, self.bodies, strict=True)

    @property
    def last(self) -> int:
        """The offset of the last event."""
        return self.first + len(self.events) - 1


def full_event(event: Decided, body: bytes) -> dict[str, Any]:
    """The event as destinations see it: the body as sent, with what the server filled in or corrected."""
    members: dict[str, Any] = _decode(body)
    members.pop("writeKey", None)
    fills: Mapping[str, Any] = event.fills
    received_at = rfc3339(event.received_at)
    members["type"] = event.type
    members["messageId"] = event.message_id
    if members.get("originalTimestamp") is None:
        members["originalTimestamp"] = members.get("timestamp") or received_at
    members["timestamp"] = rfc3339(event.timestamp)
    members["receivedAt"] = received_at
    members["version"] = 2  # Segment's number for this shape, on every stored event
    members["projectId"] = event.source
    if not members.get("channel"):
        members["channel"] = "client" if event.channel in ("browser", "mobile") else "server"
    for key, value in fills.items():
        if key == "context" and isinstance(members.get("context"), dict):
            members["context"] = {**members["context"], **value}
        else:
            members[key] = value
    return members


def rfc3339(milliseconds: int) -> str:
    """`2026-01-15T12:00:00.000Z`: UTC, always three decimals, as JavaScript writes it."""
    seconds, rest = divmod(milliseconds, 1000)
    return f"{_rfc3339_second(seconds)}.{rest:03d}Z"


@lru_cache(4096)
def _rfc3339_second(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}"


def _number(text: str) -> int | float:
    """JSON has one kind of number: 20.0 is 20, as JavaScript reads and writes it."""
    number = float(text)
    return int(number) if number.is_integer() and abs(number) < INTEGRAL_BELOW else number


INTEGRAL_BELOW = 1e21  # from here on ECMAScript writes an exponent
_decode = msgspec.json.Decoder(float_hook=_number).decode
