"""What every destination promises: examples that hold, Segment's recorded requests, declared differences that occur."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec
import pytest
from tests.unit.destinations.vectors import (
    GOLDEN,
    declared,
    different,
    our_requests,
    recorded_requests,
    unexplained,
    vectors,
)

from trackyard.destinations import catalogue
from trackyard.kit.action import Action, Destination, Example
from trackyard.kit.attempt import attempt, recorded
from trackyard.kit.fields import fields_of

DIFFERENCES_MAX = 12  # more would say that it is another connector
# Differences for events that the recordings of a destination lack: a messy address, a hash in upper case.
NOT_IN_THE_RECORDINGS = {
    "tiktok-conversions": {"zip_code", "state", "country"},
    "reddit-conversions-api": {"email"},
    "amplitude": {"library", "time"},
    "klaviyo": {"time"},
    "mixpanel": {"time"},
}
NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)
RECORDED = [destination for slug, destination in catalogue().items() if (GOLDEN / f"{slug}.jsonl.gz").exists()]


def examples() -> Iterator[tuple[Destination, Action, Example]]:
    for destination in RECORDED:
        for action in destination.actions:
            for example in action.examples:
                yield destination, action, example


def named(value: object) -> str:
    return getattr(value, "slug", None) or re.sub(r"\W+", "-", getattr(value, "title", ""))


@pytest.mark.parametrize(("destination", "action", "example"), list(examples()), ids=named)
def test_an_example_gives_exactly_its_request(destination: Destination, action: Action, example: Example) -> None:
    defaults = {name: field["default"] for name, field in fields_of(action.payload).items() if "default" in field}
    settings = msgspec.convert(example.settings, destination.settings)
    tried = attempt(action, settings, {**defaults, **example.mapping}, [example.event], now=NOW)
    assert list(different(recorded(example.request), recorded(tried.requests[0]), "request")) == []


@pytest.mark.parametrize("destination", RECORDED, ids=named)
def test_every_action_has_an_example(destination: Destination) -> None:
    assert [action.slug for action in destination.actions if not action.examples] == []


@pytest.mark.parametrize("destination", RECORDED, ids=named)
def test_requests_are_segments_own_or_differ_where_declared(destination: Destination) -> None:
    wrong = {
        vector["id"]: parts
        for vector in vectors(GOLDEN / f"{destination.slug}.jsonl.gz")
        if (parts := unexplained(destination, vector))
    }
    assert wrong == {}, f"see python -m tests.unit.destinations.vectors {destination.slug}"


@pytest.mark.parametrize("destination", RECORDED, ids=named)
def test_declared_differences_are_few_and_occur(destination: Destination) -> None:
    lacking = NOT_IN_THE_RECORDINGS.get(destination.slug, set())
    unseen = [said for said in destination.differences if said.path.rpartition(".")[2] not in lacking]
    for vector in vectors(GOLDEN / f"{destination.slug}.jsonl.gz"):
        for part in different(recorded_requests(vector), our_requests(destination, vector), "requests"):
            unseen = [said for said in unseen if not declared(said, vector["action"], *part)]
    assert unseen == []
    assert len(destination.differences) <= DIFFERENCES_MAX


@pytest.mark.parametrize("destination", RECORDED, ids=named)
def test_facts_have_sources(destination: Destination) -> None:
    topics = {fact.topic for fact in destination.facts}
    assert {"auth", "limits", "errors", "dedupe", "accepted"} <= topics
    assert all(fact.source for fact in destination.facts)
    # A limit that makes the lane give events up is somebody's word, not a guess.
    assert destination.event_age_seconds_max is None or "expiry" in topics
