"""Customer Match in three steps (a job, its operations, its start), and the names of custom variables.

Sources: Google Ads API v26: OfflineUserDataJobService, "Customer Match considerations" (10,000 operations a request,
consent for both purposes), GoogleAdsService.SearchStream; read 2026-08. Who is put on a list twice is on it once.
"""

import re
from hashlib import sha256
from typing import Any

import msgspec

from trackyard.sandbox import forms
from trackyard.sandbox.partner import Answer, Desk, Judgement, Row, Taken
from trackyard.sandbox.partners.google_enhanced_conversions.failures import (
    NO_FAULT,
    NOT_FOUND,
    Fault,
    bad_request,
    by_row,
)
from trackyard.sandbox.partners.google_enhanced_conversions.uploads import CONSENT, address_is_bad

OPERATIONS_MAX = 10_000
LIST = re.compile(r"customers/\d+/userLists/\d+\Z")
JOB = re.compile(r"v\d+/(?P<job>customers/\d+/offlineUserDataJobs/\d+):(?P<verb>addOperations|run)\Z")
SCRIPTED = ("offlineUserDataJobError", "INVALID_SHA256_FORMAT")
KNOWN_VARIABLES = ("order_channel", "loyalty_level")  # of every account of the sandbox


def judge(taken: Taken, desk: Desk) -> Judgement:
    try:
        body = msgspec.json.decode(taken.body) if taken.body else {}
    except msgspec.DecodeError:
        body = None
    if not isinstance(body, dict):
        return bad_request("BAD_RESOURCE_ID")
    if taken.path.endswith("/googleAds:searchStream"):
        return searched(taken, body)
    if taken.path.endswith("/offlineUserDataJobs:create"):
        return created(taken, body, desk)
    path = JOB.match(taken.path)
    user_list = desk.kept(path["job"]) if path else None
    if path is None or user_list is None:
        return Judgement(Answer(404, NOT_FOUND), refused=["no such job"])
    if path["verb"] == "run":
        return Judgement(Answer(200, msgspec.json.encode({"name": f"{path['job']}/operations/1"})))
    return added(user_list, body, desk)


def searched(taken: Taken, body: dict[str, Any]) -> Judgement:
    if not isinstance(body.get("query"), str) or not body["query"].startswith("SELECT "):
        return bad_request("BAD_FIELD_NAME", "queryError")
    customer = taken.path.split("/")[2]
    results = [
        {
            "conversionCustomVariable": {
                "resourceName": f"customers/{customer}/conversionCustomVariables/{number}",
                "id": str(number),
                "name": name,
            }
        }
        for number, name in enumerate(KNOWN_VARIABLES, 1)
    ]
    return Judgement(Answer(200, msgspec.json.encode([{"results": results}])))


def created(taken: Taken, body: dict[str, Any], desk: Desk) -> Judgement:
    job = body.get("job")
    job = job if isinstance(job, dict) else {}
    metadata = job.get("customerMatchUserListMetadata")
    if not isinstance(metadata, dict) or job.get("type") != "CUSTOMER_MATCH_USER_LIST":
        return bad_request("REQUIRED", "fieldError")
    if not LIST.match(str(metadata.get("userList"))):
        return bad_request("INVALID_USER_LIST_ID", "offlineUserDataJobError")
    consent = metadata.get("consent", {})
    if not isinstance(consent, dict) or not all(forms.is_one_of(state, CONSENT) for state in consent.values()):
        return bad_request("ENUM_VALUE_NOT_PERMITTED", "enumError")
    number = int(sha256(taken.body).hexdigest()[:12], 16)
    name = f"customers/{taken.path.split('/')[2]}/offlineUserDataJobs/{number}"
    desk.keep(name, metadata["userList"])
    return Judgement(Answer(200, msgspec.json.encode({"resourceName": name})))


def added(user_list: str, body: dict[str, Any], desk: Desk) -> Judgement:
    operations = body.get("operations")
    if not isinstance(operations, list) or not operations:
        return bad_request("REQUIRED", "fieldError")
    if len(operations) > OPERATIONS_MAX:
        return bad_request("TOO_MANY_OPERATIONS", "offlineUserDataJobError")
    found = [member_of(operation) for operation in operations]
    if any(member is None for member in found):  # the JSON does not fit the message: nothing is looked at
        return bad_request("INVALID_VALUE", "fieldError")
    faults = [SCRIPTED if desk.refuses(member) else member_fault(member[1]) for member in found if member]
    bad = next((fault for fault in faults if fault[1]), None)
    if bad and body.get("enablePartialFailure") is not True:
        return bad_request(bad[1], bad[0])
    rows = [
        Row(f"{user_list} {member[0]} {msgspec.json.encode(member[1]).decode()}")
        for member, fault in zip(found, faults, strict=True)
        if member and not fault[1]
    ]
    return by_row("operations", faults, (), rows)


def member_of(operation: Any) -> tuple[str, list[Any]] | None:
    """Whether somebody comes or goes, and the identifiers that say who; None where it is no operation."""
    if not isinstance(operation, dict) or len(operation) != 1:
        return None
    [(verb, person)] = operation.items()
    identifiers = person.get("userIdentifiers") if isinstance(person, dict) else None
    return (verb, identifiers) if verb in ("create", "remove") and isinstance(identifiers, list) else None


def member_fault(identifiers: list[Any]) -> Fault:
    if not identifiers or not all(isinstance(one, dict) and one for one in identifiers):
        return "fieldError", "REQUIRED"
    for identifier in identifiers:
        for name, value in identifier.items():
            hashed = name in ("hashedEmail", "hashedPhoneNumber")
            if (hashed and forms.hash_fault(value)) or (name == "addressInfo" and address_is_bad(value)):
                return "offlineUserDataJobError", "INVALID_SHA256_FORMAT"
            if forms.holds_email(value):
                return "offlineUserDataJobError", "INVALID_SHA256_FORMAT"
    return NO_FAULT
