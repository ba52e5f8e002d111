"""From a request to durable records: whose it is, what it holds, what of it can be kept."""

import time
from collections.abc import Callable, Sequence
from urllib.parse import parse_qs

import msgspec
from msgspec import Raw

from trackyard.model.errors import BadRequest
from trackyard.model.event import Received, Rejection
from trackyard.pipeline.collect.appender import Appender
from trackyard.pipeline.collect.facts import HeaderReader, carried, stamp
from trackyard.pipeline.collect.keys import Keys, KnownKey
from trackyard.pipeline.collect.quota import Quotas
from trackyard.sources.segment.envelope import Split, joined, split
from trackyard.sources.segment.validation import check, rejections
from trackyard.sources.segment.write_key import usable

_encode = msgspec.msgpack.Encoder().encode


class Asked(msgspec.Struct, gc=False):
    """A request but for its body."""

    endpoint: str
    client_side: bool
    peer: str
    headers: dict[bytes, bytes]
    query: bytes


class _Share(msgspec.Struct, gc=False):
    """What one source gets of a request."""

    owner: KnownKey
    body: bytes
    events: Sequence[Raw]
    rejected: tuple[Rejection, ...]


class Intake:
    """Takes events in. `keys` is replaced whole when a new revision is in force."""

    def __init__(
        self, keys: Keys, headers: HeaderReader, appender: Appender, admit: Callable[[KnownKey, Asked], None]
    ) -> None:
        self.keys = keys
        self._headers, self._appender, self._admit = headers, appender, admit
        self._quotas = Quotas()

    def of_headers(self, asked: Asked) -> KnownKey | None:
        """The key that the headers carry, if it may send here and now; None where they carry none that is known."""
        headers = asked.headers
        known = self.keys.of_headers(headers.get(b"authorization", b""), headers.get(b"x-write-key", b""))[1]
        if known is not None:
            self._admit(known, asked)
        return known

    async def keep(self, asked: Asked, body: bytes, known: KnownKey | None) -> dict[str, int]:
        """Make the events of `body` durable, under `known` or else under the keys within the body.

        Returns how many were accepted per source, once they are durable; events that cannot be accepted are kept
        beside them with their reasons. Raises `BadRequest` when no event could be accepted.
        """
        now = time.time_ns() // 1_000_000
        parts = split(asked.endpoint, body)
        shares = [_share(known, body, parts, asked)] if known else self._shares(asked, body, parts)
        accepted = {share.owner.slug: len(share.events) - len(share.rejected) for share in shares}
        for share in shares:
            self._quotas.spend(share.owner.slug, share.owner.source.events_per_second_max, len(share.events))
        await self._appender.append([_encode(self._received(share, asked, now)) for share in shares])
        if not any(accepted.values()):
            raise _refused(shares[0].rejected[0])
        return accepted

    def _received(self, share: _Share, asked: Asked, now: int) -> Received:
        headers, peer = asked.headers, asked.peer
        origin = headers.get(b"origin")
        return Received(
            source=share.owner.slug,
            environment=share.owner.environment,
            received_at=now,
            endpoint=asked.endpoint,
            # The browser SDKs of RudderStack and Hightouch use the paths of servers; servers send no Origin.
            client_side=asked.client_side or origin is not None,
            body=share.body,
            ip=self._headers.client_address(peer, headers),
            user_agent=stamp(headers.get(b"user-agent")),
            origin=stamp(origin),
            country=self._headers.country(peer, headers),
            gpc=headers.get(b"sec-gpc") == b"1",
            facts=carried(headers),
            rejected=share.rejected,
        )

    def _shares(self, asked: Asked, body: bytes, parts: Split) -> list[_Share]:
        """One share per source that the keys in the body or the query name; a mixed batch is divided."""
        known = self._first_known(parts.envelope.text("write_key"))
        if known:
            self._admit(known, asked)
            return [_share(known, body, parts, asked)]
        owners = [self._first_known(_event_key(event)) for event in parts.events]
        distinct = {owner.slug + "\0" + owner.environment: owner for owner in owners if owner}
        if not distinct:
            known = self._first_known(_query_key(asked.query))
            if known is None:
                raise self._unknown(parts, asked)
            self._admit(known, asked)
            return [_share(known, body, parts, asked)]
        for owner in distinct.values():
            self._admit(owner, asked)
        return _divided(list(distinct.values()), owners, body, parts, asked)

    def _first_known(self, key: str) -> KnownKey | None:
        return self.keys.get(key) if usable(key) else None

    def _unknown(self, parts: Split, asked: Asked) -> BadRequest:
        headers = asked.headers
        claims = (
            parts.envelope.text("write_key"),
            *map(_event_key, parts.events[:1]),
            _query_key(asked.query),
            headers.get(b"authorization", b"").decode("latin-1"),
            headers.get(b"x-write-key", b"").decode("latin-1"),
        )
        return unknown_source() if any(map(usable, claims)) else no_write_key()


def unknown_source() -> BadRequest:
    return BadRequest(401, "unknown_source", "the write key is not listed by any source of this workspace")


def no_write_key() -> BadRequest:
    return BadRequest(
        401, "no_write_key", "no write key found; send it as the user of Basic authorization or `writeKey`"
    )


class _Keyed(msgspec.Struct, rename="camel", gc=False):
    write_key: str | None = None


_decode_keyed = msgspec.json.Decoder(_Keyed).decode


def _event_key(event: Raw) -> str:
    try:
        return _decode_keyed(event).write_key or ""
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return ""


def _query_key(query: bytes) -> str:
    if b"riteKey=" not in query:
        return ""
    return parse_qs(query.decode("latin-1"), max_num_fields=100).get("writeKey", [""])[0]


def _share(owner: KnownKey, body: bytes, parts: Split, asked: Asked) -> _Share:
    return _Share(owner, body, parts.events, rejections(parts.events, asked.endpoint, body))


def _divided(
    distinct: list[KnownKey], owners: list[KnownKey | None], body: bytes, parts: Split, asked: Asked
) -> list[_Share]:
    """Events go to the source of their own key; those without a known one are rejected beside the first source's."""
    shares = []
    for owner in distinct:
        mine = [pair for pair in zip(parts.events, owners, strict=True) if _same(pair[1] or distinct[0], owner)]
        events = [event for event, _ in mine]
        rejected = tuple(
            problem
            for index, (event, whose) in enumerate(mine)
            if (problem := check(event, asked.endpoint, index) if whose else _no_owner(index)) is not None
        )
        content = body if len(distinct) == 1 else joined(events, parts.envelope)
        shares.append(_Share(owner, content, events, rejected))
    return shares


def _same(one: KnownKey, other: KnownKey) -> bool:
    return one.slug == other.slug and one.environment == other.environment


def _no_owner(index: int) -> Rejection:
    return Rejection(index, "unknown_source", "the event's own write key is not listed by any source")


def _refused(first: Rejection) -> BadRequest:
    return BadRequest(413 if first.code == "payload_too_large" else 400, first.code, first.message)
