"""Meta's Conversions API: a request is taken whole, or refused whole for its first bad event.

Sources: "Using the API" (1,000 events, 7 days, 62 days for physical_store, an old event refuses the request), "Customer
information parameters", "Server event parameters", "Deduplicate pixel and server events" (48 h), "Error handling"; the
official Python SDK 26.0.3 for field names, capi_param_builder 1.3.2 for fbp and fbc; read 2026-08. Subcode 2804003 is
"event too old"; what subcodes other faults have is not published, so they bear none.
"""

import re
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs

import msgspec

from trackyard.sandbox import forms
from trackyard.sandbox.partner import Answer, Desk, Judgement, Partner, Row, Taken

EVENTS_MAX = 1_000
AGE_SECONDS_MAX = 7 * 86_400
STORE_AGE_SECONDS_MAX = 62 * 86_400
CLOCK_SECONDS = 60  # of difference between two machines
TOO_OLD, NO_OBJECT = 2804003, 33
PATH = re.compile(r"v\d+\.\d+/(?P<object>[^/]+)/events/?\Z")
SOURCES = frozenset(
    ("email", "website", "app", "phone_call", "chat", "physical_store", "system_generated", "business_messaging")
)
HASHED = ("em", "ph", "fn", "ln", "ct", "st", "zp", "country", "db", "ge")
CLICK_OR_BROWSER_ID = re.compile(r"fb\.\d\.\d{10,13}\..+\Z")


def judge(taken: Taken, desk: Desk) -> Judgement:
    path = PATH.match(taken.path)
    if taken.method != "POST" or path is None or not path["object"].isdigit():
        return refused(100, "Unsupported request: the object does not exist", subcode=NO_OBJECT)
    body = decoded(taken.body)
    if forms.token_is_refused(token_of(taken, body)):
        return refused(190, "Invalid OAuth access token", status=401)
    events = body.get("data")
    if not isinstance(events, list) or not 1 <= len(events) <= EVENTS_MAX:
        return refused(100, f"data must be a list of 1 to {EVENTS_MAX} events")
    events = [decoded(event.encode()) if isinstance(event, str) else event for event in events]  # as the SDK sends it
    for index, event in enumerate(events):
        fault, subcode = ("is refused by the script", None) if desk.refuses(event) else fault_of(event, desk.now)
        if fault:
            judgement = refused(100, f"data[{index}]: {fault}", subcode=subcode)
            return msgspec.structs.replace(judgement, refused=[fault])  # the same fault counts as one, wherever it was
    body = {"events_received": len(events), "messages": [], "fbtrace_id": trace_id(taken.body)}
    return Judgement(Answer(200, msgspec.json.encode(body)), [Row(effect(event)) for event in events])


def effect(event: dict[str, Any]) -> str:
    return f"{event['event_name']} {event['event_id']}" if event.get("event_id") else ""


def fault_of(event: Any, now: float) -> tuple[str, int | None]:
    """What is wrong with an event, and its subcode."""
    if not isinstance(event, dict):
        return "is no event", None
    if not isinstance(event.get("event_name"), str) or not event["event_name"]:
        return "event_name is missing", None
    if not forms.is_one_of(event.get("action_source"), SOURCES | {"other"}):
        return "action_source is missing or unknown", None
    at: Any = event.get("event_time")
    if not forms.is_whole(at):
        return "event_time must be whole seconds since 1970", None
    if now - at > (STORE_AGE_SECONDS_MAX if event["action_source"] == "physical_store" else AGE_SECONDS_MAX):
        return "event_time is too old", TOO_OLD
    if at - now > CLOCK_SECONDS:
        return "event_time is in the future", None
    return person_fault(event) or custom_data_fault(event) or options_fault(event), None


def person_fault(event: dict[str, Any]) -> str:
    person = event.get("user_data")
    if not isinstance(person, dict) or not person:
        return "user_data holds no customer information"
    if event["action_source"] == "website" and not person.get("client_user_agent"):
        return "user_data.client_user_agent is missing for a website event"
    for key in HASHED:
        if key in person and (fault := forms.hashes_fault(person[key])):
            return f"user_data.{key} {fault}"
    for key in ("fbp", "fbc"):
        if key in person and not CLICK_OR_BROWSER_ID.match(str(person[key])):
            return f"user_data.{key} is not of the form fb.N.MILLISECONDS.ID"
    return "user_data holds a raw e-mail address" if forms.holds_email(person) else ""


def custom_data_fault(event: dict[str, Any]) -> str:
    data = event.get("custom_data")
    if event["event_name"] == "Purchase" and not (isinstance(data, dict) and {"value", "currency"} <= data.keys()):
        return "custom_data needs value and currency for a Purchase"
    if data is None:
        return ""
    if not isinstance(data, dict):
        return "custom_data is no object"
    if fault := forms.money_fault(data.get("value"), data.get("currency")):
        return f"custom_data.{fault}"
    contents = data.get("contents", [])
    if not isinstance(contents, list) or not all(isinstance(item, dict) and item.get("id") for item in contents):
        return "custom_data.contents holds an item without id"
    return ""


def options_fault(event: dict[str, Any]) -> str:
    options = event.get("data_processing_options", [])
    if not isinstance(options, list) or any(option != "LDU" for option in options):
        return "data_processing_options is not [] or [LDU]"
    return ""


def decoded(body: bytes) -> Any:
    try:
        value = msgspec.json.decode(body)
    except msgspec.DecodeError:
        return {}
    return value if isinstance(value, dict) else {}


def token_of(taken: Taken, body: dict[str, Any]) -> str:
    in_query = parse_qs(taken.query).get("access_token", [""])[0]
    return forms.bearer(taken.header(b"authorization")) or in_query or str(body.get("access_token") or "")


def refused(code: int, message: str, subcode: int | None = None, status: int = 400) -> Judgement:
    error: dict[str, Any] = {"message": f"(#{code}) {message}", "type": "OAuthException", "code": code}
    if subcode is not None:
        error["error_subcode"] = subcode
    if subcode == TOO_OLD:
        error["error_user_title"] = "Event Timestamp Too Old"
    error |= {"is_transient": False, "fbtrace_id": trace_id(message.encode())}
    return Judgement(Answer(status, msgspec.json.encode({"error": error})), refused=[message])


def trace_id(text: bytes) -> str:
    return "A" + sha256(text).hexdigest()[:22]


def dataset(taken: Taken) -> str:
    path = PATH.match(taken.path)
    return path["object"] if path else "unknown"


partner = Partner(
    slug="facebook-conversions-api",
    judge=judge,
    hosts=("graph.facebook.com",),
    connection=dataset,
    window_seconds=48 * 3600,
    is_strict=True,
)
