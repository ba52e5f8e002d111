"""Segment's rules for an event, in its codes."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trackyard.model.event import EVENT_TYPES
from trackyard.sources.segment.splitter import NESTING_MAX
from trackyard.sources.segment.validation import (
    CONSENT_EVENT,
    EVENT_BYTES_MAX,
    PLAIN_FROM,
    check,
    event_type,
    judge,
    rejections,
)

TRACK = {"type": "track", "event": "Order Completed", "userId": "u1"}
CONSENT = {**TRACK, "event": CONSENT_EVENT}


def code(event: Any, endpoint: str = "batch") -> str | None:
    problem = check(event if isinstance(event, bytes) else json.dumps(event).encode(), endpoint)
    return problem.code if problem else None


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (TRACK, None),
        ({**TRACK, "type": "Track"}, None),
        ({**TRACK, "userId": None, "anonymousId": "a"}, None),
        ({**TRACK, "userId": "", "anonymousId": "a"}, None),
        ({**TRACK, "properties": None}, None),
        ({**TRACK, "context": []}, None),
        ({**TRACK, "context": {"device": [], "consent": "x"}}, None),
        ({**TRACK, "context": {"device": {"advertisingId": None}, "consent": {"version": 2}}}, None),
        ({**TRACK, "userId": None}, "no_user_anon_id"),
        ({**TRACK, "userId": ""}, "id_not_string"),
        ({**TRACK, "userId": 5}, "id_not_string"),
        ({**TRACK, "userId": 5, "anonymousId": "a"}, "id_not_string"),
        ({**TRACK, "anonymousId": {}}, "id_not_string"),
        ({**TRACK, "event": None}, "event_not_defined"),
        ({**TRACK, "event": ""}, "event_not_defined"),
        ({**TRACK, "event": 7}, "event_not_string"),
        ({**TRACK, "properties": []}, "properties_not_object"),
        ({**TRACK, "properties": "x"}, "properties_not_object"),
        ({"type": "identify", "userId": "u", "traits": {}}, None),
        ({"type": "identify", "userId": "u", "traits": []}, "traits_not_object"),
        ({"type": "group", "userId": "u", "groupId": "g"}, None),
        ({"type": "group", "userId": "u"}, "id_required"),
        ({"type": "group", "userId": "u", "groupId": 1}, "id_not_string"),
        ({"type": "group", "userId": "u", "groupId": "g", "traits": 1}, "traits_not_object"),
        ({"type": "alias", "userId": "u", "previousId": "p"}, None),
        ({"type": "alias", "userId": "u", "anonymousId": "a"}, None),
        ({"type": "alias", "userId": "u"}, "id_required"),
        ({"type": "page", "userId": "u", "name": "Home", "category": None}, None),
        ({"type": "page", "userId": "u", "name": 5}, "name_not_string"),
        ({"type": "screen", "userId": "u", "category": {}}, "category_not_string"),
        ({"type": "merge", "userId": "u"}, "bad_request"),
        ({"userId": "u"}, "bad_request"),
        ({**TRACK, "context": {"device": {"advertisingId": 5}}}, "device_advertisingid_should_be_string"),
        ({**TRACK, "context": {"consent": {"version": "2"}}}, "consent_version_should_be_number"),
        ({**TRACK, "context": {"consent": {"version": True}}}, "consent_version_should_be_number"),
        (CONSENT, "consent_categorypreferences_should_exist"),
        ({**CONSENT, "context": {"consent": {}}}, "consent_categorypreferences_should_exist"),
        (
            {**CONSENT, "context": {"consent": {"categoryPreferences": [1]}}},
            "consent_categorypreferences_fields_should_be_object",
        ),
        (
            {**CONSENT, "context": {"consent": {"categoryPreferences": {"A": 1}}}},
            "consent_categorypreferences_fields_should_be_bool",
        ),
        ({**CONSENT, "context": {"consent": {"categoryPreferences": {"A": True}}}}, None),
        ([], "bad_request"),
        ("x", "bad_request"),
        (b"", "bad_request"),
        (b"{", "bad_request"),
        (b'{"type":"track","event":"e","userId":"u","properties":{"a":"\xff"}}', "bad_request"),
        (b'{"type":"track","event":"e","userId":"u","properties":{"a":"\\ud800"}}', "bad_request"),
        (b'{"type":5,"userId":"u","properties":nul}', "bad_request"),
    ],
)
def test_an_event_is_judged_by_segments_rules(event: Any, expected: str | None) -> None:
    assert code(event) == expected


def test_a_path_that_names_the_type_decides_it() -> None:
    assert code({"event": "e", "userId": "u"}, "track") is None
    assert code({"type": "page", "userId": "u"}, "track") == "event_not_defined"
    assert event_type("track", "page") == "track"
    assert event_type("batch", "PAGE") == "page"
    assert event_type("pixel", 5) == ""


def test_an_event_over_a_megabyte_is_rejected_alone() -> None:
    assert code({**TRACK, "properties": {"a": "x" * EVENT_BYTES_MAX}}) == "payload_too_large"


def test_nesting_is_bounded() -> None:
    def nested(levels: int) -> bytes:
        head = b'{"type":"track","event":"e","userId":"u","properties":{"a":'
        return head + b"[" * levels + b"]" * levels + b"}}"

    assert code(nested(NESTING_MAX - 2)) is None
    assert code(nested(NESTING_MAX - 1)) == "bad_request"
    assert code(nested(10_000)) == "bad_request"


@pytest.mark.parametrize("bad", [None, b'{"a":"\xff"}', b'{"a":"\\ud800"}', b"{", b'{"a":' * 200 + b"1" + b"}" * 200])
@pytest.mark.parametrize("filler", ["x", "ä", "}" * 130 + "[" * 130, '"{'])
def test_many_events_are_judged_as_each_would_be(bad: bytes | None, filler: str) -> None:
    good = json.dumps({**TRACK, "properties": {"a": filler, "b": [[[{}]]]}}, ensure_ascii=False).encode()
    nameless = json.dumps({**TRACK, "event": None}).encode()
    events = [good] * (PLAIN_FROM // len(good) + 1) + [nameless, good] + ([bad, good] if bad else [])
    body = b'{"batch":[' + b",".join(events) + b"]}"
    expected = [problem for index, event in enumerate(events) if (problem := check(event, "batch", index))]
    assert list(rejections([msgspec.Raw(event) for event in events], "batch", body)) == expected
    assert len(expected) == 1 + (bad is not None)


def test_messages_tell_kinds_and_not_what_people_wrote() -> None:
    problem = check(json.dumps({**TRACK, "userId": {"email": "anna@example.com"}}).encode(), "batch")
    assert problem is not None
    assert "anna" not in problem.message


FIELD = st.none() | st.text(max_size=3) | st.integers() | st.just({}) | st.just([]) | st.booleans()
FIELDS = ("event", "userId", "anonymousId", "groupId", "previousId", "name", "category", "properties", "traits")


@settings(deadline=None)
@given(
    st.fixed_dictionaries(
        {"type": st.sampled_from([*EVENT_TYPES, "Track", "x", 5, None])},
        optional={
            **dict.fromkeys(FIELDS, FIELD),
            "context": FIELD
            | st.fixed_dictionaries(
                {}, optional={"device": FIELD | st.just({"advertisingId": 1}), "consent": st.just({"version": "1"})}
            ),
        },
    )
)
def test_the_fast_decision_is_the_same_as_the_rules(event: dict[str, Any]) -> None:
    problem = judge(event, event_type("batch", event["type"]))
    assert code(event) == (problem[0] if problem else None)
