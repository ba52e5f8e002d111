from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from trackyard.destinations.klaviyo import destination
from trackyard.destinations.klaviyo.phone import e164
from trackyard.destinations.klaviyo.requests import Settings, read
from trackyard.kit import sample_events
from trackyard.kit.attempt import Attempt, Refused, Reply, attempt
from trackyard.kit.outcome import Delivered, Rejected, Retry
from trackyard.kit.request import Response

NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)
EMAIL = {"email": {"@path": "$.context.traits.email"}}


def tried(
    slug: str, mapping: dict[str, Any], replies: list[Reply], event: Any = sample_events.ORDER_COMPLETED
) -> Attempt:
    action = destination.action(slug)
    assert action is not None
    return attempt(
        action, Settings(api_key="key-1"), mapping, [sample_events.ORDER_COMPLETED], now=NOW, replies=replies
    )


def steps(done: Attempt) -> list[str]:
    return [f"{request.method} {request.url.rpartition('/api/')[2]}" for request in done.requests]


def test_a_profile_that_is_there_is_updated_and_put_on_the_list() -> None:
    there = Reply(
        match="POST https://a.klaviyo.com/api/profiles/",
        status=409,
        body={"errors": [{"code": "duplicate_profile", "meta": {"duplicate_profile_id": "P1"}}]},
    )
    done = tried("upsertProfile", {**EMAIL, "list_id": "L1"}, [there, Reply(body={"data": {"id": "P1"}})])
    assert steps(done) == ["POST profiles/", "PATCH profiles/P1", "POST lists/L1/relationships/profiles/"]
    assert done.outcomes == [Delivered()]


def test_where_no_profile_could_be_made_none_is_put_on_the_list() -> None:
    done = tried("addProfileToList", {**EMAIL, "list_id": "L1"}, [Reply(status=401)])
    assert steps(done) == ["POST profiles/"]
    assert done.outcomes == [Retry("HTTP 401: credentials refused", scope="auth")]


def test_every_page_of_found_profiles_is_taken_off_the_list() -> None:
    more = "https://a.klaviyo.com/api/profiles/?page=2"
    replies = [
        Reply(match="page=2", body={"data": [{"id": "P2"}], "links": {"next": None}}),
        Reply(match="GET", body={"data": [{"id": "P1"}], "links": {"next": more}}),
        Reply(match="DELETE", status=204, body=""),
    ]
    done = tried("removeProfileFromList", {**EMAIL, "list_id": "L1"}, replies)
    assert done.requests[-1].json == {"data": [{"type": "profile", "id": "P1"}, {"type": "profile", "id": "P2"}]}
    assert done.outcomes == [Delivered()]


def test_products_follow_an_order_that_was_taken() -> None:
    mapping = {
        "profile": EMAIL,
        "properties": {"@path": "$.properties"},
        "unique_id": {"@path": "$.messageId"},
        "products": {
            "@arrayPath": ["$.properties.products", {"id": {"@path": "$.sku"}, "value": {"@path": "$.price"}}]
        },
    }
    done = tried("orderCompleted", mapping, [Reply(status=202, body="")])
    sent = [request.json["data"]["attributes"] for request in done.requests]
    assert [one["unique_id"] for one in sent] == ["m-1", "m-1_G-32", "m-1_G-33"]
    assert [one["metric"]["data"]["attributes"]["name"] for one in sent[1:]] == ["Ordered Product"] * 2


def test_a_bad_row_is_named_and_the_others_are_tried_again() -> None:
    pointer = "/data/attributes/events-bulk-create/data/1/attributes/events/data/0/attributes/time"
    body = {"errors": [{"code": "invalid", "detail": "jane@example.com", "source": {"pointer": pointer}}]}
    outcomes = read(Response(status=400, body=msgspec.json.encode(body)), 2)
    assert outcomes == [
        Retry("Klaviyo: refused with another row", after_seconds=0),
        Rejected("Klaviyo: invalid attributes/events/data/0/attributes/time"),
    ]


@pytest.mark.parametrize(
    ("text", "country", "number"),
    [
        ("+14155552671", None, "+14155552671"),
        ("(415) 555-2671", "US", "+14155552671"),
        ("020 7946 0958", "GB", "+442079460958"),
    ],
)
def test_numbers_are_sent_in_e164(text: str, country: str | None, number: str) -> None:
    assert e164(text, country) == number


def test_a_number_of_no_country_is_refused() -> None:
    with pytest.raises(Refused, match="phone_number"):
        tried("subscribeProfile", {"phone_number": "415 555 2671"}, [])
