"""What mappings promise beyond the recorded answers: places of problems, bounds, no way to Python's own members."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.kit.effort import EFFORT_MAX, effort

from trackyard.kit.javascript import UNDEFINED, json_text, number_of_text, number_text, text_of, utf16_length
from trackyard.kit.mapping import MappingError, compile_mapping, missing_paths, paths
from trackyard.kit.mapping.validate import DIRECTIVES

NAMES = [
    "a",
    "b",
    "0",
    "length",
    "__proto__",
    "constructor",
    "__class__",
    "__init__",
    "__globals__",
    "@path",
    "x y",
    "é😀",
]
SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20)
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=12,
)
EVENTS = st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=5)
PATHS = st.lists(st.sampled_from([*NAMES, "[0]", "['a']", "..", "$", "]", '"']), max_size=5).map(".".join)
WORDS = ["lower", "upper", "encode", "decode", "left", "right", "{{a}}{{b}}", "{{{a}}}", "{{ a | size }}"]
KEYS = [
    *("exists", "blank", "then", "else", "operator", "value", "pattern", "replacement", "mode", "separator"),
    *("objects", "direction", "apply", "mapping", "_metadata", "k"),
]
ARGUMENTS = st.recursive(
    SCALARS | PATHS | st.sampled_from(WORDS),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*DIRECTIVES, *KEYS]), inner, max_size=4)
    ),
    max_leaves=14,
)


@settings(max_examples=300, deadline=None)
@given(ARGUMENTS, EVENTS)
def test_any_mapping_of_any_event_is_answered_or_refused(mapping: Any, event: dict[str, Any]) -> None:
    try:
        answer = compile_mapping(mapping).transform(event)
    except MappingError as error:
        assert error.problems
        return
    assert only_json(answer) or answer is UNDEFINED


def only_json(value: Any) -> bool:
    if isinstance(value, dict):
        return all(isinstance(key, str) and only_json(member) for key, member in value.items())
    if isinstance(value, list):
        return all(map(only_json, value))
    return value is None or isinstance(value, str | bool | int | float)


@settings(max_examples=200, deadline=None)
@given(PATHS, EVENTS)
def test_a_path_leads_to_a_part_of_the_event_or_nowhere(path: str, event: dict[str, Any]) -> None:
    answer = compile_mapping({"v": {"@path": path}})(event)
    assert only_json(answer)
    assert compile_mapping({"v": {"@path": {"@literal": path}}})(event) == answer


@pytest.mark.parametrize(
    "name", ["__proto__", "constructor", "__class__", "__dict__", "__init__.__globals__", "keys", "get"]
)
def test_members_the_event_does_not_have_are_undefined(name: str) -> None:
    event = {"a": {}, "s": "text", "l": [1], "n": 1.5}
    mapping = {at: {"@path": f"$.{at}.{name}"} for at in event} | {"e": {"@path": f"$.{name}"}}
    assert compile_mapping(mapping)(event) == {}
    liquid = {"v": {"@liquid": "".join(f"{{{{ {at}.{name} }}}}" for at in event)}}
    assert compile_mapping(liquid)(event) == {"v": ""}


def test_every_problem_is_reported_with_its_place() -> None:
    with pytest.raises(MappingError) as refused:
        compile_mapping({"a": {"@path": 5}, "b": {"c": {"@nope": 1}}, "d": {"@if": {"exists": {"@path": None}}}})
    assert [problem.path for problem in refused.value.problems] == ["/a/@path", "/b/c", "/d/@if/exists/@path"]


def test_a_directive_that_refuses_an_event_says_where() -> None:
    mapping = compile_mapping({"a": {"b": {"@path": {"@path": "$.n"}}}})
    with pytest.raises(MappingError, match="/a/b/@path found number, expected a text"):
        mapping({"n": 1})


def test_the_event_is_left_as_it_was() -> None:
    event = {"a": {"b": None}, "l": [{"x": 1}]}
    mapping = {
        "m": {"@merge": {"direction": "right", "objects": [{"@path": "$.a"}, {"b": 2}]}},
        "e": {"@excludeWhenNull": {"@path": "$.a"}},
        "c": {"@liquid": "{% increment a %}"},
    }
    compile_mapping(mapping)(event)
    assert event == {"a": {"b": None}, "l": [{"x": 1}]}


HOSTILE_EVENT = {
    "s": "{" * 20_000,
    "t": "<" * 20_000,
    "a": "a" * 20_000,
    "x": 1,
    "o": {"k": "v" * 1000},
    "p": "0]" * 10_000,
}
DOUBLING: dict[str, Any] = {"@template": "{{a}}{{a}}"}


def doubled(levels: int, apply: Any) -> Any:
    mapping: Any = {"a": {"@path": "$.a"}}
    for _ in range(levels):
        mapping = {"@transform": {"apply": {"a": apply}, "mapping": mapping}}
    return mapping


@pytest.mark.parametrize(
    "mapping",
    [
        doubled(30, {"@template": "{{a}}{{a}}"}),
        doubled(30, [{"@path": "$.a"}, {"@path": "$.a"}]),
        doubled(30, {"@json": {"mode": "encode", "value": {"@path": "$.a"}}}),
        {"@template": {"@path": "$.s"}},
        {"@path": {"@path": "$.p"}},
        {"@replace": {"pattern": "a", "replacement": "$`$'", "value": {"@path": "$.a"}}},
        {"@liquid": "{% assign a = a | append: a %}" * 30},
        {"@liquid": "{{ a | replace: '', a }}"},
        {"@liquid": "{{ (1..1000000000) | join }}"},
        {"@liquid": "{{ t | strip_html }}{{ s | split: '' | join: a }}"},
        {"@liquid": "{{ 9" + " | times: 999999999" * 45 + " }}"},
    ],
    ids=lambda mapping: str(mapping)[:60],
)
def test_hostile_mappings_end_soon(mapping: Any) -> None:
    compiled = compile_mapping({"v": mapping})
    assert effort(lambda: compiled(HOSTILE_EVENT), MappingError) < EFFORT_MAX


def test_a_mapping_too_deep_or_too_large_is_refused() -> None:
    deep: Any = "x"
    for _ in range(200):
        deep = {"a": deep}
    for mapping in (deep, {"a": [0] * 30_000}):
        with pytest.raises(MappingError, match="more than"):
            compile_mapping(mapping)


def test_branches_nest_as_deep_as_a_mapping_may_be() -> None:
    mapping: Any = {"@path": "$.a"}
    for _ in range(45):
        mapping = {"@if": {"exists": {"@path": "$.a"}, "then": mapping}}
    assert compile_mapping({"v": mapping})({"a": 1}) == {"v": 1}


def test_an_event_nested_too_deeply_is_refused() -> None:
    deep: Any = 1
    for _ in range(5000):
        deep = [deep]
    with pytest.raises(MappingError, match="too deeply"):
        compile_mapping({"v": {"@flatten": {"separator": ".", "value": {"@path": "$.a"}}}})({"a": deep})


def test_undefined_items_are_null_on_the_wire_and_undefined_to_directives() -> None:
    assert compile_mapping({"v": [{"@path": "$.a"}]})({}) == {"v": [None]}
    listed = {"@arrayPath": [{"@literal": [{"@path": "$.nope"}, {"x": 1}]}, {"v": {"@path": "$.x"}}]}
    assert compile_mapping({"v": listed})({}) == {"v": [{}, {"v": 1}]}


def test_the_paths_a_mapping_reads_are_known() -> None:
    mapping = {
        "a": {"@path": "$.properties.total"},
        "b": {"@if": {"exists": {"@path": "$.userId"}, "then": {"@template": "{{traits.email}}!"}}},
        "c": {"@arrayPath": ["$.properties.products", {"id": {"@path": "$.sku"}}]},
        "d": {"@liquid": "{{ context.ip | upcase }}"},
    }
    assert paths(mapping) == {"properties.total", "userId", "traits.email", "properties.products", "context.ip"}
    assert paths({"a": {"@path": {"@path": "$.which"}}}) == {""}


def test_paths_that_led_to_nothing_are_named() -> None:
    mapping = compile_mapping({"a": {"@path": "$.x.y"}, "b": {"@path": "$.n"}, "c": {"@path": "$.here"}})
    found = missing_paths(mapping, {"n": None, "here": 1})
    assert [(missing.place, missing.path, missing.found) for missing in found] == [
        ("/a/@path", "x.y", "missing"),
        ("/b/@path", "n", "null"),
    ]


def test_now_is_the_events_own_time() -> None:
    mapping = compile_mapping({"v": {"@liquid": "{{ 'now' | date: '%Y-%m-%d' }}"}})
    assert mapping({"timestamp": "2024-05-06T07:08:09Z"}) == {"v": "2024-05-06"}


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (1e21, "1e+21"),
        (1e-7, "1e-7"),
        (100.0, "100"),
        (-0.0, "0"),
        (0.1, "0.1"),
        (123456789012345680000.0, "123456789012345680000"),
        (1.5e300, "1.5e+300"),
        (5e-324, "5e-324"),
        (0.000001, "0.000001"),
        (9007199254740993, "9007199254740993"),
    ],
)
def test_numbers_become_text_as_in_javascript(number: float, text: str) -> None:
    assert number_text(number) == text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_survives_its_text(number: float) -> None:
    assert number_of_text(number_text(number)) == number


def test_json_text_orders_and_escapes_as_javascript_does() -> None:
    assert (
        json_text({"b": 1.0, "10": "é\n", "2": [None, True], "u": UNDEFINED}) == '{"2":[null,true],"10":"é\\n","b":1}'
    )
    assert json_text("\ud83d") == '"\\ud83d"'
    assert text_of([1, [None, {}]]) == "1,,[object Object]"
    assert utf16_length("a😀") == 3
