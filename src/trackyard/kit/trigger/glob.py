"""Glob patterns of `match()`: `*`, `?`, `[abc]`, `[a-z]` and `\\x`; the whole text must match, case counts."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import re2

Matches = Callable[[str], bool]


GLOB_LENGTH_MAX = (
    256  # of patterns with `?`, `[...]` or an escape: matching takes length of text times length of pattern
)


class GlobError(ValueError):
    """The pattern is no glob."""


def compile_glob(pattern: str) -> Matches:
    """The test `pattern` stands for; raises `GlobError`."""
    return _remembered(pattern) if len(pattern) <= GLOB_LENGTH_MAX else _compiled(pattern)


def _compiled(pattern: str) -> Matches:
    if not any(character in pattern for character in "?[\\"):
        return _of_pieces(pattern.split("*"))
    if len(pattern) > GLOB_LENGTH_MAX:
        raise GlobError(f"found a pattern of {len(pattern)} characters, expected at most {GLOB_LENGTH_MAX}")
    options = re2.Options()
    options.log_errors = False
    try:
        compiled: Any = re2.compile(f"(?s){_expression(pattern)}", options)
    except (re2.error, UnicodeEncodeError) as error:
        raise GlobError(f"found {pattern!r}, which is no pattern") from error
    return lambda text: _matches(compiled, text)


_remembered = lru_cache(maxsize=1024)(_compiled)  # patterns can come out of events


def _of_pieces(pieces: list[str]) -> Matches:
    """The test for texts with only stars between them."""
    first, last = pieces[0], pieces[-1]
    inner = [piece for piece in pieces[1:-1] if piece]
    if len(pieces) == 1:
        return lambda text: text == first
    if not inner:
        least = len(first) + len(last)
        return lambda text: len(text) >= least and text.startswith(first) and text.endswith(last)

    def matches(text: str) -> bool:
        at, end = len(first), len(text) - len(last)
        if end < at or not (text.startswith(first) and text.endswith(last)):
            return False
        for piece in inner:
            at = text.find(piece, at, end)
            if at < 0:
                return False
            at += len(piece)
        return True

    return matches


def _matches(compiled: Any, text: str) -> bool:
    try:
        return compiled.fullmatch(text) is not None
    except UnicodeEncodeError:  # a lone surrogate is no character a pattern can match
        return False


def _expression(pattern: str) -> str:
    parts: list[str] = []
    at = 0
    while at < len(pattern):
        character = pattern[at]
        if character == "*":
            if parts[-1:] != [".*"]:
                parts.append(".*")
        elif character == "?":
            parts.append(".")
        elif character == "[":
            end = pattern.find("]", at + 2)
            if end < 0:
                raise GlobError(f"found {pattern!r}, expected ']' behind '['")
            parts.append(_one_of(pattern[at + 1 : end]))
            at = end
        else:
            at += character == "\\" and at + 1 < len(pattern)
            parts.append(re2.escape(pattern[at]))
        at += 1
    return "".join(parts)


def _one_of(members: str) -> str:
    negated = "^" if members[0] in "!^" and len(members) > 1 else ""
    listed = members[1:] if negated else members
    escaped = "".join(f"\\{character}" if character in "\\]^[" else character for character in listed)
    return f"[{negated}{escaped}]"
