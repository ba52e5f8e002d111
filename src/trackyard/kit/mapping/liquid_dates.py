"""Liquid's `date` filters: times in UTC, formatted by strftime codes as liquidjs 10.25 knows them."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from trackyard.kit.dates import moment_of
from trackyard.kit.javascript import is_number, number_of_text, text_of
from trackyard.kit.mapping.liquid_values import as_text, is_nil, plain

DEFAULT_FORMAT = "%A, %B %-e, %Y at %-l:%M %P %z"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CODE = re.compile(r"%([-_0^#:]+)?([0-9]+)?([EO])?(.)")
_WIDTHS = dict.fromkeys("deHIklmMSUW", 2) | {"j": 3, "L": 3}
_PADDED_BY_SPACE = frozenset("aAbBceklpP")
_WIDTH_MAX = 1000
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def date_of(value: Any, now: Any) -> datetime | None:
    """The moment a value stands for: seconds as a number or in digits, or a text; `now` is the event's own time."""
    value = plain(value)
    if value in ("now", "today"):
        return date_of(now, None) if not is_nil(now) else None
    if isinstance(value, str):
        is_seconds = value.isascii() and value.isdigit()
        milliseconds = number_of_text(value) * 1000 if is_seconds else moment_of(value)
    elif is_number(value):
        milliseconds = value * 1000
    elif isinstance(value, bool | list):
        milliseconds = moment_of(text_of(value)) if isinstance(value, list) else int(value)
    else:
        milliseconds = None
    if milliseconds is None or not -62_135_596_800_000 <= milliseconds <= 253_402_300_799_999:
        return None  # outside the years 1 to 9999
    return _EPOCH + timedelta(milliseconds=float(milliseconds))


def formatted(moment: datetime, pattern: Any) -> str:
    text = DEFAULT_FORMAT if is_nil(plain(pattern)) else as_text(pattern)
    return _CODE.sub(lambda found: _coded(moment, found), text)


def ordinal(day: int) -> str:
    if day in (11, 12, 13):
        return "th"
    return {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")


def _coded(moment: datetime, found: "re.Match[str]") -> str:
    flags, width, _, code = found.groups()
    flags = flags or ""
    text = _text(moment, code, flags, width)
    if text is None:
        return found[0]
    if "^" in flags:
        text = text.upper()
    elif "#" in flags:
        text = text.lower() if text == text.upper() else text.upper()
    pad = " " if "_" in flags or ("0" not in flags and code in _PADDED_BY_SPACE) else "0"
    length = 0 if "-" in flags else min(int(width[:6]) if width else _WIDTHS.get(code, 0), _WIDTH_MAX)
    return text.rjust(length, pad)


def _text(moment: datetime, code: str, flags: str, width: str | None) -> str | None:
    hour, weekday = moment.hour, moment.weekday()
    match code:
        case "a":
            return _DAYS[weekday][:3]
        case "A":
            return _DAYS[weekday]
        case "b" | "h":
            return _MONTHS[moment.month - 1][:3]
        case "B":
            return _MONTHS[moment.month - 1]
        case "c":
            return f"{_american_date(moment)}, {_american_time(moment)}"
        case "x":
            return _american_date(moment)
        case "X":
            return _american_time(moment)
        case "N":
            digits = min(int(width) if width and int(width) else 9, _WIDTH_MAX)
            return str(moment.microsecond // 1000)[:digits].ljust(digits, "0")
        case "p":
            return "AM" if hour < 12 else "PM"
        case "P":
            return "am" if hour < 12 else "pm"
        case "q":
            return ordinal(moment.day)
        case "z":
            return "+00:00" if ":" in flags else "+0000"
        case "Z":
            return "UTC"
        case "t" | "n" | "%":
            return {"t": "\t", "n": "\n", "%": "%"}[code]
    number = _number(moment, code)
    return None if number is None else str(number)


def _number(moment: datetime, code: str) -> int | str | None:
    hour, day_of_year = moment.hour, moment.timetuple().tm_yday
    match code:
        case "C":
            return int(str(moment.year)[:2])
        case "d" | "e":
            return moment.day
        case "H" | "k":
            return hour
        case "I" | "l":
            return hour % 12 or 12
        case "j":
            return day_of_year
        case "L":
            return moment.microsecond // 1000
        case "m":
            return moment.month
        case "M":
            return moment.minute
        case "s":
            return int((moment - _EPOCH).total_seconds() + 0.5)
        case "S":
            return moment.second
        case "u":
            return moment.isoweekday()
        case "w":
            return moment.isoweekday() % 7
        case "U":
            return _week(moment, day_of_year, 0)
        case "W":
            return _week(moment, day_of_year, 1)
        case "y":
            return str(moment.year)[2:4]
        case "Y":
            return moment.year
    return None


def _week(moment: datetime, day_of_year: int, first_day: int) -> int:
    first_of_year = datetime(moment.year, 1, 1, tzinfo=UTC).isoweekday() % 7
    day = day_of_year + first_day - moment.isoweekday() % 7
    return (day - (7 - first_of_year + first_day)) // 7 + 1


def _american_date(moment: datetime) -> str:
    return f"{moment.month}/{moment.day}/{moment.year}"


def _american_time(moment: datetime) -> str:
    clock = f"{moment.hour % 12 or 12}:{moment.minute:02}:{moment.second:02}"
    return f"{clock} {'AM' if moment.hour < 12 else 'PM'}"
