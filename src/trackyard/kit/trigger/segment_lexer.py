"""The words of a Segment action trigger, split exactly as npm `@segment/fql-ts` 1.10.1 splits them, quirks included.

Works on UTF-16 units, because the reference does.
"""

from typing import NamedTuple

from trackyard.kit.javascript import from_utf16_units, utf16_units
from trackyard.kit.trigger.errors import TriggerError

END = ""  # what `peek` answers behind the last unit


class Token(NamedTuple):
    kind: str  # ident, dot, operator, conditional, string, number, null, bracket, parenleft, parenright, comma, eos
    text: str
    position: int


_PUNCTUATION = {
    ".": "dot",
    "[": "bracket",
    "]": "bracket",
    ",": "comma",
    "(": "parenleft",
    ")": "parenright",
}


def lex(text: str) -> list[Token]:
    """The tokens of `text`, ending with one of kind `eos`."""
    return _Lexer(utf16_units(text)).tokens()


def _is_letter(unit: str) -> bool:
    return unit.isascii() and unit.isalpha()


def _is_digit(unit: str) -> bool:
    return unit.isascii() and unit.isdigit()


def _is_inside_identifier(unit: str) -> bool:
    return _is_letter(unit) or _is_digit(unit) or unit in ("_", "-", "\\")


def _ends_word(unit: str) -> bool:
    return unit in (END, " ", "\t", "\n", ",", "]", ")")


class _Lexer:
    def __init__(self, units: str) -> None:
        self.units = units
        self.at = 0

    def tokens(self) -> list[Token]:
        found: list[Token] = []
        while self.at < len(self.units):
            start = self.at
            unit = self._next()
            if unit in " \t\n":
                continue
            kind, text = self._token(unit)
            found.append(Token(kind, from_utf16_units(text), start))
        found.append(Token("eos", "eos", self.at))
        return found

    def _token(self, unit: str) -> tuple[str, str]:
        if unit == "!" and (_is_letter(self._peek()) or self._peek() == "("):
            return "operator", "!"
        if _is_letter(unit) or unit in "!=><\\_":
            return self._operator_or_word(unit)
        if _is_digit(unit) or unit in "-+":
            return "number", self._number(unit)
        if unit in "\"'":
            return "string", self._string(unit)
        if unit in _PUNCTUATION:
            return _PUNCTUATION[unit], unit
        raise self._error(f"found {unit!r}, which begins no word, operator, number or text")

    def _operator_or_word(self, unit: str) -> tuple[str, str]:
        match unit:
            case "=":
                return "operator", "="
            case "!":
                if self._accept("="):
                    return "operator", "!="
                raise self._error("found '!', expected '!=' followed by a space, or a function")
            case "<" | ">":
                return "operator", f"{unit}=" if self._accept("=") else unit
            case "a" if self._accept("nd"):
                return "conditional", "and"
            case "o" if self._accept("r"):
                return "conditional", "or"
            case "n" if self._accept("ull"):
                return "null", "null"
        return "ident", self._word(unit)

    def _word(self, unit: str) -> str:
        word = ""
        while True:
            if unit == "\\":
                unit = self._next()
                if unit == END:
                    raise self._error("found the end after '\\', expected the character it escapes")
            word += unit
            if not _is_inside_identifier(self._peek()):
                break
            unit = self._next()
        if not (_ends_word(self._peek()) or self._peek() in ".(=!"):
            raise self._error(
                f"found {self._peek()!r} behind {word!r}, expected a space, '.', '(', '=', '!', ',' or ')'"
            )
        return word

    def _number(self, first: str) -> str:
        digits = first
        has_point = False
        while _is_digit(self._peek()) or self._peek() == ".":
            unit = self._next()
            digits += unit
            if unit != ".":
                continue
            if _ends_word(self._peek()):
                raise self._error(f"found {digits!r}, expected digits behind the point")
            if has_point:
                raise self._error(f"found {digits!r}, expected one decimal point")
            has_point = True
        return digits

    def _string(self, quote: str) -> str:
        start = self.at
        end = self.units.find(quote, start)
        if end < 0:
            raise self._error(f"found no closing {quote}, expected one")
        self.at = end
        self._accept(quote)
        return f"{quote}{self.units[start:end]}{quote}"

    def _accept(self, expected: str) -> bool:
        """Whether `expected` and then a word's end follow; if so they are passed.

        Reaching the end of the text while looking leaves the position there, as in the reference.
        """
        start = self.at
        for _ in expected:
            found = self._next()
            if found == END:
                return False
            if _ends_word(found):
                break
        if self.units[start : self.at] == expected and _ends_word(self._peek()):
            return True
        self.at = start
        return False

    def _next(self) -> str:
        unit = self._peek()
        self.at += len(unit)
        return unit

    def _peek(self) -> str:
        return self.units[self.at : self.at + 1]

    def _error(self, message: str) -> TriggerError:
        return TriggerError(message, self.at)
