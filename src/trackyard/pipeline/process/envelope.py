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
    sent_at: str = ""
    sent_at_milliseconds: int | None = None
    context: dict[str, Any] = {}  # of the request's envelope; lies under each event's own
    integrations: dict[str, Any] = {}


class Envelope(msgspec.Struct):
    """An event plus what we learned. Steps fill in `decided`; `event` is what the steps after them see."""

    request: Request
    index: int
    body: bytes
    event: dict[str, Any]
    decided: Decided
    notes: tuple["Note", ...] = ()  # kept beside the event, which goes on
    refused: int = 0  # bits of `seen.REFUSAL_BITS`: what the person refused with the twin of this event

    def note(self, kind: str, code: str, message: str) -> None:
        """Keep what was found in the event as it is now; once, however often a step is asked."""
        if not any(note.kind == kind and note.code == code for note in self.notes):
            self.notes = (*self.notes, Note(kind, code, message, self.body))

    def rewrite(self) -> None:
        """Make `event` the body, with all that was filled in."""
        self.body = msgspec.json.encode(self.event)
        self.decided.fills = {}


def arrived(request: Request, index: int, body: bytes) -> Envelope:
    """An event of which nothing is known yet."""
    return Envelope(request, index, body, {}, NOT_PARSED)


class Note(msgspec.Struct, frozen=True):
    """Something to be put aside though its event goes on: a violation of a plan, a failed transform."""

    kind: str
    code: str
    message: str
    body: bytes


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
