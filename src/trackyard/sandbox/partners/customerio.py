"""Customer.io's Track API: v2 entities alone or in batches, v1 metrics. A batch names the rows it refused by index.

Sources: docs.customer.io, Track API: "entity" and "batch" (500 KB a request, 32 KB a row; 207 with `errors`, each with
batch_index, reason, field, message; events of an equal id, a ULID, count once), "metrics", "Authentication"; Segment's
connector, which parses the same answers; read 2026-08.
"""

import re
from collections.abc import Callable
from typing import Any

import msgspec

from trackyard.sandbox import forms
from trackyard.sandbox.partner import Answer, Desk, Judgement, Partner, Row, Taken

BATCH_BYTES_MAX, ROW_BYTES_MAX = 500_000, 32_000
ENTITY, BATCH, METRICS = "api/v2/entity", "api/v2/batch", "api/v1/metrics"
ULID = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}\Z", re.IGNORECASE)
PERSON_IDENTIFIERS = frozenset({"id", "email", "cio_id", "anonymous_id"})
OBJECT_ACTIONS = frozenset(
    {"identify", "identify_anonymous", "delete", "add_relationships", "delete_relationships"}
)  # of type object
NAMED = frozenset({"event", "page", "screen", "viewed_content", "clicked_content"})
PLATFORMS = frozenset({"ios", "android", "web"})
METRIC_NAMES = frozenset(
    {"delivered", "opened", "clicked", "converted", "spammed", "bounced", "dropped", "deferred", "unsubscribed"}
)
NO_FAULT = ("", "", "")
SCRIPTED = ("invalid", "", "refused by the script")
Fault = tuple[str, str, str]  # reason, field, message


def judge(taken: Taken, desk: Desk) -> Judgement:
    site, key = forms.basic(taken.header(b"authorization"))
    if not site or forms.token_is_refused(key):
        return refused(401, b'{"meta":{"error":"unauthorized"}}', "unauthorized")
    if taken.method != "POST" or taken.path not in (ENTITY, BATCH, METRICS):
        return refused(404, b'{"meta":{"error":"not found"}}', "no such path")
    if len(taken.body) > BATCH_BYTES_MAX:
        return refused(413, b'{"meta":{"error":"request too large"}}', f"larger than {BATCH_BYTES_MAX} bytes")
    try:
        body = msgspec.json.decode(taken.body)
    except msgspec.DecodeError:
        body = None
    if not isinstance(body, dict):
        return alone(("invalid", "", "the body is no JSON object"), {})
    if taken.path == BATCH:
        return of_batch(body, desk)
    if desk.refuses(body):
        return alone(SCRIPTED, body)
    return alone(metric_fault(body) if taken.path == METRICS else entity_fault(body), body)


def alone(fault: Fault, body: dict[str, Any]) -> Judgement:
    if fault == NO_FAULT:
        return Judgement(Answer(200, b"{}"), [Row(effect(body))])
    return refused(400, msgspec.json.encode({"errors": [as_error(fault)]}), f"{fault[1]}: {fault[2]}")


def of_batch(body: dict[str, Any], desk: Desk) -> Judgement:
    entities = body.get("batch")
    if not isinstance(entities, list) or not entities:
        return alone(("required", "batch", "must be a list of entities"), {})
    faults = [SCRIPTED if desk.refuses(entity) else entity_fault(entity) for entity in entities]
    rows = [Row(effect(entity)) for entity, fault in zip(entities, faults, strict=True) if fault == NO_FAULT]
    errors = [{"batch_index": at, **as_error(fault)} for at, fault in enumerate(faults) if fault != NO_FAULT]
    if not errors:
        return Judgement(Answer(200, b"{}"), rows)
    reasons = [f"{fault[1]}: {fault[2]}" for fault in faults if fault != NO_FAULT]
    return Judgement(Answer(207, msgspec.json.encode({"errors": errors})), rows, reasons)


def effect(body: dict[str, Any]) -> str:
    """Of events with a ULID; updates of people and objects are the same however often they come."""
    event_id = body.get("id")
    return event_id if body.get("action") in NAMED and isinstance(event_id, str) and ULID.match(event_id) else ""


def entity_fault(entity: Any) -> Fault:
    if not isinstance(entity, dict):
        return "invalid", "", "is no object"
    if len(msgspec.json.encode(entity)) > ROW_BYTES_MAX:
        return "invalid", "", f"is larger than {ROW_BYTES_MAX} bytes"
    timestamp = entity.get("timestamp")
    if timestamp is not None and not is_seconds(timestamp):
        return "invalid", "timestamp", "must be seconds since 1970"
    if not isinstance(entity.get("attributes", {}), dict):
        return "invalid", "attributes", "must be an object"
    if entity.get("type") == "person":
        action = entity.get("action")
        check = PERSON_CHECKS.get(action) if isinstance(action, str) else None
        return check(entity) if check else ("invalid", "action", "is unknown for a person")
    if entity.get("type") == "object":
        return object_fault(entity)
    return "invalid", "type", "must be person or object"


def is_seconds(value: Any) -> bool:
    return forms.is_number(value) or (isinstance(value, str) and value.replace(".", "", 1).isdecimal())


def person_fault(entity: dict[str, Any]) -> Fault:
    return identifiers_fault("identifiers", entity.get("identifiers"))


def identifiers_fault(field: str, identifiers: Any) -> Fault:
    if not isinstance(identifiers, dict) or len(identifiers) != 1 or not identifiers.keys() <= PERSON_IDENTIFIERS:
        return "required", field, f"must be exactly one of {', '.join(sorted(PERSON_IDENTIFIERS))}"
    [value] = identifiers.values()
    return NO_FAULT if isinstance(value, str) and value else ("required", field, "must not be empty")


def event_fault(entity: dict[str, Any]) -> Fault:
    name = entity.get("name")
    if not isinstance(name, str) or not name:
        return "required", "name", "must be a text that is not empty"
    return person_fault(entity)


def merge_fault(entity: dict[str, Any]) -> Fault:
    fault = identifiers_fault("primary", entity.get("primary"))
    return fault if fault != NO_FAULT else identifiers_fault("secondary", entity.get("secondary"))


def device_fault(entity: dict[str, Any]) -> Fault:
    device = entity.get("device")
    if not isinstance(device, dict) or not device.get("token"):
        return "required", "device.token", "must not be empty"
    if entity["action"] == "add_device" and not forms.is_one_of(device.get("platform"), PLATFORMS):
        return "required", "device.platform", "must be ios, android or web"
    return person_fault(entity)


def relationships_fault(entity: dict[str, Any]) -> Fault:
    related = entity.get("cio_relationships")
    if not isinstance(related, list) or not all(isinstance(one, dict) and one.get("identifiers") for one in related):
        return "required", "cio_relationships", "must be a list of identifiers"
    return NO_FAULT


def object_fault(entity: dict[str, Any]) -> Fault:
    if not forms.is_one_of(entity.get("action"), OBJECT_ACTIONS):
        return "invalid", "action", "is unknown for an object"
    identifiers = entity.get("identifiers")
    known = identifiers if isinstance(identifiers, dict) else {}
    if not (known.get("cio_object_id") or (known.get("object_id") and known.get("object_type_id"))):
        return "required", "identifiers", "must be cio_object_id, or object_id and object_type_id"
    needs_people = entity["action"] in ("identify_anonymous", "add_relationships", "delete_relationships")
    return relationships_fault(entity) if needs_people or "cio_relationships" in entity else NO_FAULT


def metric_fault(metric: dict[str, Any]) -> Fault:
    if not metric.get("delivery_id"):
        return "required", "delivery_id", "must not be empty"
    if not forms.is_one_of(metric.get("metric"), METRIC_NAMES):
        return "invalid", "metric", "is unknown"
    return NO_FAULT if forms.is_number(metric.get("timestamp")) else ("invalid", "timestamp", "must be seconds")


PERSON_CHECKS: dict[str, Callable[[dict[str, Any]], Fault]] = {
    **dict.fromkeys(("identify", "delete", "suppress", "unsuppress"), person_fault),
    **dict.fromkeys(NAMED, event_fault),
    **dict.fromkeys(("add_device", "delete_device"), device_fault),
    **dict.fromkeys(("add_relationships", "delete_relationships"), relationships_fault),
    "merge": merge_fault,
}


def as_error(fault: Fault) -> dict[str, str]:
    return dict(zip(("reason", "field", "message"), fault, strict=True))


def refused(status: int, body: bytes, reason: str) -> Judgement:
    return Judgement(Answer(status, body), refused=[reason])


def site_of(taken: Taken) -> str:
    return forms.basic(taken.header(b"authorization"))[0] or "unknown"


partner = Partner(
    slug="customerio",
    judge=judge,
    hosts=("track.customer.io", "track-eu.customer.io"),
    connection=site_of,
    window_seconds=12 * 3600,
    is_strict=True,
)
