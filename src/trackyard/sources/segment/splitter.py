"""Taking a damaged request apart so that a broken event loses itself and not its neighbours.

Works on bytes and on structure only (strings, brackets, commas), in linear time whatever the nesting. What the parts
hold is judged later, one by one.
"""

import re
from collections.abc import Iterator

import numpy as np

NESTING_MAX = 128  # what comes later walks events recursively

# A string, closed or running to the end of the data (so that no position is scanned twice), or one structural byte.
_TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)|[\[\]{},:]', re.DOTALL)
_BLANK = b" \t\r\n"
_QUOTE, _COMMA, _COLON = b'",:'
_OPENER = {0x5D: 0x5B, 0x7D: 0x7B}  # ] closes [, } closes {
_OPENERS = frozenset(_OPENER.values())
_ARRAY_END, _OBJECT_END = b"]}"
_ARRAY = 0x5B


def object_members(data: bytes, array: str, elements_max: int) -> tuple[dict[str, bytes], list[bytes] | None] | None:
    """The members of the object `data` as bytes, and the elements of its member `array` (None where it has none).

    None when `data` does not begin an object. Data torn off in the middle gives what came before, the last part torn.
    """
    begin = len(data) - len(data.lstrip(_BLANK))
    if data[begin : begin + 1] != b"{":
        return None
    reader = _ObjectReader(data, array, elements_max)
    reader.read(_TOKEN.finditer(data, begin + 1))
    return reader.members, reader.elements


def array_elements(data: bytes, elements_max: int) -> list[bytes]:
    """The elements of the array `data`, as bytes, in order; at most `elements_max` + 1."""
    begin = data.index(b"[") + 1
    return _array_elements(data, _TOKEN.finditer(data, begin), begin, elements_max)


def too_deep(data: bytes) -> bool:
    """Whether brackets nest deeper than `NESTING_MAX` in `data`. Counting them first settles nearly every case."""
    return data.count(b"{") + data.count(b"[") > NESTING_MAX and depth(data) > NESTING_MAX


def surely_shallow(data: bytes, longest: int) -> bool:
    """True only if no part of `data` of at most `longest` bytes nests deeper than `NESTING_MAX`.

    A part can only do so when it holds more opening brackets than that: this looks where they stand closest.
    """
    opening = np.flatnonzero((np.frombuffer(data, np.uint8) | 0x20) == 0x7B)  # 0x5B is [, 0x7B is {
    if len(opening) <= NESTING_MAX:
        return True
    return bool((opening[NESTING_MAX:] - opening[:-NESTING_MAX]).min() >= longest)


def depth(data: bytes) -> int:
    """How deep brackets nest in `data`, those within strings left out."""
    deepest = level = 0
    for token in _TOKEN.finditer(data):
        mark = data[token.start()]
        if mark in _OPENERS:
            level += 1
            deepest = max(deepest, level)
        elif mark in _OPENER:
            level -= 1
    return deepest


class _ObjectReader:
    """Walks the tokens of one object and cuts its members out."""

    def __init__(self, data: bytes, array: str, elements_max: int) -> None:
        self._data, self._array, self._elements_max = data, array, elements_max
        self.members: dict[str, bytes] = {}
        self.elements: list[bytes] | None = None
        self._key: str | None = None
        self._value_at: int | None = None
        self._nesting = _Nesting()

    def read(self, tokens: Iterator[re.Match[bytes]]) -> None:
        for token in tokens:
            mark = self._data[token.start()]
            if mark == _QUOTE:
                self._string(token)
            elif mark in _OPENERS:
                self._open(mark, token.end(), tokens)
            elif self._nesting:
                self._nesting.close(mark)
            elif mark == _COLON:
                self._value_at = self._value_at or token.end()
            elif mark in (_COMMA, _OBJECT_END):
                self._end_member(token.start())
                if mark == _OBJECT_END:
                    return

    def _string(self, token: re.Match[bytes]) -> None:
        if self._key is None and not self._nesting:
            self._key = token[0][1:-1].decode("utf-8", "replace")

    def _open(self, mark: int, after: int, tokens: Iterator[re.Match[bytes]]) -> None:
        if mark == _ARRAY and self._key == self._array and not self._nesting:
            self.elements = _array_elements(self._data, tokens, after, self._elements_max)
            self._key = self._value_at = None
        else:
            self._nesting.open(mark)

    def _end_member(self, at: int) -> None:
        if self._key is not None and self._value_at is not None:
            self.members[self._key] = self._data[self._value_at : at].strip(_BLANK)
        self._key = self._value_at = None


def _array_elements(data: bytes, tokens: Iterator[re.Match[bytes]], begin: int, elements_max: int) -> list[bytes]:
    elements: list[bytes] = []
    nesting = _Nesting()
    for token in tokens:
        at = token.start()
        mark = data[at]
        if mark in _OPENERS:
            nesting.open(mark)
        elif nesting:
            nesting.close(mark)
        elif mark == _COMMA:
            elements.append(data[begin:at].strip(_BLANK))
            begin = token.end()
            if len(elements) > elements_max:
                return elements
        elif mark == _ARRAY_END:
            return _with_last(elements, data[begin:at])
    return _with_last(elements, data[begin:])


def _with_last(elements: list[bytes], last: bytes) -> list[bytes]:
    last = last.strip(_BLANK)
    if last:
        elements.append(last)
    return elements


class _Nesting:
    """Brackets open within one element. A closer without its opener is ignored; one that skips others closes those."""

    def __init__(self) -> None:
        self._stack = bytearray()
        self._open = dict.fromkeys(_OPENERS, 0)

    def __bool__(self) -> bool:
        return bool(self._stack)

    def open(self, mark: int) -> None:
        self._stack.append(mark)
        self._open[mark] += 1

    def close(self, mark: int) -> None:
        opener = _OPENER.get(mark)
        if opener is None or not self._open[opener]:  # asked first: a search in vain would be quadratic
            return
        cut = self._stack.rfind(opener)
        for skipped in self._stack[cut:]:
            self._open[skipped] -= 1
        del self._stack[cut:]
