"""Uploads of click and call conversions and of adjustments: good rows are taken, bad ones named by index.

Sources: google-ads-python 34.0.0 (v26): ClickConversion, CallConversion, ConversionAdjustment and the enums
ConversionUploadError, ConversionAdjustmentUploadError, RequestError; "Upload click conversions" (2,000 rows,
partial_failure must be true, 90 days), "Conversion adjustments" (54 days); read 2026-08. An order id that was used is
an error there, which counts as a repeat here. Which code answers a bad currency or time was not recorded: the nearest.
"""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec

from trackyard.sandbox import forms
from trackyard.sandbox.partner import Desk, Judgement, Row, Taken
from trackyard.sandbox.partners.google_enhanced_conversions.failures import NO_FAULT, Fault, bad_request, by_row

ROWS_MAX = 2_000
CLICK_AGE_SECONDS_MAX, ADJUSTED_AGE_SECONDS_MAX = 90 * 86_400, 54 * 86_400
IDENTIFIERS_MAX = 5
MOMENT = re.compile(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}[+-]\d{2}:\d{2}\Z")
ACTION = re.compile(r"customers/(\d+)/conversionActions/\d+\Z")
VARIABLE = re.compile(r"customers/\d+/conversionCustomVariables/\d+\Z")
PHONE = re.compile(r"\+[1-9]\d{6,14}\Z")
CLICK_IDS = ("gclid", "gbraid", "wbraid")
CONSENT = frozenset({"GRANTED", "DENIED", "UNSPECIFIED"})
KINDS = frozenset({"ENHANCEMENT", "RETRACTION", "RESTATEMENT"})
HASHED_ADDRESS = ("hashedFirstName", "hashedLastName", "hashedStreetAddress")
UPLOAD, ADJUSTMENT = "conversionUploadError", "conversionAdjustmentUploadError"
NOISE = {UPLOAD: "EVENT_NOT_FOUND", ADJUSTMENT: "CONVERSION_NOT_FOUND"}  # what a script's bad rows are answered with
Row_ = dict[str, Any]


def judge(taken: Taken, desk: Desk) -> Judgement:
    method = taken.path.rpartition(":")[2]
    if method not in METHODS:
        return bad_request("UNKNOWN")
    field, kind, check, name = METHODS[method]
    try:
        body = msgspec.json.decode(taken.body)
    except msgspec.DecodeError:
        body = None
    rows = body.get(field) if isinstance(body, dict) else None
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        return bad_request("REQUIRED", "fieldError")
    if body.get("partialFailure") is not True:
        return bad_request("PARTIAL_FAILURE_MODE_REQUIRED")
    if len(rows) > ROWS_MAX:
        return bad_request("TOO_MANY_CONVERSIONS_IN_REQUEST", kind)
    customer = taken.path.split("/")[2].partition(":")[0]
    faults = [(kind, NOISE[kind]) if desk.refuses(row) else action_fault(row, customer, kind) for row in rows]
    faults = [fault if fault[1] else check(row, desk.now) for fault, row in zip(faults, rows, strict=True)]
    return taken_or_repeated(field, rows, faults, [name(row) for row in rows], desk, bool(body.get("validateOnly")))


def taken_or_repeated(
    field: str, rows: list[Row_], faults: list[Fault], ids: list[str], desk: Desk, only_validates: bool
) -> Judgement:
    effects: list[Row] = []
    seen: set[str] = set()
    for index, (fault, row_id) in enumerate(zip(faults, ids, strict=True)):
        if fault[1]:
            continue
        if row_id and row_id in seen:
            faults[index] = IN_REQUEST[row_id.partition(" ")[0]]
            continue
        seen.add(row_id)
        effects.append(Row(row_id))
        if row_id and desk.has(row_id):
            faults[index] = BEFORE[row_id.partition(" ")[0]]
    results = [{"conversionAction": row.get("conversionAction"), "orderId": row.get("orderId")} for row in rows]
    judgement = by_row(field, faults, results, () if only_validates else effects, jobId="1")
    repeated = {code for _, code in BEFORE.values()}
    reasons = [reason for reason in judgement.refused if reason not in repeated]
    return msgspec.structs.replace(judgement, refused=reasons)


# What a row is the same as: the first word says of what kind it is.


def click_id(row: Row_) -> str:
    if row.get("orderId"):
        return f"order {row['conversionAction']} {row['orderId']}"
    click = next((row[name] for name in CLICK_IDS if row.get(name)), None)
    return f"click {row.get('conversionAction')} {click} {row.get('conversionDateTime')}" if click else ""


def call_id(row: Row_) -> str:
    members = ("conversionAction", "callerId", "callStartDateTime", "conversionDateTime")
    return "call " + " ".join(str(row.get(member)) for member in members)


def adjustment_id(row: Row_) -> str:
    kind, pair = str(row.get("adjustmentType")).lower(), row.get("gclidDateTimePair")
    at = "" if kind in ("enhancement", "retraction") else f" {row.get('adjustmentDateTime')}"
    return f"{kind} {row.get('conversionAction')} {row.get('orderId')} {pair}{at}"


IN_REQUEST: dict[str, Fault] = {
    "order": (UPLOAD, "DUPLICATE_ORDER_ID"),
    "click": (UPLOAD, "DUPLICATE_CLICK_CONVERSION_IN_REQUEST"),
    "call": (UPLOAD, "DUPLICATE_CALL_CONVERSION_IN_REQUEST"),
    **dict.fromkeys(("enhancement", "retraction", "restatement"), (ADJUSTMENT, "DUPLICATE_ADJUSTMENT_IN_REQUEST")),
}
BEFORE: dict[str, Fault] = {
    "order": (UPLOAD, "ORDER_ID_ALREADY_IN_USE"),
    "click": (UPLOAD, "CLICK_CONVERSION_ALREADY_EXISTS"),
    "call": (UPLOAD, "CALL_CONVERSION_ALREADY_EXISTS"),
    "enhancement": (ADJUSTMENT, "CONVERSION_ALREADY_ENHANCED"),
    "retraction": (ADJUSTMENT, "CONVERSION_ALREADY_RETRACTED"),
    "restatement": (ADJUSTMENT, "MORE_RECENT_RESTATEMENT_FOUND"),
}


# What is wrong with a row


def action_fault(row: Row_, customer: str, kind: str) -> Fault:
    found = ACTION.match(str(row.get("conversionAction")))
    return NO_FAULT if found and found[1] == customer else (kind, "NO_CONVERSION_ACTION_FOUND")


def click_fault(row: Row_, now: float) -> Fault:
    fault = conversion_fault(row, now)
    if fault != NO_FAULT:
        return fault
    ids = [name for name in CLICK_IDS if row.get(name)]
    if len(ids) > 1:
        return UPLOAD, "GBRAID_WBRAID_BOTH_SET" if "gclid" not in ids else "VALUE_MUST_BE_UNSET"
    identifiers = row.get("userIdentifiers", [])
    if not ids and not identifiers and not row.get("userIpAddress"):
        return "fieldError", "REQUIRED"
    if "@" in str(row.get("orderId")):
        return UPLOAD, "ORDER_ID_CONTAINS_PII"
    return contacts_fault(identifiers)


def call_fault(row: Row_, now: float) -> Fault:
    if not PHONE.match(str(row.get("callerId"))):
        return UPLOAD, "UNPARSEABLE_CALLERS_PHONE_NUMBER"
    if seconds(row.get("callStartDateTime")) is None:
        return "dateError", "INVALID_STRING_DATE_TIME_SECONDS_WITH_OFFSET"
    return conversion_fault(row, now)


def conversion_fault(row: Row_, now: float) -> Fault:
    at = seconds(row.get("conversionDateTime"))
    if at is None:
        return "dateError", "INVALID_STRING_DATE_TIME_SECONDS_WITH_OFFSET"
    if now - at > CLICK_AGE_SECONDS_MAX:
        return UPLOAD, "EXPIRED_EVENT"
    if forms.money_fault(row.get("conversionValue"), row.get("currencyCode")):
        return "currencyCodeError", "UNSUPPORTED"
    variables = row.get("customVariables", [])
    if not isinstance(variables, list) or not all(variable_is_good(variable) for variable in variables):
        return UPLOAD, "NO_CONVERSION_CUSTOM_VARIABLE_FOUND"
    return consent_fault(row.get("consent", {}))


def variable_is_good(variable: Any) -> bool:
    return isinstance(variable, dict) and bool(VARIABLE.match(str(variable.get("conversionCustomVariable"))))


def consent_fault(consent: Any) -> Fault:
    """Of uploaded conversions, whose consent has no say on personalization (docstring of Consent, v26)."""
    if not isinstance(consent, dict) or not all(forms.is_one_of(state, CONSENT) for state in consent.values()):
        return "enumError", "ENUM_VALUE_NOT_PERMITTED"
    return ("fieldError", "VALUE_MUST_BE_UNSET") if "adPersonalization" in consent else NO_FAULT


def contacts_fault(identifiers: Any) -> Fault:
    """Conversions take hashed e-mail addresses and phone numbers, five at most."""
    if not isinstance(identifiers, list) or len(identifiers) > IDENTIFIERS_MAX:
        return UPLOAD, "TOO_MANY_USER_IDENTIFIERS"
    for identifier in identifiers:
        if not isinstance(identifier, dict) or not identifier.keys() <= {"hashedEmail", "hashedPhoneNumber"}:
            return UPLOAD, "UNSUPPORTED_USER_IDENTIFIER"
        if any(map(forms.hash_fault, identifier.values())):
            return UPLOAD, "INVALID_USER_IDENTIFIER"
    return NO_FAULT


def adjustment_fault(row: Row_, now: float) -> Fault:
    kind, order, pair = row.get("adjustmentType"), row.get("orderId"), row.get("gclidDateTimePair") or {}
    if not forms.is_one_of(kind, KINDS):
        return ADJUSTMENT, "INVALID_CONVERSION_ACTION_TYPE"
    if seconds(row.get("adjustmentDateTime")) is None:
        return "dateError", "INVALID_STRING_DATE_TIME_SECONDS_WITH_OFFSET"
    if not order and not (isinstance(pair, dict) and pair.get("gclid")):
        return ADJUSTMENT, "MISSING_ORDER_ID_FOR_WEBPAGE" if kind == "ENHANCEMENT" else "CONVERSION_NOT_FOUND"
    converted = seconds(pair.get("conversionDateTime")) if isinstance(pair, dict) else None
    if converted is not None and now - converted > ADJUSTED_AGE_SECONDS_MAX:
        return ADJUSTMENT, "CONVERSION_EXPIRED"
    return value_fault(str(kind), row.get("restatementValue")) or adjusted_person_fault(row.get("userIdentifiers", []))


def value_fault(kind: str, value: Any) -> Fault | None:
    given = value if isinstance(value, dict) else {}
    if kind == "RETRACTION" and value is not None:
        return ADJUSTMENT, "RESTATEMENT_VALUE_NOT_ALLOWED"
    if kind == "RESTATEMENT" and not forms.is_number(given.get("adjustedValue")):
        return "fieldError", "REQUIRED"
    return ("currencyCodeError", "UNSUPPORTED") if forms.money_fault(None, given.get("currencyCode")) else None


def adjusted_person_fault(identifiers: Any) -> Fault:
    if not isinstance(identifiers, list) or len(identifiers) > IDENTIFIERS_MAX:
        return ADJUSTMENT, "TOO_MANY_USER_IDENTIFIERS"
    contacts = [one for one in identifiers if not (isinstance(one, dict) and "addressInfo" in one)]
    addresses = [one["addressInfo"] for one in identifiers if isinstance(one, dict) and "addressInfo" in one]
    bad = contacts_fault(contacts)[1] or any(address_is_bad(address) for address in addresses)
    return (ADJUSTMENT, "INVALID_USER_IDENTIFIER") if bad else NO_FAULT


def address_is_bad(address: Any) -> bool:
    if not isinstance(address, dict) or forms.holds_email(address):
        return True
    return any(name in address and forms.hash_fault(address[name]) for name in HASHED_ADDRESS)


def seconds(text: Any) -> float | None:
    """Seconds since 1970 of `2026-01-15 11:30:15+00:00`; None where it is anything else."""
    if not isinstance(text, str) or not MOMENT.match(text):
        return None
    try:
        return datetime.fromisoformat(text).timestamp()
    except ValueError:
        return None


METHODS: dict[str, tuple[str, str, Callable[[Row_, float], Fault], Callable[[Row_], str]]] = {
    "uploadClickConversions": ("conversions", UPLOAD, click_fault, click_id),
    "uploadCallConversions": ("conversions", UPLOAD, call_fault, call_id),
    "uploadConversionAdjustments": ("conversionAdjustments", ADJUSTMENT, adjustment_fault, adjustment_id),
}
