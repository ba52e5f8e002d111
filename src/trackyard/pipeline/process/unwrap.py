"""A received record becomes the events that were in it, each with its own bytes."""

from collections.abc import Sequence

import msgspec
import structlog

from trackyard.log.protocol import Record
from trackyard.model.event import Received
from trackyard.pipeline.process.envelope import Answer, Dropped, Request, arrived
from trackyard.pipeline.process.parse import read_softly
from trackyard.pipeline.process.times import milliseconds
from trackyard.sources.segment.endpoints import BATCHES
from trackyard.sources.segment.envelope import split

log = structlog.get_logger()
_decode_received = msgspec.msgpack.Decoder(Received).decode


def unwrap(record: Record, at: int) -> Sequence[Answer]:
    """The events of `record`, those that `collect` rejected as dropped. A record that cannot be read is quarantined."""
    try:
        received = _decode_received(record.data)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        return [_unreadable(Request(UNKNOWN, record.offset, at), record.data, error)]
    try:
        return _events(Request(received, record.offset, at))
    except Exception as error:  # whatever it is, it must cost this record only
        return [_unreadable(Request(received, record.offset, at), received.body, error)]


UNKNOWN = Received("", "", 0, "", False, b"")


def _events(request: Request) -> Sequence[Answer]:
    received = request.received
    parts = split(received.endpoint, received.body)
    if received.endpoint in BATCHES:
        request.sent_at = parts.envelope.text("sent_at")
        request.context = parts.envelope.mapping("context")
        request.integrations = parts.envelope.mapping("integrations")
    else:
        request.sent_at = received.facts.get("SentAt", "")  # a header of RudderStack's browser SDK
    request.sent_at_milliseconds = milliseconds(request.sent_at)
    answers: list[Answer] = [arrived(request, index, bytes(body)) for index, body in enumerate(parts.events)]
    for rejection in received.rejected:
        rejected = arrived(request, rejection.index, bytes(parts.events[rejection.index]))
        read_softly(rejected)
        answers[rejection.index] = Dropped(rejected, "rejected", rejection.code, rejection.message)
    return answers


def _unreadable(request: Request, body: bytes, error: Exception) -> Dropped:
    log.error("record_quarantined", received_offset=request.offset, error=type(error).__name__)
    return Dropped(arrived(request, 0, body), "quarantined", "unreadable", f"the record cannot be read: {error}")
