"""What Customer.io answers for each row (Track API v2, "batch": 207 with `errors`, each with its batch_index)."""

from collections.abc import Sequence
from typing import Any

from trackyard.kit.action import outcome_of_status
from trackyard.kit.outcome import Outcome, Rejected
from trackyard.kit.request import Response


def read(response: Response, rows: int) -> Sequence[Outcome]:
    """One outcome a row: rows that are named in `errors` are refused, the others as the status says."""
    outcomes = [outcome_of_status(response)] * rows
    for error in _errors(response.json()):
        at = error.get("batch_index", 0)
        if isinstance(at, int) and 0 <= at < rows:
            outcomes[at] = Rejected(
                f"Customer.io: {error.get('reason') or 'refused'} {error.get('field') or ''}".strip()
            )
    return outcomes


def _errors(body: Any) -> Sequence[Any]:
    errors = body.get("errors") if isinstance(body, dict) else None
    return [error for error in errors if isinstance(error, dict)] if isinstance(errors, list) else []
