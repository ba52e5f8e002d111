"""GA4's Measurement Protocol: answers 204 to anything and drops what it does not like; `/debug` says what that is.

Sources: "Measurement Protocol", "Sending events" (limits, 72 hours), "Validating events", Google's "Collection limits"
for the longer texts of pages; RudderStack's GA4 page for the same figures; read 2026-08. Google removes no duplicates
but those of a purchase's transaction_id. Unlike Google's, this `/debug` also looks at the address.
"""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs

import msgspec

from trackyard.sandbox import forms
from trackyard.sandbox.partner import Answer, Desk, Judgement, Partner, Row, Taken

EVENTS_MAX, PARAMETERS_MAX, USER_PROPERTIES_MAX = 25, 25, 25
NAME_MAX, VALUE_MAX, PROPERTY_NAME_MAX, PROPERTY_VALUE_MAX = 40, 100, 24, 36
LONGER_VALUES = {"page_location": 1_000, "page_referrer": 420, "page_title": 300}
BODY_BYTES_MAX = 130_000
AGE_SECONDS_MAX = 72 * 3600
MICROSECONDS = 1_000_000
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*\Z")
RESERVED_PREFIXES = ("firebase_", "ga_", "google_")
RESERVED_EVENTS = frozenset(
    {
        "ad_activeview",
        "ad_click",
        "ad_exposure",
        "ad_query",
        "ad_reward",
        "adunit_exposure",
        "app_clear_data",
        "app_exception",
        "app_install",
        "app_remove",
        "app_store_refund",
        "app_update",
        "app_upgrade",
        "dynamic_link_app_open",
        "dynamic_link_app_update",
        "dynamic_link_first_open",
        "error",
        "first_open",
        "first_visit",
        "in_app_purchase",
        "notification_dismiss",
        "notification_foreground",
        "notification_open",
        "notification_receive",
        "os_update",
        "session_start",
        "user_engagement",
    }
)
WITH_MONEY = frozenset({"purchase", "refund"})
COLLECT, DEBUG = "mp/collect", "debug/mp/collect"
TAKEN = Answer(204, b"")
Fault = tuple[str, str]  # field path, description


def judge(taken: Taken, desk: Desk) -> Judgement:
    if taken.method != "POST" or taken.path not in (COLLECT, DEBUG):
        return Judgement(Answer(404, b"", "text/html"), refused=["no such path"])
    try:
        body = msgspec.json.decode(taken.body)
    except msgspec.DecodeError:
        body = None
    of_request = list(request_faults(taken, body, desk.now))
    events = [] if of_request else body["events"]
    by_event = [
        [(f"events[{index}]", "refused by the script")] if desk.refuses(event) else list(event_faults(index, event))
        for index, event in enumerate(events)
    ]
    rows = [Row(effect(event)) for event, faults in zip(events, by_event, strict=True) if not faults]
    faults = of_request[:1] + [of_one[0] for of_one in by_event if of_one]
    if taken.path == DEBUG:
        return Judgement(validation(of_request + [fault for of_one in by_event for fault in of_one]))
    return Judgement(TAKEN, rows, [description for _, description in faults])


def effect(event: dict[str, Any]) -> str:
    transaction = event["params"].get("transaction_id") if isinstance(event.get("params"), dict) else None
    return f"{event['name']} {transaction}" if event["name"] in WITH_MONEY and transaction else ""


def request_faults(taken: Taken, body: Any, now: float) -> Iterator[Fault]:
    query = parse_qs(taken.query)
    if forms.token_is_refused(query.get("api_secret", [""])[0]):
        yield "api_secret", "api_secret is missing or wrong"
    if not isinstance(body, dict):
        yield "", "the body is no JSON object"
        return
    if len(taken.body) > BODY_BYTES_MAX:
        yield "", f"the body is larger than {BODY_BYTES_MAX} bytes"
    stream, who = (
        ("measurement_id", "client_id") if "measurement_id" in query else ("firebase_app_id", "app_instance_id")
    )
    if stream not in query:
        yield stream, "neither measurement_id nor firebase_app_id is given"
    if not isinstance(body.get(who), str) or not body[who]:
        yield who, f"{who} is missing"
    events = body.get("events")
    if not isinstance(events, list) or not 1 <= len(events) <= EVENTS_MAX:
        yield "events", f"events must be a list of 1 to {EVENTS_MAX}"
    yield from time_faults(body.get("timestamp_micros"), now)
    yield from user_property_faults(body.get("user_properties", {}))


def time_faults(micros: Any, now: float) -> Iterator[Fault]:
    if micros is None:
        return
    if not str(micros).isdecimal() or len(str(micros)) != 16:
        yield "timestamp_micros", "timestamp_micros is no time in microseconds"
    elif now - int(micros) / MICROSECONDS > AGE_SECONDS_MAX:
        yield "timestamp_micros", "timestamp_micros is older than 72 hours"


def user_property_faults(properties: Any) -> Iterator[Fault]:
    if not isinstance(properties, dict) or len(properties) > USER_PROPERTIES_MAX:
        yield "user_properties", f"user_properties must be at most {USER_PROPERTIES_MAX}"
        return
    for name, given in properties.items():
        if not NAME.match(name) or len(name) > PROPERTY_NAME_MAX:
            yield f"user_properties.{name}", "a user property's name is not allowed"
        if not isinstance(given, dict) or len(str(given.get("value"))) > PROPERTY_VALUE_MAX:
            yield f"user_properties.{name}", f"a user property's value is longer than {PROPERTY_VALUE_MAX}"


def event_faults(index: int, event: Any) -> Iterator[Fault]:
    path = f"events[{index}]"
    name = event.get("name") if isinstance(event, dict) else None
    if not isinstance(name, str) or not NAME.match(name) or len(name) > NAME_MAX:
        yield f"{path}.name", "an event's name is not allowed"
        return
    if name in RESERVED_EVENTS or name.startswith(RESERVED_PREFIXES):
        yield f"{path}.name", "an event's name is reserved"
    parameters = event.get("params", {})
    if not isinstance(parameters, dict) or len(parameters) > PARAMETERS_MAX:
        yield f"{path}.params", f"more than {PARAMETERS_MAX} parameters"
        return
    yield from parameter_faults(path, parameters)
    yield from money_faults(path, name, parameters)


def parameter_faults(path: str, parameters: dict[str, Any]) -> Iterator[Fault]:
    for name, value in parameters.items():
        if not NAME.match(name) or len(name) > NAME_MAX or name.startswith(RESERVED_PREFIXES):
            yield f"{path}.params.{name}", "a parameter's name is not allowed"
        if isinstance(value, str) and len(value) > LONGER_VALUES.get(name, VALUE_MAX):
            yield f"{path}.params.{name}", "a parameter's value is too long"
        if isinstance(value, dict) or (isinstance(value, list) and name != "items"):
            yield f"{path}.params.{name}", "a parameter's value is an object or a list"
    items = parameters.get("items")
    for at, item in enumerate(items if isinstance(items, list) else ()):
        if not isinstance(item, dict) or not (item.get("item_id") or item.get("item_name")):
            yield f"{path}.params.items[{at}]", "an item without item_id and item_name"


def money_faults(path: str, name: str, parameters: dict[str, Any]) -> Iterator[Fault]:
    value, currency = parameters.get("value"), parameters.get("currency")
    if fault := forms.money_fault(value, currency):
        yield f"{path}.params", fault
    if value and currency is None:
        yield f"{path}.params.currency", "a value without a currency"
    if name in WITH_MONEY and not parameters.get("transaction_id"):
        yield f"{path}.params.transaction_id", f"a {name} without transaction_id"


def validation(faults: list[Fault]) -> Answer:
    messages = [
        {"fieldPath": path, "description": description, "validationCode": "VALUE_INVALID"}
        for path, description in faults
    ]
    return Answer(200, msgspec.json.encode({"validationMessages": messages}))


def stream_of(taken: Taken) -> str:
    query = parse_qs(taken.query)
    return (query.get("measurement_id") or query.get("firebase_app_id") or ["unknown"])[0]


partner = Partner(
    slug="google-analytics-4",
    judge=judge,
    hosts=("www.google-analytics.com", "region1.google-analytics.com"),
    connection=stream_of,
    is_strict=True,
)
