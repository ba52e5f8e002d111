"""What is written down about a batch beside its decided events: what was put aside, and the audit counts."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import get_args

from trackyard.model.event import Channel
from trackyard.pipeline.process.envelope import Answer, Dropped, Envelope, Note
from trackyard.store.state import Aside

NAME_CHARACTERS_MAX = 100
LABELS_PER_DAY_MAX = 2000
OTHERS = "(others)"
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


class Labels:
    """What counts are kept under: an event's label, or `OTHERS` once a day has had `LABELS_PER_DAY_MAX` of them.

    Whoever puts an order number into the event name must not fill the disk.
    """

    def __init__(self, rows: Iterable[tuple[int, str, str, str, int]] = ()) -> None:
        self._known: dict[int, set[tuple[str, str]]] = {}
        for day, source, name, _, _ in rows:
            self._known.setdefault(day, set()).add((source, name))

    def of(self, day: int, source: str, label: str) -> str:
        if day not in self._known:
            self._known = {known: labels for known, labels in self._known.items() if known >= day - DAY_MILLISECONDS}
        labels = self._known.setdefault(day, set())
        if len(labels) < LABELS_PER_DAY_MAX:
            labels.add((source, label))
        return label if (source, label) in labels else OTHERS


def audit_counts(answers: Sequence[Answer], labels: Labels) -> Mapping[int, list[tuple[str, str, str, int]]]:
    """Day -> (source, event name, what, how many). `raw` is every event; it is the sum of `decided` and each drop kind.

    A decided event also counts as a `client` or `server` observation, and as `twin` if it was the second one.
    """
    days: dict[int, Counter[tuple[str, str, str]]] = {}
    for (at, source, kind, name, whats), count in Counter(map(_facts, answers)).items():
        day = at - at % DAY_MILLISECONDS
        counter, kept_under = days.setdefault(day, Counter()), labels.of(day, source, label(kind, name))
        for what in ("raw", *whats):
            counter[source, kept_under, what] += count
    return {day: [(*key, count) for key, count in counter.items()] for day, counter in days.items()}


def _facts(answer: Answer) -> tuple[int, str, str, str, tuple[str, ...]]:
    """What one event is counted by."""
    envelope: Envelope
    whats: tuple[str, ...]
    if isinstance(answer, Dropped):
        envelope, whats = answer.envelope, (answer.kind,)
    else:
        envelope, whats = answer, SIDES[answer.decided.channel, answer.decided.observation > 1]
    if envelope.notes:
        whats = (*whats, *sorted({note.kind for note in envelope.notes}))
    request, decided = envelope.request, envelope.decided
    return request.at, request.received.source, decided.type, decided.name, whats


SIDES = {
    (channel, is_twin): ("decided", "client" if channel in CLIENT_CHANNELS else "server", *["twin"] * is_twin)
    for channel in get_args(Channel)
    for is_twin in (False, True)
}


def label(kind: str, name: str) -> str:
    """How an event is called in counts: the name of a track, else the type; nothing for what could not be read."""
    return printable(name[:NAME_CHARACTERS_MAX]) if kind == "track" else kind
