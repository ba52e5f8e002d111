from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

import msgspec
import pytest
from tests.unit.destinations.vectors import GOLDEN, our_requests, vectors

from trackyard.destinations.amplitude import destination
from trackyard.destinations.amplitude.payload import Group, Identified, Utm
from trackyard.destinations.amplitude.people import group
from trackyard.destinations.amplitude.requests import LIBRARY, Settings, milliseconds, read, touched
from trackyard.destinations.amplitude.user_agent import read_user_agent
from trackyard.kit.outcome import Delivered, Outcome, Rejected, Retry
from trackyard.kit.request import Response

SETTINGS = Settings(apiKey="key-1", secretKey="secret-1")
CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36"
)
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_2 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/17.2 Mobile/15E148 Safari/604.1"
)
GALAXY = (
    "Mozilla/5.0 (Linux; Android 13; SM-S901B) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/112.0.0.0 Mobile Safari/537.36"
)


def answered(status: int, error: str | None = None) -> Outcome:
    return read(Response(status=status, body=msgspec.json.encode({"code": status, "error": error})), 1)[0]


def members(form: str) -> dict[str, Any]:
    return {name: msgspec.json.decode(text) if text[0] in "[{" else text for name, [text] in parse_qs(form).items()}


def test_forms_hold_what_segments_hold_but_the_undefined_option() -> None:
    """The declared difference of a form is about its whole text: here its members are compared."""
    for vector in vectors(GOLDEN / "amplitude.jsonl.gz"):
        for want, got in zip(vector["requests"], our_requests(destination, vector), strict=True):
            if "body" in want:
                theirs = want["body"].removesuffix("&options=undefined")
                assert members(got["body"].replace(f"%22{LIBRARY}%22", "%22segment%22")) == members(theirs)


@pytest.mark.parametrize(
    ("status", "error", "outcome"),
    [
        (200, None, Delivered()),
        (400, "Invalid API key: abc", Retry("Amplitude: the API key is not accepted", scope="auth")),
        (400, "missing_event", Rejected("Amplitude: missing_event", whole_request=True)),
        (413, "too large", Rejected("HTTP 413", whole_request=True)),
        (429, "throttled", Retry("HTTP 429", scope="destination")),
    ],
)
def test_the_answer_says_who_must_act(status: int, error: str | None, outcome: Outcome) -> None:
    assert answered(status, error) == outcome


def test_a_person_who_cannot_join_leaves_the_group_as_it_is() -> None:
    row = Group(user_id="u-1", group_type="company", group_value="g-1")
    conversation = group(row, SETTINGS, datetime(2026, 1, 15, tzinfo=UTC))
    next(conversation)
    with pytest.raises(StopIteration) as ended:
        conversation.send(Response(status=503))
    assert ended.value.value == [Retry("HTTP 503", scope="destination")]


def test_campaign_and_referrer_are_set_and_set_once() -> None:
    row = Identified(
        utm_properties=Utm(utm_source="mail"), referrer="https://a.example/", user_properties={"plan": "x"}
    )
    assert touched(row) == {
        "plan": "x",
        "$set": {"utm_source": "mail", "referrer": "https://a.example/"},
        "$setOnce": {"initial_utm_source": "mail", "initial_referrer": "https://a.example/"},
    }


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (CHROME, ("Windows", "Chrome", "120", None, None, None)),
        (IPHONE, ("iOS", "Mobile Safari", "17", "Apple", "iPhone", "mobile")),
        (GALAXY, ("Android", "Chrome", "112", "Samsung", "SM-S901B", "mobile")),
        ("curl/8.4.0", (None, None, None, None, None, None)),
    ],
)
def test_a_user_agent_tells_system_browser_and_device(text: str, told: tuple[str | None, ...]) -> None:
    assert tuple(read_user_agent(text).values()) == told


@pytest.mark.parametrize("text", ["2026-01-15T11:30:15.250Z", "1768476615250", "Thu, 15 Jan 2026 11:30:15.250 GMT"])
def test_times_in_any_form_are_milliseconds(text: str) -> None:
    assert milliseconds(text) in (1768476615250, 1768476615000)
