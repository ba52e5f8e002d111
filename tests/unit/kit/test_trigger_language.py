"""What triggers promise beyond the recorded answers: errors that help, bounds, explanations, differences."""

from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.kit.effort import EFFORT_MAX, effort

from trackyard.kit.trigger import TriggerError, compile_trigger, deciding, difference, explain

WORDS = [
    *("type", "event", "properties.a", "traits.__class__", "context.a.b", "constructor", "typeof", "contains", "match"),
    *("length", "and", "or", "!", "(", ")", "=", "!=", "<", ">=", "in", "[", "]", ",", ".", "\\", "😀", '"', "'", "\n"),
    *('"track"', "'x'", '"a*"', "5", "-1.5", "true", "null"),
]
TEXTS = st.lists(st.sampled_from(WORDS), max_size=14).map(" ".join) | st.text(max_size=30)
VALUES = st.none() | st.booleans() | st.integers() | st.text(max_size=6) | st.lists(st.integers(), max_size=2)
EVENTS = st.dictionaries(
    st.sampled_from(["type", "event", "name", "userId", "properties", "traits", "context"]),
    VALUES | st.dictionaries(st.sampled_from(["a", "b", "__class__"]), VALUES, max_size=3),
    max_size=4,
)
DIALECTS: list[Literal["fql", "segment"]] = ["fql", "segment"]


@settings(max_examples=400, deadline=None)
@given(TEXTS, EVENTS, st.sampled_from(DIALECTS))
def test_any_text_is_a_trigger_or_refused(text: str, event: dict[str, Any], dialect: Literal["fql", "segment"]) -> None:
    try:
        trigger = compile_trigger(text, dialect)
    except TriggerError as error:
        assert 0 <= error.position <= 2 * len(text)
        return
    answer = trigger(event)
    assert isinstance(answer, bool)
    assert explain(text, event, dialect).holds == answer


@settings(max_examples=100, deadline=None)
@given(TEXTS)
def test_a_difference_is_one(text: str) -> None:
    event = difference(text)
    if event is not None:
        assert wanted(text, event, "fql") != wanted(text, event, "segment")


def wanted(text: str, event: dict[str, Any], dialect: Literal["fql", "segment"]) -> bool:
    try:
        return compile_trigger(text, dialect)(event)
    except TriggerError:
        return False


@pytest.mark.parametrize(
    "text",
    [
        "(" * 5000,
        "!" * 5000,
        "!(" * 3000,
        "[" * 5000,
        "contains(" * 900,
        "'" * 9000,
        "\\" * 9000,
        "a." * 4000 + "a = 1",
        " or ".join(["a = 1"] * 1500),
        'match(event, "' + "*a" * 2000 + '")',
        'match(event, "' + "[a-z]?" * 1500 + '")',
    ],
    ids=lambda text: text[:20],
)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_hostile_triggers_end_soon(text: str, dialect: Literal["fql", "segment"]) -> None:
    event = {"event": "a" * 20_000, "a": {"a": 1}}
    assert effort(lambda: compile_trigger(text, dialect)(event), TriggerError) < EFFORT_MAX


@pytest.mark.parametrize(
    ("text", "message", "position"),
    [
        ("type = ", "found the end, expected a field, a value or a function", 7),
        ("type == 'x'", "found '=', expected a field", 6),
        ("(type = 'a'", "found the end, expected ')'", 11),
        ("type = 'a' event = 'b'", "found 'event', expected 'and', 'or' or the end", 11),
        ("regex(event, 'x')", "found the unknown function regex()", 0),
        ("length(a, b) = 1", "found 2 arguments of length(), expected 1", 0),
        ("event = 'x", "found no closing '", 8),
    ],
)
def test_a_refused_trigger_says_what_was_found_and_expected(text: str, message: str, position: int) -> None:
    with pytest.raises(TriggerError) as refused:
        compile_trigger(text)
    assert str(refused.value).startswith(message)
    assert refused.value.position == position


def test_deeply_nested_parentheses_are_a_trigger() -> None:
    text = "(" * 37 + "a = 1 and !contains(b.c.d, 'x')" + ")" * 37
    assert compile_trigger(text)({"a": 1})


def test_the_clauses_that_decided_are_named() -> None:
    text = 'type = "track" and (event = "A" or properties.total > 100)'
    decided = deciding(explain(text, {"type": "track", "event": "B", "properties": {"total": 5}}))
    assert [(clause.clause, clause.found) for clause in decided] == [
        ('event = "A"', {"event": "B"}),
        ("properties.total > 100", {"properties.total": 5}),
    ]
    segment = deciding(explain(text, {"type": "page"}, "segment"))
    assert next((clause.clause, clause.found) for clause in segment) == ('type = "track"', {"type": "page"})


@pytest.mark.parametrize(
    "text",
    ["event = 'x'", '!(event = "b")', "properties.vip != true", 'match(event, "Order Completed")',
     'type = "track" or event = "a" and name = "b"', 'type = "track" and anonymousId = "x"'],
)  # fmt: skip
def test_an_event_shows_where_the_dialects_differ(text: str) -> None:
    event = difference(text)
    assert event is not None
    assert wanted(text, event, "fql") != wanted(text, event, "segment")


def test_a_trigger_that_means_the_same_in_both_has_no_difference() -> None:
    assert difference('type = "track" and event = "Order Completed"') is None
