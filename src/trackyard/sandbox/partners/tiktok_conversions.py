"""TikTok's Events API 2.0: answers HTTP 200, whatever it thinks of the request, and says the rest in the body.

Sources: Business API portal, "Events API 2.0" and "Return codes", Segment's and RudderStack's connectors (1,000 events;
names and zip hashed, places plain; 48 h by event and event_id; codes 0, 20001, 40001, 40002, 40100), read 2026-08. No
document was read for how 20001 names the rows that failed, nor for the codes of bad tokens (40104, 40105), nor for
the 28 days that an event may be old.
"""

import re
from hashlib import sha256
from typing import Any

import msgspec

from trackyard.sandbox import forms
from trackyard.sandbox.partner import Answer, Desk, Judgement, Partner, Row, Taken

EVENTS_MAX = 1_000
AGE_SECONDS_MAX = 28 * 86_400
DONE, PARTIAL, BAD_PARAMETER, NO_TOKEN, BAD_TOKEN = 0, 20001, 40002, 40104, 40105
PATH = "open_api/v1.3/event/track"
SOURCES = frozenset({"web", "app", "offline", "crm"})
CONTENT_TYPES = frozenset({"product", "product_group"})
HASHED = ("email", "phone", "external_id", "first_name", "last_name", "zip_code")
PLAIN = ("city", "state", "country")
PLACE = re.compile(r"[a-z0-9]*\Z")
PIXEL = re.compile(rb'"event_source_id":\s*"([^"]+)"')


def judge(taken: Taken, desk: Desk) -> Judgement:
    if taken.method != "POST" or taken.path.rstrip("/") != PATH:
        return Judgement(Answer(404, b'{"code":404,"message":"no such path"}'), refused=["no such path"])
    token = taken.header(b"access-token")
    if forms.token_is_refused(token):
        return refused(BAD_TOKEN if token else NO_TOKEN, "Access token is missing, wrong or revoked")
    try:
        body = msgspec.json.decode(taken.body)
    except msgspec.DecodeError:
        return refused(BAD_PARAMETER, "the body is not JSON")
    fault = request_fault(body)
    if fault:
        return refused(BAD_PARAMETER, fault)
    return judged(body["data"], body["event_source"], desk)


def judged(events: list[Any], source: str, desk: Desk) -> Judgement:
    faults = ["refused by the script" if desk.refuses(event) else fault_of(event, source, desk.now) for event in events]
    reasons = [fault for fault in faults if fault]
    rows = [Row(effect(event)) for event, fault in zip(events, faults, strict=True) if not fault]
    if not reasons:
        return Judgement(answer(DONE, "OK", {}), rows)
    if not rows:
        return Judgement(answer(BAD_PARAMETER, f"data[0]: {reasons[0]}", {}), refused=reasons)
    failed = [
        {"order_in_batch": index, "error_code": BAD_PARAMETER, "error_message": fault}
        for index, fault in enumerate(faults)
        if fault
    ]
    return Judgement(answer(PARTIAL, "Partial success", {"failed_events": failed}), rows, reasons)


def effect(event: dict[str, Any]) -> str:
    return f"{event['event']} {event['event_id']}" if event.get("event_id") else ""


def request_fault(body: Any) -> str:
    if not isinstance(body, dict):
        return "the body is no object"
    if not forms.is_one_of(body.get("event_source"), SOURCES):
        return "event_source is missing or unknown"
    if not body.get("event_source_id"):
        return "event_source_id is missing"
    events = body.get("data")
    if not isinstance(events, list) or not 1 <= len(events) <= EVENTS_MAX:
        return f"data must be a list of 1 to {EVENTS_MAX} events"
    return ""


def fault_of(event: Any, source: str, now: float) -> str:
    if not isinstance(event, dict):
        return "is no event"
    if not isinstance(event.get("event"), str) or not event["event"]:
        return "event is missing"
    at: Any = event.get("event_time")
    if not forms.is_whole(at):
        return "event_time must be whole seconds since 1970"
    if now - at > AGE_SECONDS_MAX:
        return "event_time is too old"
    lead = event.get("lead")
    if source == "crm" and not (isinstance(lead, dict) and lead.get("lead_id")):
        return "lead.lead_id is missing for a CRM event"
    return person_fault(event.get("user")) or properties_fault(event.get("properties") or {})


def person_fault(person: Any) -> str:
    if not isinstance(person, dict) or not any(person.values()):
        return "user holds nobody"
    for key in HASHED:
        if person.get(key) and (fault := forms.hashes_fault(person[key])):
            return f"user.{key} {fault}"
    for key in PLAIN:
        if not PLACE.match(str(person.get(key) or "")):
            return f"user.{key} holds more than lower-case letters and digits"
    return "user holds a raw e-mail address" if forms.holds_email(person) else ""


def properties_fault(properties: Any) -> str:
    if not isinstance(properties, dict):
        return "properties is no object"
    value, currency = properties.get("value"), properties.get("currency")
    if fault := forms.money_fault(value, currency):
        return f"properties.{fault}"
    if value is not None and currency is None:
        return "properties.currency is missing beside a value"
    if not forms.is_one_of(properties.get("content_type", "product"), CONTENT_TYPES):
        return "properties.content_type is not product or product_group"
    return ""


def answer(code: int, message: str, data: dict[str, Any]) -> Answer:
    request_id = sha256(message.encode()).hexdigest()[:24]
    return Answer(200, msgspec.json.encode({"code": code, "message": message, "request_id": request_id, "data": data}))


def refused(code: int, message: str) -> Judgement:
    return Judgement(answer(code, message, {}), refused=[message])


def pixel(taken: Taken) -> str:
    found = PIXEL.search(taken.body)
    return found[1].decode(errors="replace") if found else "unknown"


partner = Partner(
    slug="tiktok-conversions",
    judge=judge,
    hosts=("business-api.tiktok.com",),
    connection=pixel,
    window_seconds=48 * 3600,
    is_strict=True,
)
