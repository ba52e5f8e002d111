"""What is written down about a batch beside its decided events: what was put aside, and the audit counts."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import get_args

from trackyard.model.event import Channel
from trackyard.pipeline.process.envelope import Answer, Dropped, Envelope, Note
from trackyard.store.state import Aside

NAME_CHARACTERS_MAX = 100
CLIENT_CHANNELS = frozenset({"browser", "mobile"})
DAY_MILLISECONDS = 86_400_000


def asides_of(answers: Sequence[Answer]) -> list[Aside]:
    """The events that do not go on, and what was noted of any, with their bodies."""
    asides = []
    for answer in answers:
        if isinstance(answer, Dropped):
            envelope = answer.envelope
            asides.append(_aside(envelope, Note(answer.kind, answer.code, answer.message, envelope.body)))
        else:
            envelope = answer
        if envelope.notes:
            asides += [_aside(envelope, note) for note in envelope.notes]
    return asides


def _aside(envelope: Envelope, note: Note) -> Aside:
    request = envelope.request
    return Aside(
        at=request.at,
        received_offset=request.offset,
        index=envelope.index,
        source=request.received.source,
        kind=note.kind,
        code=note.code,
        message=printable(note.message),
        message_id=printable(envelope.decided.message_id),
        body=note.body,
    )


def printable(text: str) -> str:
    """Text that can be stored whatever came in: half surrogate pairs are spelled out."""
    return text.encode(errors="backslashreplace").decode()


def audit_counts(answers: Sequence[Answer]) -> Mapping[int, list[tuple[str, str, str, int]]]:
    """Day -> (source, event name, what, how many). `raw` is every event; it is the sum of `decided` and each drop kind.

    A decided event also counts as a `client` or `server` observation, and as `twin` if it was the second one.
    """
    days: dict[int, Counter[tuple[str, str, str]]] = {}
    for (at, source, kind, name, whats), count in Counter(map(_facts, answers)).items():
        counter = days.setdefault(at - at % DAY_MILLISECONDS, Counter())
        for what in ("raw", *whats):
            counter[source, label(kind, name), what] += count
    return {day: [(*key, count) for key, count in counter.items()] for day, counter in days.items()}


def _facts(answer: Answer) -> tuple[int, str, str, str, tuple[str, ...]]:
    """What one event is counted by."""
    envelope: Envelope
    whats: tuple[str, ...]
    if isinstance(answer, Dropped):
        envelope, whats = answer.envelope, (answer.kind,)
    else:
        envelope, whats = answer, SIDES[answer.decided.channel, answer.decided.observation > 1]
    request, decided = envelope.request, envelope.decided
    return request.at, request.received.source, decided.type, decided.name, whats


SIDES = {
    (channel, is_twin): ("decided", "client" if channel in CLIENT_CHANNELS else "server", *["twin"] * is_twin)
    for channel in get_args(Channel)
    for is_twin in (False, True)
}


def label(kind: str, name: str) -> str:
    """What a count is kept under: the name of a track, else the type; nothing for what could not be read."""
    return printable(name[:NAME_CHARACTERS_MAX]) if kind == "track" else kind
