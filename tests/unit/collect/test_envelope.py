"""What a request holds, and what the envelope says about all of its events."""

import json

import msgspec
import pytest

from trackyard.model.errors import BadRequest
from trackyard.sources.segment.envelope import BATCH_EVENTS_MAX, deep_merge, joined, split


def test_a_batch_gives_its_events_and_its_envelope() -> None:
    parts = split("batch", b'{"batch":[{"a":1},{"b":2}],"writeKey":"k","sentAt":"now","timestamp":"x","messageId":"m"}')
    assert [json.loads(event) for event in map(bytes, parts.events)] == [{"a": 1}, {"b": 2}]
    assert parts.envelope.text("write_key") == "k"
    assert parts.envelope.text("sent_at") == "now"


@pytest.mark.parametrize("endpoint", ["batch", "import", "b"])
def test_every_batch_endpoint_is_split(endpoint: str) -> None:
    assert len(split(endpoint, b'{"batch":[{},{},{}]}').events) == 3


@pytest.mark.parametrize("endpoint", ["track", "identify", "pixel"])
def test_a_single_event_is_the_whole_body(endpoint: str) -> None:
    assert list(map(bytes, split(endpoint, b'{"batch":[1]}').events)) == [b'{"batch":[1]}']


@pytest.mark.parametrize("bad", [b'{"a":"\\ud800"}', b'{"a":' + b"[" * 10_000 + b"]" * 10_000 + b"}", b"{'a'}", b"NaN"])
def test_one_bad_event_loses_itself_and_not_its_batch(bad: bytes) -> None:
    parts = split("batch", b'{"batch":[{"a":1},' + bad + b',{"b":2}],"sentAt":"now","context":{"ip":"x"}}')
    assert list(map(bytes, parts.events)) == [b'{"a":1}', bad, b'{"b":2}']
    assert parts.envelope.text("sent_at") == "now"
    assert parts.envelope.mapping("context") == {"ip": "x"}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'{"batch":[]}', "empty_batch"),
        (b"{}", "empty_batch"),
        (b'{"batch":{"a":1}}', "empty_batch"),
        (b"[]", "bad_request"),
        (b"", "bad_request"),
        (b"\x00\x01", "bad_request"),
    ],
)
def test_a_body_without_events_is_refused_with_a_code(body: bytes, code: str) -> None:
    with pytest.raises(BadRequest) as refused:
        split("batch", body)
    assert (refused.value.status, refused.value.code) == (400, code)


@pytest.mark.parametrize("count", [BATCH_EVENTS_MAX + 1, 2_000_000])
def test_a_flood_of_tiny_events_is_refused(count: int) -> None:
    with pytest.raises(BadRequest) as refused:
        split("batch", b'{"batch":[' + b"1," * (count - 1) + b"1]}")
    assert refused.value.status == 413


def test_a_byte_order_mark_is_passed_over() -> None:
    assert len(split("batch", b'\xef\xbb\xbf{"batch":[{}]}').events) == 1
    assert bytes(split("track", b"\xef\xbb\xbf{}").events[0]) == b"{}"


def test_envelope_members_of_the_wrong_type_count_as_absent() -> None:
    envelope = split("batch", b'{"batch":[{}],"writeKey":5,"sentAt":null,"context":[1]}').envelope
    assert (envelope.text("write_key"), envelope.text("sent_at"), envelope.mapping("context")) == ("", "", {})


def test_the_envelope_lies_beneath_each_event_in_depth() -> None:
    envelope = {"library": {"name": "go", "version": "3"}, "ip": "1.2.3.4", "page": None}
    own = {"library": {"name": "own"}, "page": {}, "ip": None}
    assert deep_merge(envelope, own) == {"library": {"name": "own", "version": "3"}, "page": {}, "ip": None}


def test_an_envelope_context_without_end_counts_as_absent() -> None:
    body = b'{"batch":[{}],"context":' + b'{"a":' * 500 + b"1" + b"}" * 500 + b"}"
    assert split("batch", body).envelope.mapping("context") == {}


def test_what_was_joined_is_split_into_the_same_again() -> None:
    parts = split("batch", b'{"batch":[ {"a": 1} ,{"b":"\xc3\xa4"}],"sentAt":"now","context":{"ip":"x"}}')
    again = split("batch", joined(parts.events, parts.envelope))
    assert list(map(bytes, again.events)) == list(map(bytes, parts.events))
    assert msgspec.structs.astuple(again.envelope)[1] == msgspec.structs.astuple(parts.envelope)[1]
    assert again.envelope.mapping("context") == {"ip": "x"}
