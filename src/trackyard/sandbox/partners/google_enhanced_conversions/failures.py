"""How Google says what is wrong: with a request as a whole, or with rows of it by their index.

Source: Google Ads API v26, "Partial failures" and GoogleAdsFailure, read 2026-08.
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from trackyard.sandbox.partner import Answer, Judgement, Row

FAILURE = "type.googleapis.com/google.ads.googleads.v26.errors.GoogleAdsFailure"
NOT_FOUND = b'{"error":{"code":404,"message":"not found","status":"NOT_FOUND"}}'
NO_FAULT = ("", "")
Fault = tuple[str, str]  # kind of error, its code


def request_failure(status: int, name: str, kind: str, code: str) -> Judgement:
    """A request that is refused whole."""
    failure = {"@type": FAILURE, "errors": [{"errorCode": {kind: code}, "message": code}], "requestId": "sandbox"}
    error = {"code": status, "message": code, "status": name, "details": [failure]}
    return Judgement(Answer(status, msgspec.json.encode({"error": error})), refused=[code])


def bad_request(code: str, kind: str = "requestError") -> Judgement:
    return request_failure(400, "INVALID_ARGUMENT", kind, code)


def by_row(field: str, faults: Sequence[Fault], results: Sequence[Any], rows: Sequence[Row], **more: Any) -> Judgement:
    """Good rows taken, the others named by index with an empty result at their place."""
    errors = [
        {
            "errorCode": {kind: code},
            "message": code,
            "location": {"fieldPathElements": [{"fieldName": field, "index": index}]},
        }
        for index, (kind, code) in enumerate(faults)
        if code
    ]
    body: dict[str, Any] = {**more}
    if results:
        body["results"] = [{} if fault[1] else result for fault, result in zip(faults, results, strict=True)]
    if errors:
        details = [{"@type": FAILURE, "errors": errors}]
        body["partialFailureError"] = {"code": 3, "message": errors[0]["message"], "details": details}
    return Judgement(Answer(200, msgspec.json.encode(body)), rows, [code for _, code in faults if code])
