"""Google's Data Manager API: form is checked at once for the whole request, the rest later, told by reasons and counts.

Source: google-ads-datamanager 0.9.4 (events:ingest, requestStatus:retrieve, ErrorReason, ProcessingErrorReason), read
2026-08. Its texts name 2,000 and 10,000 events a request; 2,000 here. The age it takes was not found: 90 days, as of
clicks.
"""

from datetime import datetime
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs

import msgspec

from trackyard.sandbox import forms
from trackyard.sandbox.partner import Answer, Desk, Judgement, Row, Taken
from trackyard.sandbox.partners.google_enhanced_conversions.failures import NOT_FOUND

EVENTS_MAX, DESTINATIONS_MAX, IDENTIFIERS_MAX = 2_000, 10, 10
AGE_SECONDS_MAX = 90 * 86_400
PROCESSING_SECONDS = 2.0  # minutes to hours at Google
CONSENT = frozenset({"CONSENT_GRANTED", "CONSENT_DENIED"})
EVENT_SOURCES = frozenset({"WEB", "APP", "IN_STORE", "PHONE", "MESSAGE", "OTHER"})
REQUESTS = "how many requests the Data Manager took"
TOO_OLD = "PROCESSING_ERROR_REASON_EVENT_TOO_OLD"
DUPLICATE = "PROCESSING_ERROR_REASON_DUPLICATE_TRANSACTION_ID"
SCRIPTED = "PROCESSING_ERROR_REASON_INVALID_CONVERSION"  # a script's bad rows; the name is ours
DENIED = "PROCESSING_ERROR_REASON_DENIED_CONSENT"
Fault = tuple[str, str]  # field, reason


def judge(taken: Taken, desk: Desk) -> Judgement:
    if (taken.method, taken.path) == ("GET", "v1/requestStatus:retrieve"):
        return status(parse_qs(taken.query).get("requestId", [""])[0], desk)
    if (taken.method, taken.path) != ("POST", "v1/events:ingest"):
        return Judgement(Answer(404, NOT_FOUND), refused=["no such path"])
    try:
        body = msgspec.json.decode(taken.body)
    except msgspec.DecodeError:
        body = None
    fault = request_fault(body) if isinstance(body, dict) else ("", "INVALID_REQUEST")
    if fault:
        return violation(*fault)
    return processed(taken, body, desk)


def processed(taken: Taken, body: dict[str, Any], desk: Desk) -> Judgement:
    """What processing will find, decided now and told later."""
    rows, reasons, seen = [], [], set()
    for event in body["events"]:
        row_id = transaction(event, body)
        reason = SCRIPTED if desk.refuses(event) else processing_fault(event, body, desk.now)
        repeated = bool(row_id) and (row_id in seen or desk.has(row_id))
        seen.add(row_id)
        if reason or repeated:
            reasons.append(reason or DUPLICATE)
        if not reason:
            rows.append(Row(row_id))
    number = (desk.kept(REQUESTS) or 0) + 1
    desk.keep(REQUESTS, number)
    request_id = sha256(taken.body + b"%d" % number).hexdigest()[:32]
    desk.keep(request_id, (desk.now, len(body["events"]), reasons))
    refused = [reason for reason in reasons if reason != DUPLICATE]
    answer = Answer(200, msgspec.json.encode({"requestId": request_id}))
    return Judgement(answer, () if body.get("validateOnly") else rows, refused)


def transaction(event: dict[str, Any], body: dict[str, Any]) -> str:
    action = body["destinations"][0].get("productDestinationId")
    return f"{action} {event['transactionId']}" if event.get("transactionId") else ""


def processing_fault(event: dict[str, Any], body: dict[str, Any], now: float) -> str:
    if now - (seconds(event["eventTimestamp"]) or 0) > AGE_SECONDS_MAX:
        return TOO_OLD
    return DENIED if body["consent"].get("adUserData") == "CONSENT_DENIED" else ""


def status(request_id: str, desk: Desk) -> Judgement:
    kept = desk.kept(request_id)
    if kept is None:
        return Judgement(Answer(404, NOT_FOUND), refused=["no such request"])
    at, events, reasons = kept
    if desk.now - at < PROCESSING_SECONDS:
        return told({"requestStatus": "PROCESSING"})
    if not reasons:
        return told({"requestStatus": "SUCCESS"})
    counts = [{"recordCount": str(reasons.count(reason)), "reason": reason} for reason in sorted(set(reasons))]
    found = "FAILED" if len(reasons) == events else "PARTIAL_SUCCESS"
    return told({"requestStatus": found, "errorInfo": {"errorCounts": counts}})


def told(of_destination: dict[str, Any]) -> Judgement:
    return Judgement(Answer(200, msgspec.json.encode({"requestStatusPerDestination": [of_destination]})))


def request_fault(body: dict[str, Any]) -> Fault | None:
    destinations, events, consent = body.get("destinations"), body.get("events"), body.get("consent")
    if not isinstance(destinations, list) or not 1 <= len(destinations) <= DESTINATIONS_MAX:
        return "destinations", "REQUIRED_FIELD_MISSING"
    if not all(destination_is_good(destination) for destination in destinations):
        return "destinations", "INVALID_DESTINATION"
    if not isinstance(events, list) or not events:
        return "events", "REQUIRED_FIELD_MISSING"
    if len(events) > EVENTS_MAX:
        return "events", "TOO_MANY_EVENTS"
    if not isinstance(consent, dict) or not all(forms.is_one_of(state, CONSENT) for state in consent.values()):
        return "consent", "INVALID_ENUM_VALUE"
    if body.get("encoding") != "HEX":
        return "encoding", "INVALID_ENUM_VALUE"
    faults = ((f"events.events[{index}].{field}", reason) for index, event in enumerate(events)
              for field, reason in [event_fault(event)] if reason)  # fmt: skip
    return next(faults, None)


def destination_is_good(destination: Any) -> bool:
    account = destination.get("operatingAccount") if isinstance(destination, dict) else None
    return (
        isinstance(account, dict) and str(account.get("accountId")).isdigit() and "productDestinationId" in destination
    )


def event_fault(event: Any) -> Fault:
    if not isinstance(event, dict) or seconds(event.get("eventTimestamp")) is None:
        return "event_timestamp", "INVALID_FORMAT"
    if not forms.is_one_of(event.get("eventSource", "WEB"), EVENT_SOURCES):
        return "event_source", "INVALID_ENUM_VALUE"
    if forms.money_fault(event.get("conversionValue"), event.get("currency")):
        return "currency", "INVALID_CURRENCY_CODE"
    person = event.get("userData", {})
    identifiers = person.get("userIdentifiers", []) if isinstance(person, dict) else None
    if not isinstance(identifiers, list) or len(identifiers) > IDENTIFIERS_MAX:
        return "user_data", "TOO_MANY_USER_IDENTIFIERS"
    if not identifiers and not event.get("adIdentifiers") and not event.get("transactionId"):
        return "user_data", "NO_IDENTIFIERS_PROVIDED"
    for identifier in identifiers:
        if not isinstance(identifier, dict) or any(map(hashed_fault, identifier.items())):
            return "user_data.user_identifiers", "INVALID_HEX_ENCODING"
    return "", ""


def hashed_fault(identifier: tuple[str, Any]) -> str:
    name, value = identifier
    return forms.hash_fault(value) if name in ("emailAddress", "phoneNumber") else ""


def violation(field: str, reason: str) -> Judgement:
    detail = {
        "@type": "type.googleapis.com/google.rpc.BadRequest",
        "fieldViolations": [{"field": field, "description": reason, "reason": reason}],
    }
    error = {"code": 400, "message": "There was a problem with the request.", "status": "INVALID_ARGUMENT"}
    body = msgspec.json.encode({"error": {**error, "details": [detail]}})
    return Judgement(Answer(400, body), refused=[f"{field}: {reason}"])


def seconds(text: Any) -> float | None:
    """Seconds since 1970 of an RFC 3339 time with its zone."""
    try:
        found = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return found.timestamp() if found.tzinfo else None
