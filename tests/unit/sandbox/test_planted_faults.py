"""What a strict stand-in refuses, in the vendor's own way, and what our reading of that answer makes of it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from tests.unit.sandbox.strict import NOW, respond, rows_of, sandbox, send, strict_destinations, summary, try_example

from trackyard.destinations import catalogue
from trackyard.kit.action import Action, Destination, Example
from trackyard.kit.outcome import Accepted, Delivered, Rejected, Retry
from trackyard.kit.request import Request, Response
from trackyard.sandbox.script import Rule
from trackyard.sandbox.server import Sandbox

EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
LONG_AGO = int((NOW - timedelta(days=100)).timestamp())
META, TIKTOK, GA4, CIO, ADS = (
    "facebook-conversions-api",
    "tiktok-conversions",
    "google-analytics-4",
    "customerio",
    "google-enhanced-conversions",
)
Edit = Callable[[Any], object]


def first(slug: str, action: str) -> tuple[Destination, Action, Example]:
    destination = catalogue()[slug]
    found = destination.action(action)
    assert found is not None
    return destination, found, found.examples[0]


def planted(slug: str, action: str, edit: Edit, box: Sandbox | None = None) -> tuple[Action, Response, Sandbox]:
    """The sandbox's answer to the example's request after `edit` of its JSON."""
    _, found, example = first(slug, action)
    body = msgspec.json.decode(msgspec.json.encode(example.request.json))
    edit(body)
    box = box or sandbox()
    return found, respond(box, msgspec.structs.replace(example.request, json=body)), box


def meta(**changes: Any) -> Edit:
    return lambda body: body["data"][0].update(changes)


def meta_person(**changes: Any) -> Edit:
    return lambda body: body["data"][0]["user_data"].update(changes)


@pytest.mark.parametrize(
    ("edit", "subcode"),
    [
        (meta(event_time=LONG_AGO), 2804003),
        (meta(event_time=int(NOW.timestamp()) + 3600), None),
        (meta(event_time="2026-01-15T11:30:15Z"), None),
        (meta(event_name=""), None),
        (meta(action_source="shop"), None),
        (meta(user_data={}), None),
        (meta(custom_data={"currency": "XXY", "value": 1}), None),
        (meta(custom_data={"value": 1}), None),
        (meta(custom_data={"currency": "USD", "value": "12.00"}), None),
        (meta(custom_data={"currency": "USD", "value": 1, "contents": [{"quantity": 1}]}), None),
        (meta_person(em="jane.doe@example.com"), None),
        (meta_person(em=EMPTY), None),
        (meta_person(em="9E107D9D372BB6826BD81D3542A419D6" * 2), None),
        (meta_person(ph=["9e107d9d372bb6826bd81d3542a419d6"]), None),
        (meta_person(external_id=["jane.doe@example.com"]), None),
        (meta_person(fbc="IwAR0-only-the-click-id"), None),
        (meta_person(client_user_agent=""), None),
        (lambda body: body.update(data=body["data"] * 1_001), None),
    ],
)
def test_meta_refuses_the_whole_request(edit: Edit, subcode: int | None) -> None:
    action, response, box = planted(META, "purchase", edit)
    error = response.json()["error"]
    assert (response.status, error["code"], error.get("error_subcode")) == (400, 100, subcode)
    assert error["fbtrace_id"] and summary(box)["effects"] == 0 and summary(box)["refused"] == 1
    assert all(isinstance(found, Rejected) and found.whole_request for found in action.read(response, 3))


def test_metas_own_forms_of_hashes_and_events_are_taken() -> None:
    def as_the_sdk_does(body: Any) -> None:
        body["data"][0]["user_data"]["em"] = [body["data"][0]["user_data"]["em"] + ".AQYBAgMA"]
        body["data"] = [msgspec.json.encode(event).decode() for event in body["data"]]

    _, response, box = planted(META, "purchase", as_the_sdk_does)
    assert response.json()["events_received"] == 1 and summary(box)["unique"] == 1


def test_an_event_in_a_shop_may_be_two_months_old_for_meta() -> None:
    at = int((NOW - timedelta(days=60)).timestamp())
    _, response, _ = planted(META, "purchase", meta(event_time=at, action_source="physical_store"))
    assert response.status == 200


def tiktok(**changes: Any) -> Edit:
    return lambda body: body["data"][0].update(changes)


@pytest.mark.parametrize(
    "edit",
    [
        tiktok(event=""),
        tiktok(event_time=LONG_AGO),
        tiktok(event_time="1768476615"),
        tiktok(user={}),
        tiktok(user={"email": ["jane.doe@example.com"]}),
        tiktok(user={"phone": [EMPTY]}),
        tiktok(user={"city": "San Francisco", "ip": "203.0.113.9"}),
        tiktok(properties={"value": 1}),
        tiktok(properties={"value": 1, "currency": "dollars"}),
        tiktok(properties={"content_type": "shoe"}),
        lambda body: body.pop("event_source_id"),
        lambda body: body.update(data=body["data"] * 1_001),
    ],
)
def test_tiktok_refuses_in_the_body_of_a_200(edit: Edit) -> None:
    action, response, box = planted(TIKTOK, "reportWebEvent", edit)
    assert (response.status, response.json()["code"]) == (200, 40002)
    assert summary(box)["effects"] == 0
    [outcome] = action.read(response, 1)
    assert isinstance(outcome, Rejected)


def ga4(**changes: Any) -> Edit:
    return lambda body: body["events"][0]["params"].update(changes)


@pytest.mark.parametrize(
    "edit",
    [
        ga4(value=1, currency=None),
        ga4(currency="dollars"),
        ga4(transaction_id=""),
        ga4(note="x" * 101),
        ga4(**{"no name": 1}),
        ga4(**{f"p{number}": number for number in range(26)}),
        ga4(items=[{"quantity": 1}]),
        lambda body: body.pop("client_id"),
        lambda body: body.update(timestamp_micros=LONG_AGO * 1_000_000),
        lambda body: body.update(timestamp_micros=LONG_AGO),
        lambda body: body["events"][0].update(name="session_start"),
        lambda body: body["events"][0].update(name="x" * 41),
        lambda body: body.update(events=body["events"] * 26),
        lambda body: body.update(user_properties={"x" * 25: {"value": 1}}),
    ],
)
def test_ga4_drops_without_a_word_and_debug_says_why(edit: Edit) -> None:
    action, response, box = planted(GA4, "purchase", edit)
    assert (response.status, response.body) == (204, b"")
    assert list(action.read(response, 1)) == [Delivered()], "which is why the destination checks before it sends"
    assert summary(box)["effects"] == 0 and summary(box)["refused"] >= 1
    example = action.examples[0].request
    body = msgspec.json.decode(msgspec.json.encode(example.json))
    edit(body)
    debug = msgspec.structs.replace(example, url=example.url.replace("/mp/", "/debug/mp/"), json=body)
    assert respond(box, debug).json()["validationMessages"] != []


def test_ga4s_debug_has_no_effect_and_nothing_to_say_of_a_good_event() -> None:
    _, _, example = first(GA4, "purchase")
    box = sandbox()
    debug = msgspec.structs.replace(example.request, url=example.request.url.replace("/mp/", "/debug/mp/"))
    assert respond(box, debug).json() == {"validationMessages": []} and summary(box)["rows"] == 0


@pytest.mark.parametrize(
    ("action", "edit", "field"),
    [
        ("trackEvent", lambda body: body.update(name=""), "name"),
        ("trackEvent", lambda body: body.update(timestamp="soon"), "timestamp"),
        ("trackEvent", lambda body: body.pop("identifiers"), "identifiers"),
        ("trackEvent", lambda body: body["identifiers"].update(email="jane.doe@example.com"), "identifiers"),
        ("trackEvent", lambda body: body.update(action="eat"), "action"),
        ("createUpdatePerson", lambda body: body.update(type="robot"), "type"),
        ("createUpdatePerson", lambda body: body.update(attributes=[]), "attributes"),
        ("mergePeople", lambda body: body.pop("secondary"), "secondary"),
        ("createUpdateDevice", lambda body: body["device"].update(platform="fridge"), "device.platform"),
        ("deleteObject", lambda body: body["identifiers"].pop("object_type_id"), "identifiers"),
        ("reportDeliveryEvent", lambda body: body.update(metric="eaten"), "metric"),
    ],
)
def test_customerio_names_the_field(action: str, edit: Edit, field: str) -> None:
    found, response, box = planted(CIO, action, edit)
    assert response.status == 400 and response.json()["errors"][0]["field"] == field
    [outcome] = found.read(response, 1)
    assert isinstance(outcome, Rejected) and field in outcome.reason
    assert summary(box)["effects"] == 0


def ads(**changes: Any) -> Edit:
    return lambda body: next(iter(value for value in body.values() if isinstance(value, list)))[0].update(changes)


@pytest.mark.parametrize(
    ("action", "edit", "code"),
    [
        ("uploadClickConversion", ads(conversionAction="998877"), "NO_CONVERSION_ACTION_FOUND"),
        ("uploadClickConversion", ads(conversionDateTime="2026-01-15T11:30:15Z"), "INVALID_STRING_DATE_TIME_"),
        ("uploadClickConversion", ads(conversionDateTime="2025-01-15 11:30:15+00:00"), "EXPIRED_EVENT"),
        ("uploadClickConversion", ads(currencyCode="dollars"), "UNSUPPORTED"),
        ("uploadClickConversion", ads(gclid=None, gbraid="a", wbraid="b"), "GBRAID_WBRAID_BOTH_SET"),
        ("uploadClickConversion", ads(orderId="jane@example.com"), "ORDER_ID_CONTAINS_PII"),
        (
            "uploadClickConversion",
            ads(userIdentifiers=[{"hashedEmail": "jane@example.com"}]),
            "INVALID_USER_IDENTIFIER",
        ),
        ("uploadClickConversion", ads(userIdentifiers=[{"hashedEmail": EMPTY}]), "INVALID_USER_IDENTIFIER"),
        ("uploadClickConversion", ads(userIdentifiers=[{"addressInfo": {}}]), "UNSUPPORTED_USER_IDENTIFIER"),
        ("uploadClickConversion", ads(consent={"adPersonalization": "GRANTED"}), "VALUE_MUST_BE_UNSET"),
        ("uploadCallConversion", ads(callerId="555-1234"), "UNPARSEABLE_CALLERS_PHONE_NUMBER"),
        ("uploadConversionAdjustment", ads(orderId=None), "MISSING_ORDER_ID_FOR_WEBPAGE"),
        ("uploadConversionAdjustment", ads(adjustmentType="RETRACTION"), "RESTATEMENT_VALUE_NOT_ALLOWED"),
        ("uploadConversionAdjustment", ads(adjustmentType="RESTATEMENT"), "REQUIRED"),
    ],
)
def test_google_ads_names_the_row_and_leaves_its_result_empty(action: str, edit: Edit, code: str) -> None:
    found, response, box = planted(ADS, action, edit)
    body = response.json()
    [error] = body["partialFailureError"]["details"][0]["errors"]
    assert response.status == 200 and body["results"] == [{}]
    assert error["location"]["fieldPathElements"][0]["index"] == 0
    [outcome] = found.read(response, 1)
    assert isinstance(outcome, Rejected) and code in outcome.reason and not outcome.whole_request
    assert summary(box)["effects"] == 0


@pytest.mark.parametrize(
    "edit",
    [
        lambda body: body.update(partialFailure=False),
        lambda body: body.update(conversions=body["conversions"] * 2_001),
    ],
)
def test_google_ads_refuses_a_whole_request(edit: Edit) -> None:
    found, response, _ = planted(ADS, "uploadClickConversion", edit)
    assert response.status == 400
    assert all(isinstance(one, Rejected) and one.whole_request for one in found.read(response, 2))


def test_a_used_order_id_is_an_error_at_google_and_delivered_for_us() -> None:
    found, _, box = planted(ADS, "uploadClickConversion", lambda body: None)
    _, response, _ = planted(ADS, "uploadClickConversion", lambda body: None, box)
    assert "ORDER_ID_ALREADY_IN_USE" in response.body.decode()
    assert list(found.read(response, 1)) == [Delivered()]
    assert (summary(box)["effects"], summary(box)["repeats"], summary(box)["refused"]) == (1, 1, 0)


@pytest.mark.parametrize(
    "edit",
    [
        lambda body: body["events"][0].update(eventTimestamp="2026-01-15 11:30"),
        lambda body: body["events"][0].update(currency="dollars"),
        lambda body: body["events"][0]["userData"].update(userIdentifiers=[{"emailAddress": "jane@example.com"}]),
        lambda body: body.update(encoding="BASE64"),
        lambda body: body.update(consent={"adUserData": "GRANTED"}),
        lambda body: body.update(events=body["events"] * 2_001),
        lambda body: body.update(destinations=[]),
    ],
)
def test_the_data_manager_refuses_bad_form_at_once(edit: Edit) -> None:
    found, response, box = planted(ADS, "ingestEvent", edit)
    assert response.status == 400 and response.json()["error"]["details"][0]["fieldViolations"]
    assert all(isinstance(one, Rejected) and one.whole_request for one in found.read(response, 2))
    assert summary(box)["effects"] == 0


def test_the_data_manager_accepts_first_and_tells_later_what_became_of_it() -> None:
    destination, found, example = first(ADS, "ingestEvent")
    clock = [NOW.timestamp()]
    box = sandbox()
    box.now = lambda: clock[0]
    settings = msgspec.convert(example.settings, destination.settings)
    assert found.poll is not None and found.read_poll is not None

    def asked(ticket: str) -> object:
        assert found.poll is not None and found.read_poll is not None
        return found.read_poll(respond(box, found.poll(ticket, settings)), ticket)

    [accepted] = try_example(box, destination, found, example)
    assert isinstance(accepted, Accepted)
    assert asked(accepted.ticket) == accepted
    [again] = try_example(box, destination, found, example)
    clock[0] += 60
    assert asked(accepted.ticket) == Delivered()
    assert isinstance(again, Accepted) and asked(again.ticket) == Delivered(), "it is a duplicate: it is there"
    assert summary(box)["repeats"] == 1


def test_what_the_data_manager_could_not_process_is_refused_with_its_reason() -> None:
    def denied(body: Any) -> None:
        body["consent"]["adUserData"] = "CONSENT_DENIED"

    clock = [NOW.timestamp()]
    box = sandbox()
    box.now = lambda: clock[0]
    found, response, _ = planted(ADS, "ingestEvent", denied, box)
    [accepted] = found.read(response, 1)
    clock[0] += 60
    assert isinstance(accepted, Accepted) and found.poll is not None and found.read_poll is not None
    settings = msgspec.convert(found.examples[0].settings, catalogue()[ADS].settings)
    outcome = found.read_poll(respond(box, found.poll(accepted.ticket, settings)), accepted.ticket)
    assert isinstance(outcome, Rejected) and "DENIED_CONSENT" in outcome.reason
    assert summary(box)["effects"] == 0


def refused_credentials(slug: str) -> Callable[[Request], Request]:
    edits: dict[str, Callable[[Request], Request]] = {
        TIKTOK: lambda request: msgspec.structs.replace(request, headers={"access-token": "revoked"}),
        GA4: lambda request: msgspec.structs.replace(request, url=request.url.replace("secret-1", "revoked")),
    }
    return edits.get(
        slug, lambda request: msgspec.structs.replace(request, headers={"authorization": "Bearer revoked"})
    )


@pytest.mark.parametrize("slug", [META, TIKTOK, CIO, ADS])
def test_refused_credentials_stop_the_lane_and_cost_no_row(slug: str) -> None:
    destination = catalogue()[slug]
    action = destination.actions[0]
    request = refused_credentials(slug)(action.examples[0].request)
    found = action.read(respond(sandbox(), request), 2)
    assert all(isinstance(one, Retry) and one.scope == "auth" for one in found), found


def test_a_missing_developer_token_stops_the_lane() -> None:
    _, action, example = first(ADS, "uploadClickConversion")
    [outcome] = action.read(respond(sandbox(), msgspec.structs.replace(example.request, headers={})), 1)
    assert isinstance(outcome, Retry) and outcome.scope == "auth"


def bad_in_the_middle(slug: str, action: str, **event: Any) -> tuple[list[object], dict[str, Any]]:
    """Ten rows of the example, the sixth bad, in one request; outcomes and what the sandbox counted."""
    destination, found, example = first(slug, action)
    events = [
        {
            **example.event,
            "messageId": f"m-{number}",
            "properties": {**example.event["properties"], "order_id": f"o-{number}"},
        }
        for number in range(10)
    ]
    events[5] = {**events[5], **event}
    box = sandbox()
    return list(send(box, destination, found, rows_of(found, events, example.mapping), example.settings)), summary(box)


@pytest.mark.parametrize(
    ("slug", "action", "event"),
    [
        (TIKTOK, "reportWebEvent", {"timestamp": "2025-01-01T00:00:00Z"}),
        (ADS, "uploadClickConversion", {"timestamp": "2025-01-01T00:00:00Z"}),
        (CIO, "trackEvent", {"timestamp": "soon"}),
    ],
)
def test_a_bad_row_loses_only_itself(slug: str, action: str, event: dict[str, Any]) -> None:
    outcomes, counted = bad_in_the_middle(slug, action, **event)
    assert [type(outcome) for outcome in outcomes] == [Delivered] * 5 + [Rejected] + [Delivered] * 4
    assert (counted["effects"], counted["refused"]) == (9, 1)


def test_one_bad_row_refuses_metas_whole_request_which_is_then_halved() -> None:
    outcomes, counted = bad_in_the_middle(META, "purchase", timestamp="2025-01-01T00:00:00Z")
    assert all(isinstance(outcome, Rejected) and outcome.whole_request for outcome in outcomes)
    assert (counted["effects"], counted["refused"]) == (0, 1)


@pytest.mark.parametrize(
    ("slug", "action", "taken"),
    [(META, "purchase", 0), (TIKTOK, "reportWebEvent", 9), (ADS, "uploadClickConversion", 9), (CIO, "trackEvent", 9)],
)
def test_a_script_has_a_row_refused_in_the_partners_own_way(slug: str, action: str, taken: int) -> None:
    destination, found, example = first(slug, action)
    events = [
        {**example.event, "properties": {**example.event["properties"], "order_id": f"o-{at}"}, "messageId": f"m-{at}"}
        for at in range(10)
    ]
    box = sandbox(rules=[Rule(bad_rows='"o-7"' if slug != META else '"m-7"')])
    outcomes = send(box, destination, found, rows_of(found, events, example.mapping), example.settings)
    assert [isinstance(outcome, Delivered) for outcome in outcomes].count(True) == taken == summary(box)["effects"]
    assert isinstance(outcomes[7], Rejected) and summary(box)["refused"] == 1


@pytest.mark.parametrize("destination", strict_destinations(), ids=lambda destination: destination.slug)
def test_a_repeat_within_the_window_is_counted_and_one_after_it_has_its_effect(destination: Destination) -> None:
    action = destination.actions[0]
    now = NOW.timestamp()
    box = sandbox()
    clock = {"now": now}
    box.now = lambda: clock["now"]
    ulid = {**action.examples[0].event, "messageId": "01ARZ3NDEKTSV4RRFFQ69G5FAV"}
    action = destination.action("trackEvent") or action
    example = msgspec.structs.replace(action.examples[0], event=ulid | {"event": "Order Completed", "type": "track"})
    for _ in range(2):
        try_example(box, destination, action, example)
    assert (summary(box)["effects"], summary(box)["repeats"]) == (1, 1)
    window = box.partners[destination.slug].window_seconds
    if window < 7 * 86_400:
        clock["now"] = now + window + 60
        try_example(box, destination, action, example)
        assert (summary(box)["effects"], summary(box)["repeats"]) == (2, 1)
