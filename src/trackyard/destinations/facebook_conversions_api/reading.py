"""What Meta's answer means for each event. Meta takes or refuses a request as a whole.

Source: Graph API "Error handling" and the Conversions API's error table; which codes are worth another try
is the choice of RudderStack's network handler (read 2026-08).
"""

from collections.abc import Sequence
from typing import Any, Final

from trackyard.kit.action import outcome_of_status, retry_after_seconds
from trackyard.kit.outcome import Delivered, Outcome, Rejected, Retry
from trackyard.kit.request import Response

TRANSIENT_CODES: Final = frozenset({1, 2, 341, 368, 5000, 21009})
THROTTLED_CODES: Final = frozenset({4, 17, 32, 613, 80003, 80004})
CREDENTIAL_CODES: Final = frozenset({10, 102, 190, 200, 294})
OBJECT_MISSING_SUBCODE: Final = 33  # of code 100: the dataset does not exist for this token
PERMANENT_CODES: Final = frozenset({3, 100, 105, 2650, 2655})


def read(response: Response, rows: int) -> Sequence[Outcome]:
    """The same outcome for every event of the request."""
    if response.status < 300:
        return [Delivered()] * rows
    body = response.json()
    error = body.get("error") if isinstance(body, dict) else None
    return [_outcome(response, error) if isinstance(error, dict) else outcome_of_status(response)] * rows


def _outcome(response: Response, error: dict[str, Any]) -> Outcome:
    code, subcode = error.get("code"), error.get("error_subcode")
    said = f"Meta error {code}/{subcode}: {error.get('error_user_title') or error.get('type')}"
    after = retry_after_seconds(response)
    if code in CREDENTIAL_CODES or (code == 100 and subcode == OBJECT_MISSING_SUBCODE):
        return Retry(said, scope="auth")
    if error.get("is_transient") or code in TRANSIENT_CODES | THROTTLED_CODES:
        return Retry(said, scope="destination", after_seconds=after)
    if code in PERMANENT_CODES or response.status == 400:
        return Rejected(said, whole_request=True)
    return outcome_of_status(response)
