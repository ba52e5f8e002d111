"""What a stand-in is made of: `Partner` answers requests and says which rows they held."""

from collections.abc import Callable, Sequence

import msgspec


class Taken(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One request as it came in over the wire. `path` starts after the partner's slug, without a slash."""

    method: str
    path: str
    query: str = ""
    headers: tuple[tuple[bytes, bytes], ...] = ()
    body: bytes = b""

    @property
    def connection(self) -> str:
        """The part of the path that tells connections to one partner apart."""
        return self.path.partition("/")[0]


class Answer(msgspec.Struct, frozen=True):
    """What a partner would answer. A status of 2xx means that it took the rows."""

    status: int = 200
    body: bytes = b"{}"
    content_type: str = "application/json"
    headers: dict[str, str] = {}


class Row(msgspec.Struct, frozen=True, rename="camel", gc=False):
    """What is counted of one row: its message id, and when Trackyard received the event; "" where not told."""

    message_id: str = ""
    received_at: str = ""


class Partner(msgspec.Struct, frozen=True, kw_only=True):
    """A stand-in. `slug` is the destination's; requests to `/slug/...` are its own."""

    slug: str
    answer: Callable[[Taken], Answer]
    rows: Callable[[Taken], Sequence[Row]]
