"""What became of one delivery attempt. Matched exhaustively; a batch has one outcome per row."""

from typing import Literal

import msgspec

Scope = Literal["event", "destination", "auth"]


class Delivered(msgspec.Struct, frozen=True, tag="delivered"):
    """The platform said it took the row."""


class Accepted(msgspec.Struct, frozen=True, tag="accepted"):
    """The platform will process the row later; `ticket` is what to ask with."""

    ticket: str


class Retry(msgspec.Struct, frozen=True, tag="retry"):
    """Not taken now. `destination` and `auth` failures stop the lane where it is; `event` ones park this row only."""

    reason: str
    scope: Scope = "event"
    after_seconds: float | None = None


class Rejected(msgspec.Struct, frozen=True, tag="rejected"):
    """The platform will never take this row as it is. `whole_request`: one bad row refused all; bisect to find it."""

    reason: str
    whole_request: bool = False


class Unknown(msgspec.Struct, frozen=True, tag="unknown"):
    """The request went out and no answer came back: it may or may not have had its effect."""

    reason: str


Outcome = Delivered | Accepted | Retry | Rejected | Unknown
