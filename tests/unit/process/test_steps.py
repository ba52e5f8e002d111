"""What the steps learn of an event, oddity by oddity."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.unit.process.small_engine import NOON, Engine, track, workspace

from trackyard.model.event import rfc3339
from trackyard.pipeline.process.consent import _Purposes, categories_by_purpose, preferences_of
from trackyard.pipeline.process.times import milliseconds

ONE_HOUR = 3_600_000


@pytest.mark.parametrize(
    "written",
    [
        "2026-01-15T12:00:00.000Z",  # JavaScript
        "2026-01-15T12:00:00.000000+00:00",  # Python
        "2026-01-15T12:00:00+00:00",  # PHP
        "2026-01-15T12:00:00.000000932Z",  # Go
        "2026-01-15T13:00:00+0100",
        "2026-01-15 12:00:00",
        NOON,
        NOON / 1000,
        str(NOON),
    ],
)
def test_times_are_read_as_clients_write_them(written: Any) -> None:
    assert milliseconds(written) == NOON


@pytest.mark.parametrize("written", [None, "", "yesterday", True, {}, [], 10**40, float("inf"), float("nan"), "9" * 40])
def test_what_is_no_time_is_none(written: Any) -> None:
    assert milliseconds(written) is None


def test_the_clients_clock_is_corrected_by_when_it_sent(engine: Engine) -> None:
    # the client's clock is an hour slow: sent "now", happened ten minutes before
    sent, happened = rfc3339(NOON - ONE_HOUR), rfc3339(NOON - ONE_HOUR - 600_000)
    engine.receive(track(1, timestamp=happened), sentAt=sent)

    (event,) = engine.events()

    assert event["timestamp"] == rfc3339(NOON - 600_000)
    assert (event["originalTimestamp"], event["sentAt"], event["receivedAt"]) == (happened, sent, rfc3339(NOON))


@pytest.mark.parametrize("original", ["0001-01-01T00:00:00Z", "1899-01-01T00:00:00Z", "9999-12-31T23:59:59Z", -1e15])
@pytest.mark.parametrize("sent", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", 1e14])
def test_no_clock_is_so_wrong_that_the_time_cannot_be_written(engine: Engine, original: Any, sent: Any) -> None:
    engine.receive(track(1, timestamp=original, sentAt=sent))

    (event,) = engine.events()
    assert event["timestamp"] <= rfc3339(NOON)


def test_without_a_sent_time_the_original_holds(engine: Engine) -> None:
    engine.receive(track(1, originalTimestamp=rfc3339(NOON - ONE_HOUR)))  # rudder-node's name for it

    assert engine.headers()[0].timestamp == NOON - ONE_HOUR


def test_without_any_time_the_event_happened_when_it_was_received(engine: Engine) -> None:
    engine.receive(track(1))

    assert engine.headers()[0].timestamp == NOON


def test_a_timestamp_from_the_future_is_clamped_and_flagged(engine: Engine) -> None:
    engine.receive(track(1, timestamp=rfc3339(NOON + ONE_HOUR)), track(2, timestamp=rfc3339(NOON + 5)))

    late, rounded = engine.headers()

    assert (late.timestamp, late.flags) == (NOON, ("future_timestamp",))
    assert (rounded.timestamp, rounded.flags) == (NOON, ())


@pytest.mark.parametrize("source", ["old", "history"])
def test_copies_keep_their_time_uncorrected(engine: Engine, source: str) -> None:
    corrected, original = rfc3339(NOON - ONE_HOUR), rfc3339(NOON - 2 * ONE_HOUR)
    copy = track(1, timestamp=corrected, originalTimestamp=original, sentAt=original)
    engine.receive(copy, source=source)

    (header,) = engine.headers()

    assert header.timestamp == NOON - ONE_HOUR
    assert header.channel == {"old": "mirror", "history": "import"}[source]


BROWSER = "Mozilla/5.0 (X11; Linux x86_64)"
CHANNELS = [
    ("web", {}, {"library": {"name": "analytics.js"}}, "browser"),
    ("web", {}, {"library": {"name": "RudderLabs JavaScript SDK"}}, "browser"),  # posts to /v1/track
    ("web", {}, {"library": {"name": "events-sdk-js"}}, "browser"),  # Hightouch, too
    ("shop", {}, {"library": {"name": "@segment/analytics-node"}}, "server"),
    ("web", {}, {"library": {"name": "analytics-python"}}, "server"),
    ("app", {}, {"library": {"name": "analytics-kotlin"}}, "mobile"),
    ("web", {"origin": "https://shop.example", "user_agent": BROWSER}, {"library": {"name": "@jitsu/js"}}, "browser"),
    ("shop", {"user_agent": "node"}, {"library": {"name": "@jitsu/js"}}, "server"),
    ("web", {"user_agent": "curl/8"}, {}, "server"),
    ("web", {"client_side": True}, {}, "browser"),
    ("web", {"client_side": True, "user_agent": "node"}, {"library": {"name": "@jitsu/js"}}, "server"),
    ("app", {"client_side": True, "user_agent": "okhttp/4"}, {}, "mobile"),
    ("app", {}, None, "mobile"),
    ("shop", {}, "not an object", "server"),
]


@pytest.mark.parametrize(("source", "facts", "context", "channel"), CHANNELS)
def test_the_channel_is_a_fact_of_the_event(
    engine: Engine, source: str, facts: dict[str, Any], context: Any, channel: str
) -> None:
    engine.receive(track(1, context=context), source=source, **facts)

    assert engine.headers()[0].channel == channel


@pytest.mark.parametrize(("said", "channel"), [("web", "browser"), ("server", "server"), ("mobile", "mobile")])
def test_the_sdks_own_word_names_the_channel(engine: Engine, said: str, channel: str) -> None:
    engine.receive(track(1, channel=said))

    assert engine.headers()[0].channel == channel
    assert engine.events()[0]["channel"] == said


def test_the_server_fills_what_segment_fills(engine: Engine) -> None:
    engine.receive({"type": "track", "event": "E", "userId": "u"})

    (event,) = engine.events()

    assert event["version"] == 2 and event["projectId"] == "shop" and event["channel"] == "server"
    assert event["receivedAt"] == event["timestamp"] == event["originalTimestamp"] == rfc3339(NOON)
    assert event["messageId"].startswith("trackyard-")


PERSON = {"client_side": True, "ip": "203.0.113.9", "user_agent": BROWSER}


def test_the_address_is_filled_in_only_from_the_person(engine: Engine) -> None:
    engine.receive(track(1), source="web", endpoint="track", **PERSON)
    engine.receive(track(2), source="shop", endpoint="track", ip="203.0.113.9", user_agent="python")

    person, server = engine.events()

    assert person["context"] == {"ip": "203.0.113.9", "userAgent": BROWSER}
    assert "context" not in server


def test_a_blanked_address_stays_blank(engine: Engine) -> None:
    engine.receive(track(1, context={"ip": "0.0.0.0", "page": {"path": "/"}}), source="web", **PERSON)

    assert engine.events()[0]["context"] == {"ip": "0.0.0.0", "page": {"path": "/"}, "userAgent": BROWSER}


def test_a_server_may_say_that_it_speaks_as_the_person(engine: Engine) -> None:
    engine.receive(track(1, context={"direct": True}), source="shop", ip="203.0.113.9")

    assert engine.events()[0]["context"]["ip"] == "203.0.113.9"


def test_the_envelopes_context_lies_under_each_event_and_its_message_id_is_nobodys(engine: Engine) -> None:
    library = {"name": "analytics-go", "version": "3.0.0"}
    own = track(1, context={"library": {"version": "9"}, "app": {"name": "a"}})
    engine.receive(own, track(2), context={"library": library}, integrations={"All": False, "Meta": True})

    first, second = engine.events()

    assert first["context"] == {"library": {"name": "analytics-go", "version": "9"}, "app": {"name": "a"}}
    assert second["context"] == {"library": library}
    assert second["integrations"] == {"All": False, "Meta": True}
    assert engine.headers()[1].integrations == {"All": False, "Meta": True}


def test_null_ids_are_absent_in_the_header(engine: Engine) -> None:
    engine.receive(track(1, userId=None, anonymousId="a-1"), track(2, anonymousId=None))

    anonymous, known = engine.headers()

    assert (anonymous.user_id, anonymous.anonymous_id, anonymous.person) == ("", "a-1", "a-1")
    assert (known.user_id, known.anonymous_id, known.person) == ("u1", "", "u1")


def test_traits_of_an_identify_are_found_in_its_context(engine: Engine) -> None:
    identify = {"type": "identify", "messageId": "m", "userId": "u", "context": {"traits": {"plan": "pro"}}}
    engine.receive(identify)  # rudder-sdk-python puts them nowhere else
    engine.receive({"userId": "u", "context": {"traits": {"plan": "pro"}}}, endpoint="identify")

    assert [event["traits"] for event in engine.events()] == [{"plan": "pro"}] * 2


def test_rudders_headers_fill_what_the_body_lacks(engine: Engine) -> None:
    facts = {"AnonymousId": "YS0x", "SentAt": rfc3339(NOON - ONE_HOUR)}
    engine.receive(track(1, userId=None, timestamp=rfc3339(NOON - ONE_HOUR)), endpoint="track", facts=facts)

    (header,) = engine.headers()

    assert header.anonymous_id == "a-1"
    assert header.timestamp == NOON


def test_the_path_names_the_type_of_a_single_event(engine: Engine) -> None:
    engine.receive({"name": "Home", "anonymousId": "a"}, source="web", endpoint="page")

    (header,) = engine.headers()

    assert (header.type, header.name) == ("page", "Home")


@pytest.mark.parametrize("spelled", ["All", "all", "ALL"])
def test_all_is_understood_in_any_case(engine: Engine, spelled: str) -> None:
    engine.receive(track(1, integrations={spelled: False, "Meta": {"pixel": "1"}}))

    assert engine.headers()[0].integrations == {"All": False, "Meta": {"pixel": "1"}}


def test_what_the_browser_delivered_itself_is_noted(engine: Engine) -> None:
    engine.receive(track(1, _metadata={"bundled": ["Google Analytics", 7], "unbundled": ["Meta"]}), track(2))

    assert [header.already for header in engine.headers()] == [("Google Analytics",), ()]


TABLE = categories_by_purpose(
    {"Ads": ["ads_storage", "sale_share"], "Targeting": ["ads_storage"], "Stats": ["analytics"]}
)


@pytest.mark.parametrize(
    ("context", "consent"),
    [
        (None, None),
        ({}, None),
        ({"consent": {"categoryPreferences": None}}, None),
        ({"consent": {"categoryPreferences": {}}}, {"ads_storage": False, "analytics": False, "sale_share": False}),
        (
            {"consent": {"categoryPreferences": {"Ads": True, "Stats": True}}},  # Targeting is absent: false
            {"ads_storage": False, "analytics": True, "sale_share": True},
        ),
        (
            {"consent": {"categoryPreferences": {"Ads": True, "Targeting": True, "Stats": "true"}}},
            {"ads_storage": True, "analytics": False, "sale_share": True},
        ),
    ],
)
def test_purposes_follow_from_the_categories_of_the_banner(context: Any, consent: dict[str, bool] | None) -> None:
    preferences = preferences_of({"context": context})

    assert _Purposes(TABLE).of(preferences) == consent


def test_region_and_privacy_signal_are_recorded(make_engine: Callable[..., Engine]) -> None:
    engine = make_engine(workspace(regions={"eu": ["DE", "FR"]}))
    engine.receive(track(1), source="web", country="de", gpc=True, **PERSON)
    engine.receive(track(2), source="web", country="US", **PERSON)
    engine.receive(track(3), source="shop", country="DE")  # where the server stands

    headers = engine.headers()

    assert [header.region for header in headers] == ["eu", "", ""]
    assert [header.gpc for header in headers] == [True, False, False]
