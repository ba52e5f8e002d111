"""Whose events are these? For requests without a key in their headers: by the envelope, by each event, by the query."""

from collections.abc import Callable, Sequence

import msgspec
from msgspec import Raw

from trackyard.model.errors import BadRequest
from trackyard.model.event import Rejection
from trackyard.pipeline.collect.keys import Keys, KnownKey
from trackyard.sources.segment.envelope import Split, joined
from trackyard.sources.segment.validation import check, rejections
from trackyard.sources.segment.write_key import key_of_event, key_of_query, usable


class Asked(msgspec.Struct, gc=False):
    """A request but for its body."""

    endpoint: str
    client_side: bool
    peer: str
    headers: dict[bytes, bytes]
    query: bytes


class Share(msgspec.Struct, gc=False):
    """What one source gets of a request."""

    owner: KnownKey
    body: bytes
    events: Sequence[Raw]
    rejected: tuple[Rejection, ...]


Admit = Callable[[KnownKey, Asked], None]


def whole(owner: KnownKey, asked: Asked, body: bytes, parts: Split) -> Share:
    """All of a request for one source."""
    return Share(owner, body, parts.events, rejections(parts.events, asked.endpoint, body))


def divided(keys: Keys, admit: Admit, asked: Asked, body: bytes, parts: Split) -> list[Share]:
    """One share per source that the keys in the request name; events that nobody may have are in the first, rejected.

    Raises `BadRequest` when no key that it names may send.
    """
    known = _known(keys, parts.envelope.text("write_key"))
    owners = [] if known else [_owner(keys, admit, asked, key_of_event(event)) for event in parts.events]
    distinct = {(owner.slug, owner.environment): owner for owner in owners if isinstance(owner, KnownKey)}
    if not distinct:
        known = known or _known(keys, key_of_query(asked.query))
        if known is None:
            raise _nobodys(owners, parts, asked)
        admit(known, asked)
        return [whole(known, asked, body, parts)]
    if len(distinct) == 1 and all(isinstance(owner, KnownKey) for owner in owners):
        return [whole(next(iter(distinct.values())), asked, body, parts)]
    return _by_owner(list(distinct.values()), owners, asked, body, parts)


def _known(keys: Keys, key: str) -> KnownKey | None:
    return keys.get(key) if usable(key) else None


def _owner(keys: Keys, admit: Admit, asked: Asked, key: str) -> KnownKey | BadRequest:
    known = _known(keys, key)
    if known is None:
        return _unknown()
    try:
        admit(known, asked)
    except BadRequest as refused:
        return refused
    return known


def _by_owner(
    distinct: list[KnownKey], owners: list[KnownKey | BadRequest], asked: Asked, body: bytes, parts: Split
) -> list[Share]:
    shares = []
    for owner in distinct:
        mine = [pair for pair in zip(parts.events, owners, strict=True) if _same(pair[1], owner, distinct[0])]
        events = [event for event, _ in mine]
        found = [_problem(event, whose, asked, index) for index, (event, whose) in enumerate(mine)]
        content = body if len(distinct) == 1 else joined(events, parts.envelope)
        shares.append(Share(owner, content, events, tuple(problem for problem in found if problem is not None)))
    return shares


def _same(whose: KnownKey | BadRequest, owner: KnownKey, first: KnownKey) -> bool:
    whose = first if isinstance(whose, BadRequest) else whose
    return (whose.slug, whose.environment) == (owner.slug, owner.environment)


def _problem(event: Raw, whose: KnownKey | BadRequest, asked: Asked, index: int) -> Rejection | None:
    if isinstance(whose, BadRequest):
        return Rejection(index, whose.code, whose.message)
    return check(event, asked.endpoint, index)


def _nobodys(owners: list[KnownKey | BadRequest], parts: Split, asked: Asked) -> BadRequest:
    refused = next((owner for owner in owners if isinstance(owner, BadRequest) and owner.code != _UNKNOWN), None)
    if refused is not None:
        return refused
    headers = asked.headers
    claims = (
        parts.envelope.text("write_key"),
        key_of_event(parts.events[0]),
        key_of_query(asked.query),
        headers.get(b"authorization", b"").decode("latin-1"),
        headers.get(b"x-write-key", b"").decode("latin-1"),
    )
    return _unknown() if any(map(usable, claims)) else _no_key()


_UNKNOWN = "unknown_source"


def _unknown() -> BadRequest:
    return BadRequest(401, _UNKNOWN, "the write key is not listed by any source of this workspace")


def _no_key() -> BadRequest:
    return BadRequest(
        401, "no_write_key", "no write key found; send it as the user of Basic authorization or as `writeKey`"
    )
