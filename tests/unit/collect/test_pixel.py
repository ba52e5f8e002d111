"""Events in the address of an image."""

import base64
import contextlib
import json
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trackyard.model.errors import BadRequest
from trackyard.sources.segment.pixel import event_of

EVENT = {"writeKey": "k", "userId": "u?>~", "event": "Email Opened", "properties": {"subject": "Grüße ???>>>"}}


def decoded(query: str) -> dict[str, object]:
    found: dict[str, object] = json.loads(event_of("track", query.encode()))
    return found


@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
@pytest.mark.parametrize("padding", [True, False])
@pytest.mark.parametrize("escape", [True, False])
def test_data_is_read_in_every_spelling_of_base64(encode: object, padding: bool, escape: bool) -> None:
    text = encode(json.dumps(EVENT).encode()).decode()  # type: ignore[operator]
    text = text if padding else text.rstrip("=")
    assert decoded("data=" + (quote(text) if escape else text)) == {**EVENT, "type": "track"}


def test_a_flattened_query_becomes_an_event() -> None:
    query = "writeKey=k&anonymousId=amp-1&context.page.path=%2Fa&properties.subject=Hi+there&event=E&userId="
    assert decoded(query) == {
        "type": "track",
        "writeKey": "k",
        "anonymousId": "amp-1",
        "context": {"page": {"path": "/a"}},
        "properties": {"subject": "Hi there"},
        "event": "E",
        "userId": "",
    }


def test_the_write_key_may_stand_beside_the_data() -> None:
    data = base64.b64encode(b'{"userId":"u"}').decode()
    assert decoded(f"data={data}&writeKey=k")["writeKey"] == "k"


def test_a_value_that_is_also_a_parent_loses_only_itself() -> None:
    assert decoded("a=1&a.b=2&c=3") == {"a": "1", "c": "3", "type": "track"}


@pytest.mark.parametrize("query", ["data=!!!", "data=" + base64.b64encode(b"[1]").decode(), "data=" + "W1" * 999])
def test_nonsense_is_refused(query: str) -> None:
    with pytest.raises(BadRequest):
        event_of("track", query.encode())


def test_a_query_of_many_fields_is_refused() -> None:
    with pytest.raises(BadRequest):
        event_of("track", b"&".join(b"a%d=1" % index for index in range(2000)))


@settings(deadline=None)
@given(st.binary())
def test_no_query_makes_it_fail_otherwise(query: bytes) -> None:
    for prefix in (b"", b"data="):
        with contextlib.suppress(BadRequest):
            event_of("page", prefix + query)
