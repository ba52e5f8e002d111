from datetime import UTC, datetime

import msgspec
import pytest

from trackyard.destinations.facebook_conversions_api import destination
from trackyard.destinations.facebook_conversions_api.event import Settings
from trackyard.destinations.facebook_conversions_api.reading import read
from trackyard.kit import sample_events
from trackyard.kit.attempt import Reply, attempt
from trackyard.kit.fields import fields_of
from trackyard.kit.outcome import Delivered, Outcome, Rejected, Retry
from trackyard.kit.request import Request, Response

NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)


def answered(status: int, error: dict[str, object] | None = None) -> Outcome:
    body = {"events_received": 2} if error is None else {"error": error}
    return read(Response(status=status, body=msgspec.json.encode(body)), 2)[1]


@pytest.mark.parametrize(
    ("status", "error", "outcome"),
    [
        (200, None, Delivered),
        (400, {"code": 100, "error_subcode": 2804003}, Rejected),
        (400, {"code": 100, "error_subcode": 33}, Retry),
        (400, {"code": 190, "error_subcode": 463}, Retry),
        (400, {"code": 4}, Retry),
        (500, {"code": 999, "is_transient": True}, Retry),
    ],
)
def test_metas_error_table_is_followed(status: int, error: dict[str, object] | None, outcome: type[Outcome]) -> None:
    assert isinstance(answered(status, error), outcome)


def test_a_refused_request_is_to_be_bisected() -> None:
    assert answered(400, {"code": 100, "error_subcode": 2804003}) == Rejected(
        "Meta error 100/2804003: None", whole_request=True
    )


def test_an_expired_token_stops_the_lane_and_not_the_event() -> None:
    outcome = answered(400, {"code": 190})
    assert isinstance(outcome, Retry) and outcome.scope == "auth"


def test_a_page_without_json_is_read_by_its_status() -> None:
    [outcome] = read(Response(status=502, body=b"<html>"), 1)
    assert isinstance(outcome, Retry) and outcome.scope == "destination"


def test_a_batch_is_one_request_with_every_event() -> None:
    action = destination.action("purchase")
    assert action is not None
    mapping = {name: field["default"] for name, field in fields_of(action.payload).items() if "default" in field}
    tried = attempt(
        action,
        Settings(pixelId="1"),
        mapping,
        [sample_events.ORDER_COMPLETED, {**sample_events.ORDER_COMPLETED, "messageId": "m-2"}],
        now=NOW,
        batch=True,
        replies=[Reply(body={"events_received": 2})],
    )
    [request] = tried.requests
    assert isinstance(request, Request)
    assert [event["event_id"] for event in request.json["data"]] == ["m-1", "m-2"]
    assert tried.outcomes == [Delivered(), Delivered()]


def test_no_raw_personal_value_leaves_for_meta() -> None:
    for action in destination.actions:
        sent = msgspec.json.encode([example.request.json for example in action.examples]).decode()
        assert not any(value in sent for value in ("jane", "Jane", "4155552671", "94105", "Francisco"))
