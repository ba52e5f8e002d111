"""Writing a decided batch: its chunks, and the rest of what `outcome` says about it."""

from collections.abc import Callable, Sequence

import msgspec
import structlog

from trackyard.model.event import CHUNK_EVENTS_MAX, Chunk
from trackyard.pipeline import metrics
from trackyard.pipeline.process.envelope import Answer, Envelope
from trackyard.pipeline.process.steps import quarantined
from trackyard.store.state import Transaction

# Every event has one of these fates.
FATES = frozenset({"decided", "rejected", "duplicate", "blocked", "quarantined"})

NOT_ENCODABLE = (TypeError, ValueError, OverflowError, RecursionError, msgspec.EncodeError)

log = structlog.get_logger()


def living(answers: Sequence[Answer]) -> list[Envelope]:
    """The events that go on."""
    return [answer for answer in answers if isinstance(answer, Envelope)]


def append_decided(transaction: Transaction, envelopes: Sequence[Envelope], revision: int, now: int) -> None:
    """Append the events to the events log, in order."""
    first = transaction.next_offset()
    for start in range(0, len(envelopes), CHUNK_EVENTS_MAX):
        part = envelopes[start : start + CHUNK_EVENTS_MAX]
        events, bodies = [one.decided for one in part], [one.body for one in part]
        transaction.append_events(Chunk(first + start, revision, now, events, bodies))


def stored(commit: Callable[[Sequence[Answer]], None], answers: Sequence[Answer]) -> None:
    """Commit the batch; where a header cannot be written, without its event, which is quarantined.

    JSON knows integers of any size, the log those of 64 bits: `integrations` may hold others.
    """
    try:
        commit(answers)
    except NOT_ENCODABLE as error:
        log.warning("batch_cannot_be_encoded", error=type(error).__name__)
        commit([_encodable(answer) for answer in answers])


def _encodable(answer: Answer) -> Answer:
    if isinstance(answer, Envelope):
        try:
            msgspec.msgpack.encode(answer.decided)
        except NOT_ENCODABLE as error:
            return quarantined(answer, error)
    return answer


def measure(rows: Sequence[tuple[str, str, str, int]]) -> None:
    """Add the audit counts of one batch to the metrics."""
    for source, _, what, count in rows:
        if what in FATES:
            metrics.decided_events_total.labels(source, what).inc(count)
