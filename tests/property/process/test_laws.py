"""Laws of process that hold for any input."""

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.unit.process.small_engine import NOON, Engine, workspace

from trackyard.model.event import full_event
from trackyard.pipeline.process.envelope import Answer, Dropped, Envelope, Step
from trackyard.pipeline.process.seen import Seen, id_of
from trackyard.pipeline.process.steps import run_steps, steps_of
from trackyard.pipeline.process.transforms import TransformWorker
from trackyard.pipeline.process.unwrap import unwrap

HOUR = 3_600_000
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
KNOWN = [
    "userId",
    "anonymousId",
    "event",
    "name",
    "timestamp",
    "sentAt",
    "integrations",
    "_metadata",
    "channel",
    "traits",
]
odd_context = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(("library", "consent", "ip", "direct", "traits", "userAgent"), json_values)
)
events = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(KNOWN, json_values)
    | {
        "type": st.sampled_from(["track", "identify", "page", "screen", "group", "alias", "nonsense", None, 7]),
        "messageId": st.sampled_from(["m-1", "m-2", "m-3", "", None, 7]),
        "context": odd_context | json_values,
    },
)
bodies = st.one_of(
    events.map(msgspec.json.encode),
    json_values.map(msgspec.json.encode),
    st.binary(max_size=20),
    st.sampled_from([b'{"a":1e999}', b'{"a":"\\ud800"}', b"[" * 3000 + b"]" * 3000, b"", b"{", b'{"type":"track"']),
)
requests = st.lists(
    st.tuples(
        st.lists(bodies, max_size=5),
        st.sampled_from(["shop", "web", "app", "old", "history", "gone"]),
        st.sampled_from(["batch", "import", "b", "track", "page", "pixel"]),
    ),
    max_size=4,
)
PLANNED = workspace(
    plans={
        "plan": {
            "unplanned_events": "block",
            "violations": "omit",
            "rules": [{"type": "identify", "schema": {"properties": {"traits": {"type": "object"}}}}],
        }
    }
)
PLANNED.sources["web"].tracking_plan = "plan"
few = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def receive_all(engine: Engine, asked: Sequence[tuple[list[bytes], str, str]]) -> int:
    """Append them as `collect` would; returns how many events there are."""
    count = 0
    for parts, source, endpoint in asked:
        if endpoint in ("batch", "import", "b"):
            # what `collect` splits tolerantly need not be JSON; here elements are, so that they can be counted
            sound = [part for part in parts if is_json(part)]
            body, events_in_it = b'{"batch":[' + b",".join(sound) + b"]}", len(sound) or 1
        else:
            body, events_in_it = (parts or [b""])[0], 1
        engine.receive(body, source=source, endpoint=endpoint)
        count += events_in_it
    return count


def is_json(part: bytes) -> bool:
    try:
        msgspec.json.decode(part)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return False
    return True


@few
@given(asked=requests)
def test_any_body_is_decided_or_put_aside_and_every_event_is_counted(
    tmp_path_factory: pytest.TempPathFactory, asked: list[tuple[list[bytes], str, str]]
) -> None:
    engine = Engine(tmp_path_factory.mktemp("engine"), PLANNED)
    count = receive_all(engine, asked)

    counts = engine.counts()

    fates = ("decided", "duplicate", "rejected", "blocked", "quarantined")
    assert counts.get("raw", 0) == count == sum(counts.get(fate, 0) for fate in fates)
    assert counts.get("decided", 0) == len(engine.headers())
    assert len(engine.asides(*fates)) == count - counts.get("decided", 0)
    for header, body in engine.decided():
        full_event(header, body)


@few
@given(asked=requests)
def test_the_same_log_gives_byte_identical_chunks(
    tmp_path_factory: pytest.TempPathFactory, asked: list[tuple[list[bytes], str, str]]
) -> None:
    engines = [Engine(tmp_path_factory.mktemp("engine"), PLANNED) for _ in range(2)]
    for engine in engines:
        receive_all(engine, asked)
        engine.run()

    first, second = (msgspec.msgpack.encode(list(engine.state.events.read(0, 1000))) for engine in engines)
    assert first == second


def steps() -> list[tuple[str, Step]]:
    listed = steps_of(PLANNED, Seen(24 * HOUR), TransformWorker({}))
    return [(f"{number} {step.__module__.rpartition('.')[2]}", step) for number, step in enumerate(listed)]


@few
@pytest.mark.parametrize("number", range(len(steps())), ids=[name for name, _ in steps()])
@given(parts=st.lists(events, min_size=1, max_size=6))
def test_a_step_answers_for_every_event_in_its_order(tmp_path_factory: Any, number: int, parts: list[Any]) -> None:
    engine = Engine(tmp_path_factory.mktemp("engine"))
    engine.receive(*parts, source="web")
    listed = [step for _, step in steps()]
    arrived = [answer for answer in unwrap(engine.log.read(0, 1)[0], NOON) if isinstance(answer, Envelope)]
    living = [answer for answer in run_steps(listed[:number], arrived) if isinstance(answer, Envelope)]

    answers = listed[number](living)

    assert [envelope_of(answer).index for answer in answers] == [envelope.index for envelope in living]


def envelope_of(answer: Answer) -> Envelope:
    return answer.envelope if isinstance(answer, Dropped) else answer


ids = st.tuples(st.integers(0, 12), st.sampled_from(["browser", "server", "mobile"]))


@few
@given(batches=st.lists(st.tuples(st.lists(ids, max_size=6), st.integers(0, 8), st.booleans()), max_size=20))
def test_what_was_seen_agrees_with_a_plain_dictionary(batches: list[tuple[list[tuple[int, str]], int, bool]]) -> None:
    seen, known, rows, hour = Seen(24 * HOUR), {}, [], 0  # type: ignore[var-annotated]
    for batch, later, commits in batches:
        hour += later
        at = NOON + hour * HOUR
        known = {key: when for key, when in known.items() if when >= hour - 24}
        asked = [id_of("production", f"m-{number}", channel) for number, channel in batch]
        found = seen.channels_of(asked, at)
        fresh: dict[tuple[int, str], int] = {}
        for (number, channel), bits in zip(batch, found, strict=True):
            before = {c for n, c in [*known, *fresh] if n == number}
            assert bits == sum(1 << ("browser", "server", "mobile").index(c) for c in before)
            fresh.setdefault((number, channel), hour)
        if commits:
            rows.append((at, seen.added()))
            seen.keep(at)
            known |= {key: when for key, when in fresh.items() if key not in known}
        else:
            seen.drop()
    again = Seen(24 * HOUR, rows)
    everything = [id_of("production", f"m-{number}", "browser") for number in range(13)]
    assert again.channels_of(everything, NOON + hour * HOUR) == seen.channels_of(everything, NOON + hour * HOUR)
