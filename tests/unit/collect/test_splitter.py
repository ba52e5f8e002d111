"""Taking damaged requests apart: a broken event loses itself only."""

import json
import time
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from trackyard.sources.segment.splitter import array_elements, depth, object_members, surely_shallow, too_deep

MANY = 100_000
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)
BROKEN = st.sampled_from(
    [
        b'{"a":nul}',
        b'{"a":"\xff\xfe"}',
        rb'{"a":"\ud800"}',
        b'{"a":[1}',
        b'{"a":1]}',
        b'{"a"}}',
        b"{'a':1}",
        b'{"a":' + b"[" * 300 + b"]" * 300 + b"}",
        b"garbage",
        b"{]}",
    ]
)
GOOD = st.dictionaries(st.text(), VALUES, max_size=4).map(lambda value: json.dumps(value).encode())


def elements(array: bytes) -> list[Any]:
    return [json.loads(element) for element in array_elements(array, MANY)]


@settings(deadline=None)
@given(st.lists(VALUES), st.sampled_from([None, 1]), st.booleans())
def test_the_elements_of_any_json_array_are_those_that_json_finds(
    values: list[Any], indent: int | None, ascii_only: bool
) -> None:
    assert elements(json.dumps(values, indent=indent, ensure_ascii=ascii_only).encode()) == values


@settings(deadline=None)
@given(st.dictionaries(st.text().filter(lambda key: key != "batch"), VALUES), st.lists(VALUES))
def test_the_members_of_any_json_object_are_those_that_json_finds(value: dict[str, Any], batch: list[Any]) -> None:
    # Keys with escapes are no envelope keys; they come back as they are written.
    body = json.dumps({**value, "batch": batch}, ensure_ascii=False).encode()
    found = object_members(body, "batch", MANY)
    assert found is not None
    members, parts = found
    plain = {key: inner for key, inner in value.items() if json.dumps(key, ensure_ascii=False) == f'"{key}"'}
    assert {key: json.loads(members[key]) for key in plain} == plain
    assert [json.loads(part) for part in parts or []] == batch


@settings(deadline=None)
@given(st.lists(st.tuples(st.booleans(), GOOD, BROKEN), min_size=1))
def test_broken_elements_leave_their_neighbours_whole(mixed: list[tuple[bool, bytes, bytes]]) -> None:
    sent = [good if sound else broken for sound, good, broken in mixed]
    found = array_elements(b"[" + b",".join(sent) + b"]", MANY)
    assert found == sent


@settings(deadline=None)
@given(st.binary())
def test_no_bytes_make_it_fail(data: bytes) -> None:
    object_members(data, "batch", MANY)
    object_members(b'{"batch":[' + data, "batch", MANY)
    depth(data)


@settings(deadline=None)
@given(VALUES)
def test_depth_is_that_of_the_value_whatever_its_strings_hold(value: Any) -> None:
    assert depth(json.dumps(value).encode()) == _depth(value)


@settings(deadline=None)
@given(st.lists(st.sampled_from([b"[" * 40, b"]" * 40, b'"[["', b"x" * 50, b"{" * 129, b"}"]), max_size=12))
def test_what_is_surely_shallow_holds_no_part_that_is_too_deep(parts: list[bytes]) -> None:
    data = b",".join(parts)
    for size in range(len(parts) + 1):
        for begin in range(len(parts) - size + 1):
            part = b",".join(parts[begin : begin + size])
            if part and too_deep(part):
                assert not surely_shallow(data, len(part))


def test_shallow_events_however_many_are_surely_shallow() -> None:
    event = b'{"a":{"b":[1,2,{"c":"[[[["}]}}'
    assert surely_shallow(b",".join([event] * 1000), len(event))


def test_a_batch_torn_off_keeps_what_came_before() -> None:
    found = object_members(b'{"writeKey":"k","batch":[{"a":1},{"b":2},{"c":"tor', "batch", MANY)
    assert found == ({"writeKey": b'"k"'}, [b'{"a":1}', b'{"b":2}', b'{"c":"tor'])


def test_the_last_of_a_repeated_member_counts() -> None:
    found = object_members(b'{"a":1,"a":{"b":2},"batch":[1],"batch":[2,3] ,"c"}', "batch", MANY)
    assert found == ({"a": b'{"b":2}'}, [b"2", b"3"])


def test_what_is_no_object_has_no_members() -> None:
    assert object_members(b"[1]", "batch", MANY) is None
    assert object_members(b"", "batch", MANY) is None
    assert object_members(b" hello", "batch", MANY) is None


def test_more_elements_than_asked_for_are_not_collected() -> None:
    assert len(array_elements(b"[" + b"1," * 1000 + b"1]", 10)) == 11


def test_hostile_nesting_takes_linear_time() -> None:
    attacks = [
        b'{"batch":[' + b"[{" * 500_000 + b"]" * 500_000,
        b'{"batch":[' + b"[" + b"{" * 1_000_000 + b"]" * 1_000_000,
        b'{"batch":["' + b'\\"' * 1_000_000 + b"\\",
        b'{"batch":[' + b'"' * 1_000_000,
    ]
    for attack in attacks:
        started = time.process_time()
        object_members(attack, "batch", MANY)
        assert time.process_time() - started < 5  # quadratic would be minutes


def _depth(value: Any) -> int:
    if isinstance(value, dict):
        return 1 + max(map(_depth, value.values()), default=0)
    if isinstance(value, list):
        return 1 + max(map(_depth, value), default=0)
    return 0
