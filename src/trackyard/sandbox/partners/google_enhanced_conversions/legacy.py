"""The first enhanced conversions API: one conversion a request. Known from Segment's connector only (read 2026-08)."""

import re
from typing import Any
from urllib.parse import parse_qs

import msgspec

from trackyard.sandbox import forms
from trackyard.sandbox.partner import Answer, Judgement, Row, Taken

PATH = "ads/event/api/v1"
HASH = re.compile(r"[A-Za-z0-9_-]{43}=\Z")  # SHA-256 in base64 for addresses


def judge(taken: Taken) -> Judgement:
    try:
        body = msgspec.json.decode(taken.body)
    except msgspec.DecodeError:
        body = None
    tracking = parse_qs(taken.query).get("conversion_tracking_id")
    fault = fault_of(body) if tracking else "conversion_tracking_id is missing"
    if fault:
        return Judgement(Answer(400, msgspec.json.encode({"error_statuses": [{"reason": fault}]})), refused=[fault])
    return Judgement(Answer(200, b"{}"), [Row(f"{body['label']} {body['oid']}")])


def fault_of(body: Any) -> str:
    person = body.get("pii_data") if isinstance(body, dict) else None
    if not isinstance(person, dict):
        return "pii_data is missing"
    if not HASH.match(str(person.get("hashed_email"))) or forms.holds_email(person):
        return "pii_data.hashed_email is no hash"
    if not body.get("oid") or not body.get("label"):
        return "oid or label is missing"
    if not forms.is_whole(body.get("conversion_time")):
        return "conversion_time is no time in microseconds"
    return forms.money_fault(body.get("value"), body.get("currency_code"))
