"""Test modes of the platforms: a marked request is the same but for the mark."""

import pytest

from trackyard.destinations import catalogue
from trackyard.kit.action import Destination
from trackyard.kit.request import Request
from trackyard.kit.trial_mode import code_in_body, other_path

WITH_ONE = [destination for destination in catalogue().values() if destination.trial_mode]


@pytest.mark.parametrize("destination", WITH_ONE, ids=lambda destination: destination.slug)
def test_some_example_of_the_destination_can_be_marked(destination: Destination) -> None:
    mode = destination.trial_mode
    assert mode is not None and mode.name and mode.source
    requests = [example.request for action in destination.actions for example in action.examples]
    marked = [(request, mode.mark(request, "CODE")) for request in requests]
    assert any(after not in (None, before) for before, after in marked)
    assert mode.code_from or all(mode.mark(request, "") == after for request, after in marked)


def test_a_code_that_is_there_already_stays() -> None:
    request = Request(url="https://example.com", json={"data": [], "test_event_code": "OWN"})
    assert code_in_body("test_event_code")(request, "OTHER") == request


def test_a_request_without_such_a_form_is_left_alone() -> None:
    assert code_in_body("test_event_code")(Request(url="https://example.com", body=b"a=b"), "CODE") is None
    assert other_path("/mp/collect", "/debug/mp/collect")(Request(url="https://example.com/other"), "") is None
