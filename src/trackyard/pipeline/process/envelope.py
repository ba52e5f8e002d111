"""An event on its way through the steps, and what a step answers for it."""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from trackyard.model.event import Decided, Received

# `parse`, the first step, puts the event's own header in its place
NOT_PARSED = Decided("", "", "", "", "", "", 0, 0)


class Request(msgspec.Struct, gc=False):
    """One received record, opened: what all its events share."""

    received: Received
    offset: int
    at: int  # the log's own time, never going back
    sent_at: Any = None
    context: dict[str, Any] | None = None  # of the request's envelope; lies under each event's own
    integrations: dict[str, Any] | None = None


class Envelope(msgspec.Struct):
    """An event plus what we learned. Steps fill in `decided`; `event` is what the steps after them see."""

    request: Request
    index: int
    body: bytes
    event: dict[str, Any] = {}
    decided: Decided = msgspec.field(default_factory=lambda: NOT_PARSED)


class Dropped(msgspec.Struct):
    """An event that does not go on: its fate (`Aside.kind`), a code and a sentence for people."""

    envelope: Envelope
    kind: str
    code: str
    message: str


Answer = Envelope | Dropped
# A step answers for every event it is given: same length, same order. It may be asked again for the same events after
# it raised, so it must change nothing that a second run would notice.
Step = Callable[[Sequence[Envelope]], Sequence[Answer]]
