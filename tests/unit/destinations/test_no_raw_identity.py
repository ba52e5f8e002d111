"""No raw e-mail address, phone number or name of a person leaves in a request to an ad platform, wherever it was put.

Every action of every connector for advertising, over events that bear planted values in many spellings and places.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from itertools import product
from typing import Any
from urllib.parse import unquote_plus

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trackyard.destinations import catalogue
from trackyard.kit.action import Action, Destination
from trackyard.kit.attempt import Refused, Reply, attempt, stand_in_settings
from trackyard.kit.fields import fields_of
from trackyard.kit.request import Request

NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)
LOCAL, DIGITS, FIRST, LAST = "plantedjane", "4155550199", "Zebulonia", "Quartermainx"
EMAILS = [
    f"{LOCAL}@example.com",
    f"  {LOCAL.upper()}@Example.COM ",
    f"{LOCAL}+tag@gmail.com",
    "planted.jane@googlemail.com",
    f"{LOCAL}@exämple.de",
    f"Jane <{LOCAL}@example.com>",
    f"mailto:{LOCAL}@example.com",
    f"{LOCAL}@example",
]
PHONES = ["+14155550199", "(415) 555-0199", "415.555.0199", "0014155550199", "1-415-555-0199 x12", " 415 555 0199 "]
NAMES = [(FIRST, LAST), (f" {FIRST.upper()} ", LAST.lower()), (f"{FIRST}-Ann", f"van {LAST}")]
CONVERSATION = [
    Reply(match=":create", body={"resourceName": "customers/1/offlineUserDataJobs/1"}),
    Reply(match="searchStream", body=[{"results": []}]),
]


def ad_actions() -> Iterator[tuple[Destination, Action]]:
    for destination in catalogue().values():
        if "advertising" in destination.purposes:
            for action in destination.actions:
                yield destination, action


def planted(event: Mapping[str, Any], email: str, phone: str, name: tuple[str, str]) -> dict[str, Any]:
    """`event` with a person in every place where sources put one."""
    first, last = name
    person = {
        "email": email,
        "phone": phone,
        "firstName": first,
        "lastName": last,
        "first_name": first,
        "last_name": last,
        "address": {"street": f"{first} Street 1", "city": "Paris", "country": "US", "postalCode": "94105"},
    }
    context = {**event.get("context", {}), "traits": person}
    members = {**event.get("properties", {}), **person}
    return {**event, "userId": email, "context": context, "properties": members, "traits": person}


def requests_for(destination: Destination, action: Action, event: Mapping[str, Any]) -> list[Request]:
    """What the action would send with every field at its default beside what the example maps."""
    example = action.examples[0]
    try:
        tried = attempt(
            action,
            stand_in_settings(destination, example.settings),
            {**defaults(destination.slug, action.slug), **example.mapping},
            [event],
            now=NOW,
            replies=CONVERSATION,
        )
    except Refused:
        return []
    return list(tried.requests)


@cache
def defaults(destination: str, slug: str) -> dict[str, Any]:
    action = catalogue()[destination].action(slug)
    assert action is not None
    return {name: field["default"] for name, field in fields_of(action.payload).items() if "default" in field}


def texts(value: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """Every text and number of a request with the key it stands under."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from texts(inner, str(name))
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from texts(inner, key)
    elif value is not None:
        yield key, str(value)


def of_request(request: Request) -> Iterator[tuple[str, str]]:
    body = msgspec.to_builtins(request.json) if request.json is not msgspec.UNSET else (request.body or b"").decode()
    yield from texts({"url": unquote_plus(request.url), "headers": request.headers, "body": body})


def raw_identity(text: str) -> str:
    """What of the planted person can be read in `text`; "" for nothing."""
    plain = text.lower()
    squeezed = re.sub(r"[^a-z0-9@]", "", plain)
    if LOCAL in squeezed:
        return "e-mail"
    if DIGITS in re.sub(r"\D", "", plain) and not re.fullmatch(r"[0-9a-f]{64}", plain):
        return "phone"
    return "name" if FIRST.lower() in squeezed or LAST.lower() in squeezed else ""


def leaks(requests: Sequence[Request]) -> list[tuple[str, str]]:
    return [(key, found) for request in requests for key, text in of_request(request) if (found := raw_identity(text))]


def named(value: object) -> str:
    return getattr(value, "slug", "")


@pytest.mark.parametrize(("destination", "action"), list(ad_actions()), ids=named)
def test_a_planted_person_is_in_no_request(destination: Destination, action: Action) -> None:
    event = action.examples[0].event
    sent: list[Request] = []
    for at, (email, phone) in enumerate(product(EMAILS, PHONES)):
        requests = requests_for(destination, action, planted(event, email, phone, NAMES[at % len(NAMES)]))
        assert leaks(requests) == [], (email, phone)
        sent += requests
    assert sent, "silence is no proof"


@given(
    email=st.tuples(
        st.text(" \t.,;<>", max_size=3),
        st.sampled_from([LOCAL, LOCAL.upper(), "planted.jane"]),
        st.sampled_from(["@example.com", "@gmail.com ", "@EXAMPLE.CO.UK", "@", "@@example.com", " @example.com"]),
    ).map("".join),
    phone=st.lists(st.sampled_from([*"()-. /", ""]), min_size=10, max_size=10).map(
        lambda gaps: "".join(digit + gap for digit, gap in zip(DIGITS, gaps, strict=True))
    ),
    prefix=st.sampled_from(["", "+1", "001", "tel:", "+1 (0)", "#"]),
    data=st.data(),
)
@settings(max_examples=300)
def test_no_spelling_of_a_person_gets_through(email: str, phone: str, prefix: str, data: st.DataObject) -> None:
    destination, action = data.draw(st.sampled_from(list(ad_actions())))
    event = planted(action.examples[0].event, email, prefix + phone, (FIRST, LAST))
    assert leaks(requests_for(destination, action, event)) == []


def test_the_corpus_is_found_where_it_is_raw() -> None:
    assert [raw_identity(text) for text in (EMAILS[3], PHONES[1], f" {FIRST.upper()}", "0" * 64)] == [
        "e-mail",
        "phone",
        "name",
        "",
    ]
