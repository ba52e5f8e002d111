"""What is written down about a batch beside its decided events: what was put aside, and the audit counts."""

from collections import Counter
from collections.abc import Mapping, Sequence

from trackyard.model.event import Decided
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
    for answer in answers:
        envelope, whats = (answer.envelope, (answer.kind,)) if isinstance(answer, Dropped) else (answer, _whats(answer))
        request = envelope.request
        counter = days.setdefault(request.at - request.at % DAY_MILLISECONDS, Counter())
        source, label = request.received.source, event_label(envelope.decided)
        counter[source, label, "raw"] += 1
        for what in whats:
            counter[source, label, what] += 1
    return {day: [(*key, count) for key, count in counter.items()] for day, counter in days.items()}


def _whats(envelope: Envelope) -> tuple[str, ...]:
    side = "client" if envelope.decided.channel in CLIENT_CHANNELS else "server"
    return ("decided", side, "twin") if envelope.decided.observation > 1 else ("decided", side)


def event_label(decided: Decided) -> str:
    """What a count is kept under: the name of a track, else the type; nothing for what could not be read."""
    return printable(decided.name[:NAME_CHARACTERS_MAX]) if decided.type == "track" else decided.type
