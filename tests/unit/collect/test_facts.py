"""What the headers say about a request."""

from ipaddress import ip_network

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trackyard.pipeline.collect.facts import HEADER_VALUE_MAX, HeaderReader, carried, stamp
from trackyard.pipeline.collect.settings import CollectSettings

PROXIED = HeaderReader(
    CollectSettings(trusted_proxies=(ip_network("10.0.0.0/8"), ip_network("fd00::/8")), country_header="CF-IPCountry")
)
DIRECT = HeaderReader(CollectSettings())


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        ("203.0.113.1", "198.51.100.1", "203.0.113.1"),  # not a trusted peer: it says what it likes
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "1.1.1.1, 198.51.100.1", "198.51.100.1"),  # the left is the client's own claim
        ("10.0.0.1", "198.51.100.1, 10.0.0.2, 10.9.9.9", "198.51.100.1"),
        ("10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"),
        ("10.0.0.1", "garbage, 10.0.0.2", "10.0.0.2"),
        ("10.0.0.1", "198.51.100.1:4711", "198.51.100.1"),
        ("10.0.0.1", "[2001:db8::1]:4711", "2001:db8::1"),
        ("10.0.0.1", "2001:db8::1", "2001:db8::1"),
        ("10.0.0.1", "::ffff:198.51.100.1", "198.51.100.1"),
        ("fd00::1", "198.51.100.1", "198.51.100.1"),
        ("::ffff:10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("", "198.51.100.1", ""),
    ],
)
def test_the_address_is_the_last_one_no_trusted_proxy_added(peer: str, forwarded: str, expected: str) -> None:
    assert PROXIED.client_address(peer, {b"x-forwarded-for": forwarded.encode()}) == expected


@settings(deadline=None)
@given(st.binary())
def test_no_forwarded_header_makes_it_fail(value: bytes) -> None:
    PROXIED.client_address("10.0.0.1", {b"x-forwarded-for": value})


def test_repeated_headers_are_joined_in_order() -> None:
    lines = [(b"x-forwarded-for", b"1.1.1.1"), (b"x-other", b"no"), (b"x-forwarded-for", b"198.51.100.1")]
    assert PROXIED.read(lines) == {b"x-forwarded-for": b"1.1.1.1,198.51.100.1"}


def test_a_country_is_believed_of_a_trusted_proxy_only() -> None:
    found = PROXIED.read([(b"cf-ipcountry", b"de")])
    assert PROXIED.country("10.0.0.1", found) == "DE"
    assert PROXIED.country("203.0.113.1", found) == ""
    assert DIRECT.country("10.0.0.1", DIRECT.read([(b"cf-ipcountry", b"de")])) == ""
    assert [PROXIED.country("10.0.0.1", {b"cf-ipcountry": code}) for code in (b"XX", b"T1", b"", b"DEU")] == [""] * 4


def test_the_own_address_is_the_proxys_outside_or_the_hosts() -> None:
    headers = {b"host": b"inner:8080", b"x-forwarded-host": b"events.example.com", b"x-forwarded-proto": b"https"}
    assert PROXIED.own_address("10.0.0.1", "http", headers) == ("https", "events.example.com")
    assert PROXIED.own_address("203.0.113.1", "http", headers) == ("http", "inner:8080")


def test_stamped_values_are_bounded_text() -> None:
    assert stamp(None) == ""
    assert stamp(b"M\xff") == "M\ufffd"
    assert len(stamp(b"x" * 9999)) == HEADER_VALUE_MAX
    assert carried({b"anonymousid": b"abc", b"sentat": b"now", b"host": b"h"}) == {
        "AnonymousId": "abc",
        "SentAt": "now",
    }
