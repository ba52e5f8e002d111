"""Fields of annotated types and of definitions, and what the payload step makes of members."""

import json
import subprocess
import sys
from typing import Annotated, Any, Literal

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trackyard.kit.fields import Condition, Conditions, Field, compile_payload, fields_of
from trackyard.kit.payload import PayloadError
from trackyard.kit.payload.formats import FORMATS


class Line(msgspec.Struct, frozen=True, rename="camel"):
    product_id: Annotated[str, Field(label="Product")]
    quantity: int = 1


class Message(msgspec.Struct, frozen=True):
    text: Annotated[str, Field(label="Message", mapping={"@path": "$.event"})]
    channel: Annotated[str | None, Field(label="Channel", help="Without the #.")] = None
    kind: Literal["a", "b"] = "a"
    price: float | None = None
    lines: list[Line] = []
    sent: Annotated[str | float | None, Field(label="Sent", type="datetime")] = None
    anything: Any = None
    reason: Annotated[str | None, Field(label="Reason", required=Conditions([Condition("kind", "is", "b")]))] = None


def test_annotations_are_fields() -> None:
    fields = fields_of(Message)
    assert fields["text"] == {
        "label": "Message",
        "type": "string",
        "default": {"@path": "$.event"},
        "required": True,
    }
    assert fields["channel"] == {"label": "Channel", "type": "string", "description": "Without the #."}
    assert fields["lines"]["multiple"] is True
    assert fields["lines"]["properties"]["productId"] == {"label": "Product", "type": "string", "required": True}
    assert fields["kind"] == {"label": "kind", "type": "string", "choices": ["a", "b"]}
    assert fields["sent"]["type"] == "datetime"
    assert fields["reason"]["required"] == {
        "conditions": [{"fieldKey": "kind", "operator": "is", "value": "b"}],
        "match": "all",
    }


def test_members_become_an_instance() -> None:
    members = {
        "text": 5,
        "price": "9.90",
        "lines": {"productId": 1, "quantity": "2", "other": 3},
        "unknown": 1,
        "anything": [1],
    }
    payload = compile_payload(Message)(members)
    assert payload == Message(text="5", price=9.9, lines=[Line(product_id="1", quantity=2)], anything=[1])


def test_every_problem_is_reported_with_its_place() -> None:
    with pytest.raises(PayloadError) as refused:
        compile_payload(Message)({"kind": "b", "price": "much", "lines": [{"quantity": 1.5}]})
    assert {problem.path for problem in refused.value.problems} == {
        "/text", "/reason", "/price", "/lines/0/productId", "/lines/0/quantity",
    }  # fmt: skip


def test_what_was_coerced_is_told() -> None:
    payload, findings = compile_payload({"n": {"label": "N", "type": "number"}}).examine({"n": "12"})
    assert payload == {"n": 12}
    assert [(change.path, change.before, change.after) for change in findings.coercions] == [("/n", "12", 12)]


def test_a_field_of_an_unknown_format_is_refused_when_compiled() -> None:
    with pytest.raises(PayloadError, match="expected one of"):
        compile_payload({"a": {"label": "A", "type": "string", "format": "nope"}})


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)
TYPES = ["string", "text", "password", "datetime", "number", "integer", "boolean", "object"]


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(TYPES), st.booleans(), st.booleans(), st.sampled_from([None, *FORMATS]), VALUES, st.booleans())
def test_any_value_of_any_field_is_taken_or_refused(
    type_: str, multiple: bool, allow_null: bool, format_: str | None, value: Any, batch: bool
) -> None:
    field = {"label": "F", "type": type_, "multiple": multiple, "allowNull": allow_null, "format": format_}
    members = {"f": value}
    before = json.dumps(members)
    try:
        compile_payload({"f": field})(members, batch=batch)
    except PayloadError as error:
        assert error.problems
    assert json.dumps(members) == before


def answers(kind: str, *lines: Any, explained: bool = False) -> list[dict[str, Any]]:
    asked = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    command = [sys.executable, "-m", "trackyard", "try", kind, *(["--explain"] if explained else [])]
    ran = subprocess.run(command, input=asked, text=True, capture_output=True, check=True)
    return [json.loads(line) for line in ran.stdout.splitlines()]


def test_try_answers_every_line() -> None:
    lines = [
        {"id": 1, "mapping": {"v": {"@path": "$.a"}}, "event": {"a": "\ud83d"}},
        {"id": 2, "mapping": {"@path": "$.nope"}, "event": {}},
        {"id": "x", "mapping": {"v": {"@path": 5}}, "event": {}},
        {"id": 3, "mapping": {"v": {"@path": "$.a"}}, "events": [{"a": 1}, {}]},
        "{bad",
        {"id": 4, "event": {}},
    ]
    mapped = answers("mapping", *lines)
    assert mapped[:2] == [{"id": 1, "output": {"v": "\ud83d"}}, {"id": 2}]
    assert mapped[2]["error"]["problems"] == [
        {"path": "/v/@path", "message": "found a number, expected a string or a directive"}
    ]
    assert mapped[3] == {"id": 3, "output": [{"v": 1}, {}]}
    assert [answer["id"] for answer in mapped[4:]] == [None, 4]
    assert all("error" in answer for answer in mapped[4:])


def test_try_explains_payloads_and_triggers() -> None:
    line = {
        "id": 1,
        "fields": {"n": {"label": "N", "type": "number"}},
        "mapping": {"n": {"@path": "$.n"}},
        "event": {"n": "5"},
    }
    [payload] = answers("payload", line, explained=True)
    assert payload == {
        "id": 1,
        "output": {"n": 5},
        "explain": {"coerced": [{"path": "/n", "before": "5", "after": 5}], "missing": []},
    }
    [segment, fql] = answers(
        "trigger",
        {"id": 1, "fql": "event = 'x'", "event": {"event": "x"}},
        {"id": 2, "fql": "event = 'x'", "event": {"event": "x"}, "dialect": "fql"},
        explained=True,
    )
    assert (segment["result"], fql["result"]) == (False, True)
    assert fql["explain"]["because"] == [{"clause": "event = 'x'", "holds": True, "found": {"event": "x"}}]
