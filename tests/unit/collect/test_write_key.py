"""Where a write key travels."""

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trackyard.model.workspace import Revision, Source, Workspace
from trackyard.pipeline.collect.keys import Keys
from trackyard.sources.segment.write_key import credentials, usable

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
