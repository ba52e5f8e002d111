"""Times as clients write them, and the time an event is taken to have happened."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from trackyard.pipeline.process.envelope import Envelope

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)
FUTURE_TOLERANCE_MILLISECONDS = 60_000  # what rounding and a busy client explain; only more is worth a flag
SECONDS_BELOW = 100_000_000_000  # a bare number below this counts seconds (until the year 5138), above it milliseconds
UNCORRECTED_CHANNELS = frozenset({"mirror", "import"})  # copies: their `timestamp` was corrected by who received first


def correct_times(envelopes: Sequence[Envelope]) -> Sequence[Envelope]:
    """Set each event's corrected timestamp; one from the future becomes its time of receipt and is flagged."""
    for envelope in envelopes:
        decided = envelope.decided
        timestamp = corrected_timestamp(envelope)
        if timestamp > decided.received_at:
            if timestamp > decided.received_at + FUTURE_TOLERANCE_MILLISECONDS:
                decided.flag("future_timestamp")
            timestamp = decided.received_at
        decided.timestamp = timestamp
    return envelopes


def corrected_timestamp(envelope: Envelope) -> int:
    """`receivedAt - (sentAt - originalTimestamp)`: the client's clock may be wrong, its differences are not.

    Source: Segment's spec, "Timestamps". Without a `sentAt` (node 1.0.0, cdp-analytics-node, Roku) the original holds.
    """
    event, decided = envelope.event, envelope.decided
    if decided.channel in UNCORRECTED_CHANNELS:
        return first_time(event.get("timestamp"), event.get("originalTimestamp"), decided.received_at)
    original = first_time(event.get("originalTimestamp"), event.get("timestamp"), decided.received_at)
    sent_at = milliseconds(event.get("sentAt"))
    if sent_at is None:
        sent_at = envelope.request.sent_at_milliseconds
    if sent_at is None:
        return original
    corrected = decided.received_at - (sent_at - original)
    return corrected if corrected >= EARLIEST else original


def first_time(first: Any, second: Any, otherwise: int) -> int:
    """The first of two client times that can be read."""
    time = milliseconds(first)
    if time is None:
        time = milliseconds(second)
    return otherwise if time is None else time


def milliseconds(value: Any) -> int | None:
    """A time as clients send it, in ms since 1970 UTC: ISO 8601 of any precision, or a number; None if it is neither.

    Seen: `…45.170Z` (JavaScript), `…+00:00` with no, three or six decimals (PHP, Ruby, Python), nine (Go).
    """
    if isinstance(value, str):
        return _of_text(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _of_number(value)
    return None


def _of_text(text: str) -> int | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return _of_number(float(text)) if text.isascii() and text.isdecimal() else None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return _within((moment - EPOCH) // MILLISECOND)


def _of_number(number: float) -> int | None:
    return _within(number * 1000 if abs(number) < SECONDS_BELOW else number)


def _within(milliseconds: float) -> int | None:
    return int(milliseconds) if EARLIEST <= milliseconds <= LATEST else None


EARLIEST = -2_208_988_800_000  # 1900-01-01T00:00:00.000Z; nothing older is an event
LATEST = 253_402_300_799_999  # 9999-12-31T23:59:59.999Z, the last moment that RFC 3339 can write
