"""Where a write key travels."""

import base64

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trackyard.model.workspace import Revision, Source, Workspace
from trackyard.pipeline.collect.keys import Keys
from trackyard.sources.segment.write_key import credentials, key_of_event, key_of_query, usable

ONE = {"production": ["K1"], "dev": ["D1"]}


def basic(text: str) -> bytes:
    return b"Basic " + base64.b64encode(text.encode())


@pytest.mark.parametrize(
    ("authorization", "x_write_key", "keys", "bearer"),
    [
        (basic("WK:"), b"", ("WK",), ""),
        (basic("WK"), b"", ("WK",), ""),
        (basic("WK:password:more"), b"", ("WK",), ""),
        (basic("WK:").rstrip(b"="), b"", ("WK",), ""),
        (basic("WK").replace(b"Basic", b"Basic:"), b"", ("WK",), ""),  # Roku
        (basic("WK:").replace(b"Basic", b"basic"), b"", ("WK",), ""),
        (b"Bearer sk_us_1", b"", (), "sk_us_1"),
        (b"", b"id:secret", ("id:secret", "id"), ""),  # Jitsu
        (basic("WK:"), b"plain", ("plain", "WK"), ""),
        (b"", b"id:***", (), ""),
        (b"Basic !!!", b"", (), ""),
        (b"Digest x", b"", (), ""),
        (b"Basic", b"", (), ""),
        (b"", b"", (), ""),
    ],
)
def test_keys_are_found_where_clients_put_them(
    authorization: bytes, x_write_key: bytes, keys: tuple[str, ...], bearer: str
) -> None:
    found = credentials(authorization, x_write_key)
    assert (found.keys, found.bearer) == (keys, bearer)


@settings(deadline=None)
@given(st.binary(), st.binary())
def test_no_header_makes_it_fail(authorization: bytes, x_write_key: bytes) -> None:
    credentials(authorization, x_write_key)
    credentials(b"Basic " + authorization, x_write_key)


@pytest.mark.parametrize(
    ("event", "key"),
    [
        (b'{"writeKey":"WK","event":"e"}', "WK"),
        (b'{"event":"\\ud800","writeKey":"WK"}', "WK"),
        (b'{"event":"\xff", "writeKey" : "WK" ,"a":1}', "WK"),
        (b'{"properties":{"writeKey":"inner"}}', ""),
        (b'{"event":"\\ud800","properties":{"writeKey":"inner"}}', ""),
        (b'{"writeKey":5}', ""),
        (b'{"writeKey":"\\ud800"}', ""),
        (b"garbage", ""),
    ],
)
def test_the_key_of_an_event_is_found_even_in_a_damaged_one(event: bytes, key: str) -> None:
    assert key_of_event(msgspec.Raw(event)) == key


@pytest.mark.parametrize(
    ("query", "key"),
    [(b"a=1&writeKey=W%2BK&b", "W+K"), (b"", ""), (b"xwriteKey=1", ""), (b"&" * 5000 + b"writeKey=late", "")],
)
def test_the_key_of_a_query_is_found(query: bytes, key: str) -> None:
    assert key_of_query(query) == key


def test_a_masked_or_empty_key_is_not_meant() -> None:
    assert [usable(key) for key in ("id:***", "", None, 5, "k")] == [False, False, False, False, True]


def test_the_first_known_key_of_the_headers_wins() -> None:
    keys = Keys(
        Revision(
            number=1,
            who="a test",
            at=0,
            why="",
            workspace=Workspace(
                name="w",
                sources={
                    "one": Source(name="", kind="website", write_keys=ONE, no_decision={}),
                    "two": Source(name="", kind="server", write_keys={"production": ["K2"]}, no_decision={}),
                },
            ),
        )
    )

    def found(authorization: bytes, x_write_key: bytes = b"") -> tuple[str, str] | None:
        known = keys.of_headers(authorization, x_write_key)[1]
        return (known.slug, known.environment) if known else None

    assert found(basic("K1:"), b"K2") == ("two", "production")
    assert found(basic("D1:"), b"unknown") == ("one", "dev")
    assert found(b"Bearer K2") == ("two", "production")
    assert found(basic("unknown:")) is None
    assert found(basic("K1:")) == found(basic("K1:")) == ("one", "production")
