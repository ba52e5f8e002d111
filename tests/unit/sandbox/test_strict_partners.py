"""Strict stand-ins take everything the catalogue's examples send, and count it as one effect."""

from collections.abc import Iterator

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.sandbox.strict import STRICT, sandbox, strict_destinations, summary, try_example

from trackyard.kit.action import Action, Destination, Example
from trackyard.kit.outcome import Accepted, Delivered
from trackyard.sandbox.partners import find_partners


def examples() -> Iterator[tuple[Destination, Action, Example]]:
    for destination in strict_destinations():
        for action in destination.actions:
            for example in action.examples:
                yield destination, action, example


def named(value: object) -> str:
    return getattr(value, "slug", None) or getattr(value, "title", "").replace(" ", "-")


@pytest.mark.parametrize(("destination", "action", "example"), list(examples()), ids=named)
def test_an_example_is_taken_and_has_one_effect(destination: Destination, action: Action, example: Example) -> None:
    box = sandbox()
    [outcome] = try_example(box, destination, action, example)
    assert isinstance(outcome, Delivered | Accepted), outcome
    counted = summary(box)
    assert (counted["effects"], counted["repeats"], counted["refused"]) == (1, 0, 0), counted


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
MEMBERS = [
    "action",
    "action_source",
    "attributes",
    "batch",
    "cio_relationships",
    "consent",
    "contents",
    "conversions",
    "conversionAdjustments",
    "currency",
    "custom_data",
    "data",
    "destinations",
    "device",
    "event",
    "event_name",
    "event_source",
    "event_source_id",
    "event_time",
    "events",
    "identifiers",
    "items",
    "job",
    "lead",
    "name",
    "operations",
    "params",
    "partialFailure",
    "properties",
    "timestamp",
    "timestamp_micros",
    "type",
    "user",
    "user_data",
    "user_properties",
    "userIdentifiers",
    "value",
]
PATHS = {
    "facebook-conversions-api": ["v26.0/1/events"],
    "google-enhanced-conversions": [
        "v26/customers/1:uploadClickConversions",
        "v26/customers/1:uploadCallConversions",
        "v26/customers/1:uploadConversionAdjustments",
        "v26/customers/1/offlineUserDataJobs:create",
        "v26/customers/1/offlineUserDataJobs/1:addOperations",
        "v26/customers/1/googleAds:searchStream",
        "v1/events:ingest",
        "ads/event/api/v1",
    ],
    "tiktok-conversions": ["open_api/v1.3/event/track/"],
    "google-analytics-4": ["mp/collect?measurement_id=G-1&api_secret=a", "debug/mp/collect?measurement_id=G-1"],
    "customerio": ["api/v2/entity", "api/v2/batch", "api/v1/metrics"],
}
likely = st.recursive(
    anything | st.sampled_from(["person", "event", "object", "identify", "merge", "web", "crm", "website", "Purchase"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(MEMBERS), inner),
    max_leaves=20,
)
HEADERS = {"bearer": b"Bearer a", "basic": b"Basic YTpi"}


@pytest.mark.parametrize("slug", STRICT)
@given(body=likely, way=st.sampled_from(sorted(HEADERS)), data=st.data())
@settings(max_examples=60, deadline=None)
def test_any_json_is_answered(slug: str, body: object, way: str, data: st.DataObject) -> None:
    box = sandbox()
    target = f"/{slug}/{data.draw(st.sampled_from(PATHS[slug]))}"
    headers = ((b"Authorization", HEADERS[way]), (b"access-token", b"a"), (b"developer-token", b"a"))
    answer = box.decide("POST", target, headers, msgspec.json.encode(body)).answer
    assert 200 <= answer.status < 500


def test_a_strict_partner_answers_for_its_hosts() -> None:
    hosts = [host for partner in find_partners().values() for host in partner.hosts]
    assert len(hosts) == len(set(hosts)) and "graph.facebook.com" in hosts
    assert all(find_partners()[slug].hosts for slug in STRICT)


@pytest.mark.parametrize("slug", STRICT)
def test_credentials_are_asked_for(slug: str) -> None:
    box = sandbox()
    box.decide("POST", f"/{slug}/{PATHS[slug][0].partition('?')[0]}", (), b"{}")
    assert summary(box)["effects"] == 0 and summary(box)["refused"] == 1
