"""What Google's answers mean for each row.

Sources: Google Ads API v26, enums ConversionUploadError, ConversionAdjustmentUploadError, QuotaError, InternalError,
AuthenticationError; "Partial failures" (rows that failed come back in `partialFailureError` with their index).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from trackyard.kit.action import outcome_of_status, retry_after_seconds
from trackyard.kit.outcome import Delivered, Outcome, Rejected, Retry
from trackyard.kit.request import Response

SIX_HOURS: Final = 6 * 3600.0  # a click or call is known to the upload service only after that time
TOO_EARLY: Final = frozenset(
    {"TOO_RECENT_EVENT", "TOO_RECENT_CALL", "TOO_RECENT_CONVERSION_ACTION", "TOO_RECENT_CONVERSION"}
)
ALREADY_THERE: Final = frozenset(
    {
        "ORDER_ID_ALREADY_IN_USE",
        "CLICK_CONVERSION_ALREADY_EXISTS",
        "CALL_CONVERSION_ALREADY_EXISTS",
        "CONVERSION_ALREADY_ENHANCED",
        "CONVERSION_ALREADY_RETRACTED",
    }
)
TRANSIENT: Final = frozenset(
    {
        "CONCURRENT_MODIFICATION",
        "TRANSIENT_ERROR",
        "INTERNAL_ERROR",
        "DEADLINE_EXCEEDED",
        "RESOURCE_EXHAUSTED",
        "RESOURCE_TEMPORARILY_EXHAUSTED",
        "EXCESSIVE_SHORT_TERM_QUERY_RESOURCE_CONSUMPTION",
    }
)
CREDENTIALS: Final = frozenset(
    {
        "OAUTH_TOKEN_EXPIRED",
        "OAUTH_TOKEN_INVALID",
        "OAUTH_TOKEN_REVOKED",
        "OAUTH_TOKEN_DISABLED",
        "DEVELOPER_TOKEN_NOT_APPROVED",
        "DEVELOPER_TOKEN_PARAMETER_MISSING",
        "DEVELOPER_TOKEN_PROHIBITED",
        "USER_PERMISSION_DENIED",
        "CUSTOMER_NOT_ENABLED",
        "CUSTOMER_NOT_ACCEPTED_CUSTOMER_DATA_TERMS",
        "CUSTOMER_NOT_ENABLED_ENHANCED_CONVERSIONS_FOR_LEADS",
    }
)
ROW_FIELDS: Final = frozenset({"conversions", "conversion_adjustments", "conversionAdjustments", "operations"})


def read(response: Response, rows: int) -> Sequence[Outcome]:
    """One outcome a row: Google takes the good rows of a request and names the others by index."""
    body = response.json()
    if response.status >= 300:
        return [_of_request(response, body)] * rows
    outcomes: list[Outcome] = [Delivered()] * rows
    partial = body.get("partialFailureError") if isinstance(body, dict) else None
    for index, outcome in _failed_rows(partial or {}):
        if index is None:
            return [outcome] * rows
        if index < rows:
            outcomes[index] = outcome
    return outcomes


def _failed_rows(error: Mapping[str, Any]) -> Iterator[tuple[int | None, Outcome]]:
    failures = list(errors_of(error))
    if error and not failures:
        yield None, Rejected(f"Google error {error.get('code')}", whole_request=True)
    for failure in failures:
        elements = (failure.get("location") or {}).get("fieldPathElements") or ()
        yield next((e.get("index") for e in elements if e.get("fieldName") in ROW_FIELDS), None), outcome_of(failure)


def errors_of(error: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The single errors of a Google Ads failure."""
    for detail in error.get("details") or ():
        yield from detail.get("errors") or ()


def outcome_of(failure: Mapping[str, Any]) -> Outcome:
    """What one Google Ads error means for its row."""
    codes = [str(code) for code in (failure.get("errorCode") or {}).values()]
    code = codes[0] if codes else "UNKNOWN"
    if code in ALREADY_THERE:
        return Delivered()
    if code in TOO_EARLY:
        return Retry(f"Google: {code}", after_seconds=SIX_HOURS)
    if code in TRANSIENT:
        return Retry(f"Google: {code}", scope="destination")
    if code in CREDENTIALS:
        return Retry(f"Google: {code}", scope="auth")
    return Rejected(f"Google: {code}")


def _of_request(response: Response, body: Any) -> Outcome:
    error = body.get("error") if isinstance(body, dict) else None
    if isinstance(error, dict):
        for failure in errors_of(error):
            outcome = outcome_of(failure)
            if isinstance(outcome, Rejected):
                return Rejected(outcome.reason, whole_request=True)
            if isinstance(outcome, Retry) and outcome.scope == "destination":
                return Retry(outcome.reason, scope="destination", after_seconds=retry_after_seconds(response))
            return outcome
    return outcome_of_status(response)
