"""What TikTok's answer means for each row: it answers 200 and says the rest in the body.

Sources: Business API "Return codes" and "Events API 2.0" (read 2026-08); RudderStack's tiktok_ads handler for which
codes it retries. 20001 is a partial success whose `failed_events` name the rows.
"""

from collections.abc import Sequence
from typing import Any, Final

from trackyard.kit.action import outcome_of_status
from trackyard.kit.outcome import Delivered, Outcome, Rejected, Retry
from trackyard.kit.request import Response

DONE: Final = 0
PARTIAL: Final = 20001
CREDENTIALS: Final = frozenset({40001, 40102, 40104, 40105, 40110})
THROTTLED: Final = frozenset({40016, 40100, 40133})
SERVER_FAULTS_FROM: Final = 50000


def read(response: Response, rows: int) -> Sequence[Outcome]:
    """One outcome a row."""
    body = response.json()
    if response.status >= 300 or not isinstance(body, dict) or "code" not in body:
        return [outcome_of_status(response)] * rows
    code = body["code"]
    if code == PARTIAL:
        return _partial(body, rows)
    return [_outcome(code)] * rows


def _outcome(code: Any) -> Outcome:
    if code == DONE:
        return Delivered()
    if code in CREDENTIALS:
        return Retry(f"TikTok code {code}: credentials refused", scope="auth")
    if code in THROTTLED or (isinstance(code, int) and code >= SERVER_FAULTS_FROM):
        return Retry(f"TikTok code {code}", scope="destination")
    return Rejected(f"TikTok code {code}", whole_request=True)


def _partial(body: dict[str, Any], rows: int) -> Sequence[Outcome]:
    outcomes: list[Outcome] = [Delivered()] * rows
    for failed in (body.get("data") or {}).get("failed_events") or ():
        at = failed.get("order_in_batch")
        if isinstance(at, int) and 0 <= at < rows:
            outcomes[at] = Rejected(f"TikTok: {failed.get('error_code') or 'row refused'}")
    return outcomes
