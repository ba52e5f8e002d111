"""A received record becomes the events that were in it, each with its own bytes."""

from collections.abc import Sequence
from typing import Any

import msgspec

from trackyard.log.protocol import Record
from trackyard.model.event import Received
from trackyard.pipeline.process.envelope import Answer, Dropped, Envelope, Request

_decode_received = msgspec.msgpack.Decoder(Received).decode
BATCHES = frozenset({"batch", "import", "b"})


class _Wrapper(msgspec.Struct):
    batch: list[msgspec.Raw]
    sentAt: Any = None
    context: Any = None
    integrations: Any = None


_decode_wrapper = msgspec.json.Decoder(_Wrapper).decode


def unwrap(record: Record, at: int) -> Sequence[Answer]:
    """The events of `record`, those that `collect` rejected as dropped. A record that cannot be read is quarantined."""
    try:
        received = _decode_received(record.data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return [_unreadable(Request(UNKNOWN, record.offset, at), record.data, str(error))]
    try:
        return _events(Request(received, record.offset, at))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return [_unreadable(Request(received, record.offset, at), received.body, str(error))]


UNKNOWN = Received("", "", 0, "", False, b"")


def _events(request: Request) -> Sequence[Answer]:
    received = request.received
    if received.endpoint not in BATCHES:
        bodies: Sequence[bytes] = [received.body]
    else:
        wrapper = _decode_wrapper(received.body)
        bodies = [bytes(raw) for raw in wrapper.batch]
        request.sent_at = wrapper.sentAt
        request.context = wrapper.context if isinstance(wrapper.context, dict) else None
        request.integrations = wrapper.integrations if isinstance(wrapper.integrations, dict) else None
    answers: list[Answer] = [Envelope(request, index, body) for index, body in enumerate(bodies)]
    for rejection in received.rejected:
        answer = answers[rejection.index]
        assert isinstance(answer, Envelope), "collect rejects an event once"
        answers[rejection.index] = Dropped(answer, "rejected", rejection.code, rejection.message)
    return answers


def _unreadable(request: Request, body: bytes, message: str) -> Dropped:
    return Dropped(Envelope(request, 0, body), "quarantined", "unreadable", f"the record cannot be read: {message}")
