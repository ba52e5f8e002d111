"""Times as platforms want them, from times as events have them."""

import re
from datetime import UTC, datetime
from typing import Final

_DIGITS: Final = re.compile(r"\d{1,16}(\.\d+)?\Z")
MILLISECONDS_FROM = 100_000_000_000  # in seconds that is the year 5138


def moment(value: str | float) -> datetime | None:
    """The time of an ISO 8601 text (UTC where it says no zone) or of Unix seconds or milliseconds; else None."""
    if isinstance(value, str):
        text = value.strip()
        if not _DIGITS.match(text):
            return _iso(text)
        value = float(text)
    seconds = value / 1000 if value >= MILLISECONDS_FROM else value
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        return None


def unix_seconds(value: str | float) -> int | None:
    """Whole seconds since 1970, or None where `value` is no time."""
    found = moment(value)
    return None if found is None else int(found.timestamp() // 1)


def rows_sharing(time: str | float | None, rows_max: int) -> int:
    """`rows_max`, but 1 where `time` is no time: such a row takes the request's, so that it must have its own."""
    return rows_max if time and moment(time) else 1


def _iso(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
