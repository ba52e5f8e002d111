"""Duplicates are dropped, twins are kept as the second observation of one event."""

from collections.abc import Callable, Sequence

from trackyard.model.event import Decided
from trackyard.pipeline.process.envelope import Answer, Dropped, Envelope
from trackyard.pipeline.process.seen import CHANNEL_BITS, HASH_BYTES, Seen, id_of


def find_duplicates(seen: Seen) -> Callable[[Sequence[Envelope]], Sequence[Answer]]:
    """The step that drops the same message id on the same channel, and marks the same id on another one.

    Segment's own rule is one id for all sources and no channel; it would lose the server's twin of a browser event.
    """

    def step(envelopes: Sequence[Envelope]) -> Sequence[Answer]:
        ids = [id_of_event(envelope.decided) for envelope in envelopes]
        at = max((envelope.request.at for envelope in envelopes), default=0)
        channels = seen.channels_of(ids, at)
        return [
            _judged(envelope, one[HASH_BYTES], before)
            for envelope, one, before in zip(envelopes, ids, channels, strict=True)
        ]

    return step


def id_of_event(decided: Decided) -> bytes:
    """What the event is remembered by."""
    return id_of(decided.environment, decided.message_id, decided.channel)


def _judged(envelope: Envelope, channel: int, before: int) -> Answer:
    if before >> channel & 1:
        return Dropped(envelope, "duplicate", "duplicate", "this message id was received on this channel before")
    envelope.decided.observation = 2 if before & CHANNEL_BITS else 1
    envelope.refused = before & ~CHANNEL_BITS
    return envelope
