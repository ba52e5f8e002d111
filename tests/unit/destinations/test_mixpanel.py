from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from trackyard.destinations.mixpanel.browser import browser
from trackyard.destinations.mixpanel.events import purchase_batch, track
from trackyard.destinations.mixpanel.payload import Event, Identified, Increment, Purchase
from trackyard.destinations.mixpanel.requests import Settings, read, read_form
from trackyard.kit.outcome import Delivered, Rejected, Retry
from trackyard.kit.request import Request, Response

SETTINGS = Settings(projectToken="token-1", apiSecret="secret-1")
NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)


def refused(*indexes: int) -> Response:
    records = [{"index": at, "field": "properties.time", "message": "is too old"} for at in indexes]
    return Response(status=400, body=msgspec.json.encode({"code": 400, "failed_records": records}))


def sent(request: Any) -> Any:
    assert isinstance(request, Request)
    return request.json


def test_a_bad_event_loses_only_itself() -> None:
    assert read(refused(1), 3) == [Delivered(), Rejected("Mixpanel: properties.time is too old"), Delivered()]


def test_an_order_is_refused_with_any_of_its_products() -> None:
    orders = [
        Purchase(event="Order Completed", products=[{"sku": "a"}, {"sku": "b"}], generatePurchaseEventPerProduct=True),
        Purchase(event="Order Completed"),
    ]
    conversation = purchase_batch(orders, SETTINGS, NOW)
    assert len(sent(next(conversation))) == 4
    with pytest.raises(StopIteration) as ended:
        conversation.send(refused(2))
    assert ended.value.value == [Rejected("Mixpanel: properties.time is too old"), Delivered()]


def test_profiles_that_are_answered_with_zero_are_not_taken() -> None:
    assert read_form(Response(status=200, body=b"1"), 1) == [Delivered()]
    assert read_form(Response(status=200, body=b"0\n"), 1) == [Rejected("Mixpanel answered 0: nothing of it was taken")]
    assert read_form(Response(status=401), 1) == [Retry("HTTP 401: credentials refused", scope="auth")]


def test_an_event_without_an_id_has_the_same_one_at_every_attempt() -> None:
    ids = [
        sent(track(Event(event=name, time="2026-01-15"), SETTINGS, NOW))[0]["properties"]["$insert_id"]
        for name in ("A", "A", "B")
    ]
    assert ids[0] == ids[1] != ids[2]


def test_nothing_to_say_about_a_person_is_refused() -> None:
    with pytest.raises(ValueError, match="traits"):
        Identified(user_id="u-1")


def test_what_is_no_number_is_not_added() -> None:
    with pytest.raises(ValueError, match=r"increment\.spent"):
        Increment(user_id="u-1", increment={"orders": "2", "spent": "a lot"})


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Mozilla/5.0 (X11) AppleWebKit/537.36 Chrome/120.0.6099.71 Safari/537.36 OPR/106.0.1", ("Opera", "106.0.1")),
        (
            "Mozilla/5.0 (Windows NT 10.0) Chrome/120.0.0.0 Edg/120.0.2210",
            ("Microsoft Edge", "120.0.2210"),
        ),
        (
            "Mozilla/5.0 (iPhone) Version/17.2 Mobile/15E148 Safari/604.1",
            ("Mobile Safari", "17.2"),
        ),
        ("Mozilla/5.0 (Windows NT 10.0; rv:121.0) Gecko/20100101 Firefox/121.0", ("Firefox", "121.0")),
        ("Example/1.2.3 (iPhone; iOS 17.2)", ("", None)),
    ],
)
def test_a_user_agent_tells_the_browser(text: str, told: tuple[str, str | None]) -> None:
    assert browser(text) == told
