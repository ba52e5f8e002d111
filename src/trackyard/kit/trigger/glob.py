"""Glob patterns of `match()`: `*`, `?`, `[abc]`, `[a-z]` and `\\x`; the whole text must match, case counts."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import re2

Matches = Callable[[str], bool]


@lru_cache(maxsize=1024)
def compile_glob(pattern: str) -> Matches:
    """The test `pattern` stands for. A pattern that is no glob (an open bracket) matches nothing."""
    plain = pattern.strip("*")
    if not any(character in plain for character in "*?[\\"):
        return _without_pattern(pattern, plain)
    expression = _expression(pattern)
    if expression is None:
        return lambda text: False
    options = re2.Options()
    options.log_errors = False
    try:
        compiled: Any = re2.compile(f"(?s){expression}", options)
    except (re2.error, UnicodeEncodeError):  # too large a pattern, or a lone surrogate in it
        return lambda text: False
    return lambda text: _matches(compiled, text)


def _without_pattern(pattern: str, plain: str) -> Matches:
    """The common forms, without a pattern engine."""
    if not plain and pattern:
        return lambda text: True
    match (pattern.startswith("*"), pattern.endswith("*")):
        case (True, True):
            return lambda text: plain in text
        case (True, False):
            return lambda text: text.endswith(plain)
        case (False, True):
            return lambda text: text.startswith(plain)
    return lambda text: text == pattern


def _matches(compiled: Any, text: str) -> bool:
    try:
        return compiled.fullmatch(text) is not None
    except UnicodeEncodeError:  # a lone surrogate is no character a pattern can match
        return False


def _expression(pattern: str) -> str | None:
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
                return None
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
