"""What a stand-in is made of: a `Partner` judges requests, which says what to answer and what it took of them."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import msgspec


class Taken(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One request as it came in over the wire. `path` starts after the partner's slug or host, without a slash."""

    method: str
    path: str
    query: str = ""
    headers: tuple[tuple[bytes, bytes], ...] = ()
    body: bytes = b""
    connection: str = ""  # what tells connections to one partner apart

    def header(self, name: bytes) -> str:
        """The value of a header, named in lower case; "" where there is none."""
        return next((value.decode("latin-1") for key, value in self.headers if key.lower() == name), "")


class Answer(msgspec.Struct, frozen=True):
    """What a partner would answer."""

    status: int = 200
    body: bytes = b"{}"
    content_type: str = "application/json"
    headers: dict[str, str] = {}


class Row(msgspec.Struct, frozen=True, rename="camel", gc=False):
    """What is counted of one row that was taken: the id by which a repeat is known, and when Trackyard received it."""

    message_id: str = ""
    received_at: str = ""


class Judgement(msgspec.Struct, frozen=True):
    """What became of a request: the answer, the rows that had their effect, and why others had none."""

    answer: Answer
    rows: Sequence[Row] = ()
    refused: Sequence[str] = ()  # one reason for each row; those of a whole request count as one


class Desk(Protocol):
    """What a partner has at hand while it judges."""

    @property
    def now(self) -> float:
        """Seconds since 1970."""
        ...

    def has(self, row_id: str) -> bool:
        """Whether a row of this id had its effect at this connection within the partner's window."""
        ...

    def refuses(self, row: Any) -> bool:
        """Whether the script has this row refused, in the partner's own way."""
        ...

    def keep(self, ticket: str, value: Any) -> None:
        """Remember `value` for a later request, such as what a job was made for."""
        ...

    def kept(self, ticket: str) -> Any:
        """What was kept for `ticket`, or None."""
        ...


def first_part(taken: Taken) -> str:
    return taken.path.partition("/")[0]


class Partner(msgspec.Struct, frozen=True, kw_only=True):
    """A stand-in of a destination, reached at `/slug/...` and, as rehearsals do, at `/HOST/...` of each of `hosts`."""

    slug: str
    judge: Callable[[Taken, Desk], Judgement]
    hosts: Sequence[str] = ()
    connection: Callable[[Taken], str] = first_part
    window_seconds: float = float("inf")  # within it a row of the same id has no second effect
    is_strict: bool = False  # checks what the vendor's documentation demands, or only takes and answers
