"""Dates in texts, as far as Segment's `datetime` fields and Liquid's `date` filter read them.

Fields take what dayjs 1.10.7 takes: its own pattern, a unix number as text, or whatever V8's `Date.parse` accepts,
whose legacy grammar is lenient. The grammar below restates V8's date parser (v8/src/date/dateparser-inl.h,
read 2026-08).
"""

import math
import re
from collections.abc import Callable
from typing import Final, NamedTuple

from trackyard.kit.javascript import JS_WHITESPACE, number_of_text, number_text

_DAYJS = re.compile(
    r"[0-9]{4}[-/]?(?:[0-9]{1,2})?[-/]?[0-9]{0,2}[Tt" + JS_WHITESPACE + r"]{0,100}"
    r"(?:[0-9]{1,2})?:?(?:[0-9]{1,2})?:?(?:[0-9]{1,2})?[.:]?(?:[0-9]+)?"
)
_TIME_SECONDS_MAX: Final = 8.64e12  # ECMA-262, time values
DATE_TEXT_LENGTH_MAX: Final = 1000
_DIGITS_KEPT: Final = 9
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ZONES = {
    "ut": 0, "utc": 0, "z": 0, "gmt": 0, "cdt": -5, "cst": -6, "edt": -4, "est": -5,
    "mdt": -6, "mst": -7, "pdt": -7, "pst": -8,
}  # fmt: skip


def is_date_like(text: str) -> bool:
    """Whether `text` is a date; texts longer than any date are not read at all."""
    if len(text) > DATE_TEXT_LENGTH_MAX:
        return False
    number = number_of_text(text)
    if (math.isnan(number) and text == "NaN") or (not math.isnan(number) and number_text(number) == text):
        return abs(number) <= _TIME_SECONDS_MAX
    if text[-1:] not in ("z", "Z") and _DAYJS.fullmatch(text):
        return True
    return _parses(text)


class _Token(NamedTuple):
    kind: str  # number, word, space, unknown, end, or the symbol itself
    length: int = 0
    value: int = 0
    word: str = ""


_END = _Token("end")


def _tokens(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    at = 0
    while at < len(text):
        token, at = _token(text, at)
        tokens.append(token)
    return [*tokens, _END]


def _token(text: str, at: int) -> tuple[_Token, int]:
    character = text[at]
    if character in "0123456789":
        end = _while(text, at, lambda unit: unit in "0123456789")
        return _Token("number", end - at, _bounded_number(text[at:end])), end
    if character in ":-+.)":
        return _Token(character, 1), at + 1
    if _in_word(character):
        end = _while(text, at, _in_word)
        return _Token("word", end - at, word=text[at : min(end, at + 3)].lower()), end
    if character in JS_WHITESPACE:
        return _Token("space", 1), at + 1
    if character == "(":
        return _Token("unknown"), _behind_parentheses(text, at)
    return _Token("unknown", 1), at + 1


def _while(text: str, at: int, accepts: Callable[[str], bool]) -> int:
    while at < len(text) and accepts(text[at]):
        at += 1
    return at


def _in_word(character: str) -> bool:
    return character >= "A" and character not in JS_WHITESPACE


def _bounded_number(digits: str) -> int:
    return int(digits.lstrip("0")[:_DIGITS_KEPT] or "0")


def _milliseconds(token: _Token) -> int:
    """The three leading digits of a fraction."""
    length = min(token.length, _DIGITS_KEPT)
    return token.value * (100, 10, 1)[length - 1] if length <= 3 else int(str(token.value).zfill(length)[:3])


def _behind_parentheses(text: str, at: int) -> int:
    depth = 0
    while at < len(text):
        depth += {"(": 1, ")": -1}.get(text[at], 0)
        at += 1
        if depth == 0:
            break
    return at


def _parses(text: str) -> bool:
    return moment_of(text) is not None


def moment_of(text: str) -> float | None:
    """What `Date.parse(text)` gives in UTC: milliseconds since 1970, None for a text that is no date."""
    if len(text) > DATE_TEXT_LENGTH_MAX:
        return None
    moment = _DateReader(_tokens(text)).moment()
    return moment if moment is not None and abs(moment) <= _TIME_SECONDS_MAX * 1000 else None


def _days(year: int, month: int) -> int:
    """Days from 1970-01-01 to the first of a month, in the proleptic Gregorian calendar."""
    year, month = (year - 1, month + 12) if month <= 2 else (year, month)
    return 365 * year + year // 4 - year // 100 + year // 400 + (153 * (month - 3) + 2) // 5 - 719_468


class _Refused(Exception):
    """The text is no date."""


class _DateReader:
    """Reads tokens into day numbers, time numbers and a zone, then asks whether they make a moment."""

    def __init__(self, tokens: list[_Token]) -> None:
        self.tokens = tokens
        self.at = 0
        self.day: list[int] = []
        self.named_month: int | None = None
        self.is_iso = False
        self.time: list[int] = []
        self.hour_offset: int | None = None
        self.zone_hour: int | None = None
        self.zone_minute: int | None = None
        self.zone_sign = 1

    def moment(self) -> float | None:
        try:
            token = self._iso()
            has_number = bool(self.day)
            while token.kind != "end":
                has_number = self._legacy(token, has_number)
                token = self._next()
        except _Refused:
            return None
        day, time = self._day(), self._time()
        return None if day is None or time is None else day * 86_400_000.0 + time - self._zone() * 60_000

    # --- the ISO form; what it cannot use goes on to the legacy grammar

    def _iso(self) -> _Token:
        if self._peek().kind in ("+", "-"):
            sign = self._next()
            if not self._is_fixed(6):
                return sign
            year = self._next().value
            if sign.kind == "-" and year == 0:
                return sign
            self.day.append(-year if sign.kind == "-" else year)
        elif self._is_fixed(4):
            self.day.append(self._next().value)
        else:
            return self._next()
        for most in (12, 31):
            if not self._skip("-"):
                break
            if not (self._is_fixed(2) and 1 <= self._peek().value <= most):
                return self._next()
            self.day.append(self._next().value)
        if not (self._peek().kind == "word" and self._peek().word == "t" and self._peek().length == 1):
            if self._peek().kind != "end":
                return self._next()
        else:
            self._iso_time()
        self.is_iso = True
        return _END

    def _iso_time(self) -> None:
        self._next()
        hour = self._fixed(2, 24)
        most = 0 if hour == 24 else 59
        self.time.append(hour)
        self._need(self._skip(":"))
        self.time.append(self._fixed(2, most))
        if self._skip(":"):
            self.time.append(self._fixed(2, most))
            if self._skip("."):
                self._need(self._peek().kind == "number" and not (hour == 24 and self._peek().value > 0))
                self.time.append(_milliseconds(self._next()))
        if self._is_zulu():
            self._next()
            self.zone_hour, self.zone_minute = 0, 0
        elif self._peek().kind in ("+", "-"):
            self.zone_sign = -1 if self._next().kind == "-" else 1
            self._iso_offset()
        self._need(self._peek().kind == "end")

    def _iso_offset(self) -> None:
        if self._is_fixed(4):
            offset = self._next().value
            self._need(offset // 100 <= 23 and offset % 100 <= 59)
            self.zone_hour, self.zone_minute = offset // 100, offset % 100
            return
        self.zone_hour = self._fixed(2, 23)
        self._need(self._skip(":"))
        self.zone_minute = self._fixed(2, 59)

    # --- the legacy grammar

    def _legacy(self, token: _Token, has_number: bool) -> bool:
        """Take one token; answers whether a number has been read by then."""
        match token.kind:
            case "number":
                self._number(token.value)
                return True
            case "word":
                self._word(token, has_number)
            case "+" | "-" if self.time or (self.zone_hour == 0 and self.zone_minute == 0):
                self.zone_sign = -1 if token.kind == "-" else 1
                self._offset()
                return True
            case "+" | "-" | ")":
                self._need(not has_number)
        return has_number

    def _number(self, number: int) -> None:
        if self._skip(":"):
            if self._skip(":"):
                self._need(not self.time)
                self.time += [number, 0]
            else:
                self._need(len(self.time) < 4)
                self.time.append(number)
                if self._peek().kind == ".":
                    self._next()
        elif self._peek().kind == "." and self._expects_time(number, self._next()):
            self.time.append(number)
            self._need(self._peek().kind == "number")
            self.time.append(_milliseconds(self._next()))
            self.time += [0] * (4 - len(self.time))
        elif self.zone_hour is not None and self.zone_minute is None and number <= 59:
            self.zone_minute = number
        elif self._expects_time(number):
            self.time += [number] + [0] * (3 - len(self.time))
            following = self._peek()
            self._need(following.kind in ("end", "space", "+", "-") or self._is_zulu())
        else:
            self._need(len(self.day) < 3)
            self.day.append(number)
            self._skip("-")

    def _expects_time(self, number: int, _passed: _Token = _END) -> bool:
        most = {1: 59, 2: 59, 3: 999}.get(len(self.time), -1)
        return number <= most

    def _word(self, token: _Token, has_number: bool) -> None:
        word = token.word
        if word in ("am", "pm") and self.time:
            self.hour_offset = 0 if word == "am" else 12
        elif word in _MONTHS:
            self.named_month = _MONTHS.index(word) + 1
            self._skip("-")
        elif word in _ZONES and token.length <= 3 and has_number:
            self.zone_hour, self.zone_minute = abs(_ZONES[word]), 0
            self.zone_sign = -1 if _ZONES[word] < 0 else 1
        else:
            self._need(not has_number and self._peek().kind != "number")

    def _offset(self) -> None:
        number = length = 0
        if self._peek().kind == "number":
            token = self._next()
            number, length = token.value, token.length
        if self._peek().kind == ":":
            self.zone_hour, self.zone_minute = number, None
        elif length in (1, 2):
            self.zone_hour, self.zone_minute = number, 0
        else:
            self._need(length in (3, 4))
            self.zone_hour, self.zone_minute = number // 100, number % 100

    # --- what was read, as a moment

    def _day(self) -> int | None:
        """Days since 1970; the 31st of a shorter month runs over into the next."""
        if not self.day:
            return None
        first, second, third = [*self.day, 1, 1][:3]
        starts_with_year = not 1 <= first <= 31
        if self.named_month is not None:
            year, day = (first, second) if starts_with_year else (second, first)
            month = self.named_month
        elif self.is_iso or starts_with_year:
            year, month, day = first, second, third
        else:
            year, month, day = third, first, second
        if not self.is_iso and 0 <= year <= 99:
            year += 2000 if year <= 49 else 1900
        return _days(year, month) + day - 1 if 1 <= month <= 12 and 1 <= day <= 31 else None

    def _time(self) -> int | None:
        """Milliseconds since midnight."""
        hour, minute, second, millisecond = [*self.time, 0, 0, 0, 0][:4]
        if self.hour_offset is not None:
            if hour > 12:
                return None
            hour = hour % 12 + self.hour_offset
        is_midnight = hour == 24 and minute == second == millisecond == 0
        if not is_midnight and not (hour <= 23 and minute <= 59 and second <= 59 and millisecond <= 999):
            return None
        return ((hour * 60 + minute) * 60 + second) * 1000 + millisecond

    def _zone(self) -> int:
        """Minutes east of Greenwich; without a zone, time is UTC."""
        return self.zone_sign * ((self.zone_hour or 0) * 60 + (self.zone_minute or 0))

    # --- tokens

    def _peek(self) -> _Token:
        return self.tokens[min(self.at, len(self.tokens) - 1)]

    def _next(self) -> _Token:
        token = self._peek()
        self.at += 1
        return token

    def _skip(self, symbol: str) -> bool:
        found = self._peek().kind == symbol
        self.at += found
        return found

    def _is_fixed(self, digits: int) -> bool:
        return self._peek().kind == "number" and self._peek().length == digits

    def _is_zulu(self) -> bool:
        return self._peek().kind == "word" and self._peek().word == "z" and self._peek().length == 1

    def _fixed(self, digits: int, most: int) -> int:
        self._need(self._is_fixed(digits) and self._peek().value <= most)
        return self._next().value

    def _need(self, holds: bool) -> None:
        if not holds:
            raise _Refused
