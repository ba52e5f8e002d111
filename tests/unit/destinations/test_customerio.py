import msgspec

from trackyard.destinations.customerio.entity import person, with_unix_times
from trackyard.destinations.customerio.reading import read
from trackyard.kit.outcome import Delivered, Rejected, Retry
from trackyard.kit.request import Response


def test_a_bad_row_of_a_batch_loses_only_itself() -> None:
    body = {"errors": [{"batch_index": 1, "reason": "required", "field": "identifiers", "message": "jane@example.com"}]}
    outcomes = read(Response(status=207, body=msgspec.json.encode(body)), 3)
    assert outcomes == [Delivered(), Rejected("Customer.io: required identifiers"), Delivered()]


def test_an_overloaded_api_stops_the_lane_and_not_the_rows() -> None:
    assert read(Response(status=429), 2) == [Retry("HTTP 429", scope="destination")] * 2


def test_people_are_told_by_what_their_id_looks_like() -> None:
    assert person("cio_0a1b") == {"cio_id": "0a1b"}
    assert person("jane@example.com") == {"email": "jane@example.com"}
    assert person("u-1", "jane@example.com") == {"id": "u-1"}
    assert person(None, None, "a-1") == {"anonymous_id": "a-1"}
    assert person(None) is None


def test_iso_times_become_unix_seconds_but_in_lists() -> None:
    attributes = {
        "at": "2026-01-15T11:30:15.250Z",
        "day": "1990-05-21",
        "in": {"at": "2026-01-15"},
        "all": ["2026-01-15"],
    }
    converted = with_unix_times(attributes)
    assert converted == {"at": 1768476615, "day": 643248000, "in": {"at": 1768435200}, "all": ["2026-01-15"]}
