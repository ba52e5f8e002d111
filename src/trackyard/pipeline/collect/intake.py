"""From a request to durable records: whose it is, what it holds, what of it can be kept."""

import time
from collections import Counter
from collections.abc import Mapping

import msgspec

from trackyard.model.errors import BadRequest
from trackyard.model.event import Received, Rejection
from trackyard.pipeline.collect.appender import Appender
from trackyard.pipeline.collect.facts import HeaderReader, carried, stamp
from trackyard.pipeline.collect.keys import Keys, KnownKey
from trackyard.pipeline.collect.ownership import Admit, Asked, Share, divided, whole
from trackyard.pipeline.collect.quota import Quotas
from trackyard.sources.segment.envelope import split

_encode = msgspec.msgpack.Encoder().encode


class Intake:
    """Takes events in. `keys` is replaced whole when a new revision is in force."""

    def __init__(self, keys: Keys, headers: HeaderReader, appender: Appender, admit: Admit) -> None:
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

    async def keep(self, asked: Asked, body: bytes, known: KnownKey | None) -> Mapping[str, int]:
        """Make the events of `body` durable, under `known` or else under the keys within the body.

        Returns how many were accepted per source, once they are durable; events that cannot be accepted are kept
        beside them with their reasons. Raises `BadRequest` when no event could be accepted.
        """
        now = time.time_ns() // 1_000_000
        parts = split(asked.endpoint, body)
        shares = [whole(known, asked, body, parts)] if known else divided(self.keys, self._admit, asked, body, parts)
        accepted: Counter[str] = Counter()
        for share in shares:
            accepted[share.owner.slug] += len(share.events) - len(share.rejected)
            self._quotas.spend(share.owner.slug, share.owner.source.events_per_second_max, len(share.events))
        await self._appender.append([_encode(self._received(share, asked, now)) for share in shares])
        if not any(accepted.values()):
            raise _refused(shares[0].rejected[0])
        return accepted

    def _received(self, share: Share, asked: Asked, now: int) -> Received:
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


def _refused(first: Rejection) -> BadRequest:
    return BadRequest(413 if first.code == "payload_too_large" else 400, first.code, first.message)
