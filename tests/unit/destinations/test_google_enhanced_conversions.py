from datetime import UTC, datetime
from typing import Any

import msgspec

from trackyard.destinations.google_enhanced_conversions import destination
from trackyard.destinations.google_enhanced_conversions.data_manager import read_poll
from trackyard.destinations.google_enhanced_conversions.examples import SETTINGS
from trackyard.destinations.google_enhanced_conversions.reading import read
from trackyard.destinations.google_enhanced_conversions.settings import Settings
from trackyard.kit import sample_events
from trackyard.kit.attempt import Attempt, Reply, attempt
from trackyard.kit.outcome import Accepted, Delivered, Rejected, Retry
from trackyard.kit.request import Response

NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)


def response(body: Any, status: int = 200) -> Response:
    return Response(status=status, body=msgspec.json.encode(body))


def failure(code: str, index: int, kind: str = "conversionUploadError") -> dict[str, Any]:
    elements = [{"fieldName": "conversions", "index": index}, {"fieldName": "order_id"}]
    return {"errorCode": {kind: code}, "message": "m", "location": {"fieldPathElements": elements}}


def tried(action: str, mapping: dict[str, Any], events: int, replies: list[Reply]) -> Attempt:
    found = destination.action(action)
    assert found is not None
    settings = msgspec.convert(SETTINGS, Settings)
    return attempt(
        found, settings, mapping, [sample_events.ORDER_COMPLETED] * events, now=NOW, batch=True, replies=replies
    )


def test_failed_rows_are_told_by_index_and_the_others_are_delivered() -> None:
    errors = [
        failure("EXPIRED_EVENT", 1),
        failure("TOO_RECENT_EVENT", 2),
        failure("ORDER_ID_ALREADY_IN_USE", 3),
        failure("CONCURRENT_MODIFICATION", 4, "databaseError"),
    ]
    outcomes = read(response({"partialFailureError": {"code": 3, "details": [{"errors": errors}]}}), 5)
    assert outcomes == [
        Delivered(),
        Rejected("Google: EXPIRED_EVENT"),
        Retry("Google: TOO_RECENT_EVENT", after_seconds=6 * 3600.0),
        Delivered(),
        Retry("Google: CONCURRENT_MODIFICATION", scope="destination"),
    ]


def test_a_conflict_that_refuses_the_whole_request_is_tried_again() -> None:
    error = {"code": 400, "details": [{"errors": [failure("CONCURRENT_MODIFICATION", 0, "databaseError")]}]}
    assert read(response({"error": error}, 400), 1) == [Retry("Google: CONCURRENT_MODIFICATION", scope="destination")]


def test_custom_variables_are_named_before_the_upload() -> None:
    variable = {"name": "tier", "resourceName": "customers/1234567890/conversionCustomVariables/102"}
    replies = [Reply(match="searchStream", body=[{"results": [{"conversionCustomVariable": variable}]}])]
    mapping = {"conversion_action": 1, "conversion_timestamp": "t", "custom_variables": {"tier": "gold", "other": "x"}}
    requests = tried("uploadClickConversion", mapping, 2, replies).requests
    assert [request.url.rpartition(":")[2] for request in requests] == ["searchStream", "uploadClickConversions"]
    assert requests[1].json["conversions"][1]["customVariables"] == [
        {"conversionCustomVariable": variable["resourceName"], "value": "gold"}
    ]


def test_a_list_job_is_made_filled_and_started() -> None:
    mapping = {
        "external_audience_id": "777",
        "ad_user_data_consent_state": "GRANTED",
        "ad_personalization_consent_state": "GRANTED",
        "email": {"@path": "$.context.traits.email"},
        "__segment_internal_sync_mode": "add",
    }
    job = "customers/1234567890/offlineUserDataJobs/5"
    failed = {"partialFailureError": {"details": [{"errors": [failure("INVALID_ARGUMENT", 1)]}]}}
    replies = [Reply(match=":create", body={"resourceName": job}), Reply(match=":addOperations", body=failed)]
    done = tried("userList", mapping, 2, replies)
    assert [request.url.rpartition(":")[2] for request in done.requests] == ["create", "addOperations", "run"]
    assert done.outcomes == [Delivered(), Rejected("Google: INVALID_ARGUMENT")]


def test_the_data_manager_accepts_first_and_is_asked_later() -> None:
    mapping = {"conversion_action": "1", "event_timestamp": {"@path": "$.timestamp"}}
    assert tried("ingestEvent", mapping, 2, [Reply(body={"requestId": "r-1"})]).outcomes == [Accepted("r-1")] * 2
    processing = {"requestStatusPerDestination": [{"requestStatus": "PROCESSING"}]}
    assert read_poll(response(processing), "r-1") == Accepted("r-1")
    assert read_poll(response({"requestStatusPerDestination": [{"requestStatus": "SUCCESS"}]}), "r-1") == Delivered()
