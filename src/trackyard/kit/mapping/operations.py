"""What the directives do to values, once their arguments are resolved."""

import json
from collections.abc import Callable
from typing import Any, Final, NoReturn

import msgspec

from trackyard.kit.javascript import (
    UNDEFINED,
    from_utf16_units,
    is_number,
    ordered_keys,
    text_of,
    utf16_length,
    utf16_units,
)
from trackyard.kit.mapping.errors import refused
from trackyard.kit.mapping.validate import PATTERN_LENGTH_MAX, REPLACEMENT_LENGTH_MAX

# Texts and trees can double with every directive they pass through, so every result is bounded.
TEXT_LENGTH_MAX: Final = 1_000_000
NODES_MAX: Final = 50_000


def fail(place: str, message: str) -> NoReturn:
    raise refused(place, message)


def bounded_text(text: str, place: str) -> str:
    if len(text) > TEXT_LENGTH_MAX:
        fail(place, f"found a text of {len(text)} characters, expected at most {TEXT_LENGTH_MAX}")
    return text


def bounded_tree(value: Any, place: str) -> Any:
    """`value`, refused when writing it out would take more than `NODES_MAX` values or `TEXT_LENGTH_MAX` characters."""
    nodes, characters, waiting = 0, 0, [value]
    while waiting:
        current = waiting.pop()
        nodes += 1
        if isinstance(current, dict):
            waiting.extend(current.values())
            characters += sum(map(len, current))
        elif isinstance(current, list):
            waiting.extend(current)
        elif isinstance(current, str):
            characters += len(current)
        if nodes + len(waiting) > NODES_MAX or characters > TEXT_LENGTH_MAX:
            fail(place, f"found a result of more than {NODES_MAX} values or {TEXT_LENGTH_MAX} characters")
    return value


def is_blank(value: Any) -> bool:
    """Whether `@if: blank` takes the other branch: undefined, null, or `== ''` by ECMAScript's loose comparison."""
    match value:
        case None | str():
            return not value
        case bool() | int() | float():
            return value == 0
        case list():
            return text_of(value) == ""
        case dict():
            return False
    return True


def changed_case(value: Any, operator: Any, place: str) -> Any:
    if not isinstance(value, str):
        return value
    if operator not in ("lower", "upper"):
        fail(place, f"found the operator {operator!r}, expected lower or upper")
    return value.lower() if operator == "lower" else value.upper()


def text_to_replace_in(value: Any) -> str | None:
    if isinstance(value, str):
        return value
    return text_of(value) if isinstance(value, bool) or is_number(value) else None


def replacer(
    pattern: str, replacement: str, *, ignore_case: bool, everywhere: bool, place: str
) -> Callable[[str], str]:
    """The function that puts `replacement` for the literal text `pattern`, `$` signs as in ECMAScript's `replace`."""
    if utf16_length(pattern) > PATTERN_LENGTH_MAX:
        return lambda _: fail(place, f"found a pattern longer than {PATTERN_LENGTH_MAX} characters")
    if utf16_length(replacement) > REPLACEMENT_LENGTH_MAX:
        return lambda _: fail(place, f"found a replacement longer than {REPLACEMENT_LENGTH_MAX} characters")
    by_units = any("\ud800" <= character <= "\udfff" for character in pattern)
    if "$" not in replacement and not ignore_case and not by_units:
        count = -1 if everywhere else 1
        return lambda text: bounded_text(text.replace(pattern, replacement, count), place)

    def replace(text: str) -> str:
        if not by_units:
            return _replaced(text, pattern, replacement, ignore_case, everywhere, place)
        replaced = _replaced(utf16_units(text), utf16_units(pattern), replacement, ignore_case, everywhere, place)
        return from_utf16_units(replaced)

    return replace


def _replaced(text: str, pattern: str, replacement: str, ignore_case: bool, everywhere: bool, place: str) -> str:
    searched, wanted = (_folded(text), _folded(pattern)) if ignore_case else (text, pattern)
    parts: list[str] = []
    done = length = 0
    while (at := searched.find(wanted, done)) >= 0:
        end = at + len(wanted)
        parts += (text[done:at], _expanded(replacement, text, at, end))
        length += at - done + len(parts[-1])
        if length > TEXT_LENGTH_MAX:
            fail(place, f"found a text of more than {TEXT_LENGTH_MAX} characters")
        done = end
        if not everywhere:
            break
    return "".join(parts) + text[done:]


def _folded(text: str) -> str:
    """Canonical characters of a case-insensitive RegExp without the u flag (ECMA-262, Canonicalize)."""
    if text.isascii():
        return text.upper()
    return "".join(map(_folded_character, text))


def _folded_character(character: str) -> str:
    upper = character.upper()
    keeps_length = len(upper) == 1 and upper <= "\uffff" and character <= "\uffff"
    if not keeps_length or (character >= "\x80" and upper < "\x80"):
        return character
    return upper


def _expanded(replacement: str, text: str, start: int, end: int) -> str:
    """The replacement with `$$`, `$&`, `` $` `` and `$'` filled; other `$` stay."""
    if "$" not in replacement:
        return replacement
    parts = []
    at = 0
    while at < len(replacement):
        match replacement[at : at + 2]:
            case "$$":
                parts.append("$")
            case "$&":
                parts.append(text[start:end])
            case "$`":
                parts.append(text[:start])
            case "$'":
                parts.append(text[end:])
            case _:
                parts.append(replacement[at])
                at -= 1
        at += 2
    return "".join(parts)


def flattened(value: Any, separator: str, omit_arrays: bool) -> dict[str, Any]:
    """One object whose keys are the joined keys on the way to every value; a scalar gets the empty key."""
    flat: dict[str, Any] = {}
    _flatten_into(flat, value, "", separator, omit_arrays)
    return flat


def _flatten_into(flat: dict[str, Any], value: Any, prefix: str, separator: str, omit_arrays: bool) -> None:
    if isinstance(value, dict):
        members = [(key, value[key]) for key in ordered_keys(value)]
    elif isinstance(value, list) and not omit_arrays:
        members = [(str(at), item) for at, item in enumerate(value)]
    else:
        flat[prefix] = value
        return
    for key, member in members:
        name = f"{prefix}{separator}{key}" if prefix else key
        if len(name) > TEXT_LENGTH_MAX // 10:
            fail("@flatten", f"found a key of {len(name)} characters, expected at most {TEXT_LENGTH_MAX // 10}")
        _flatten_into(flat, member, name, separator, omit_arrays)


def decoded_json(value: Any) -> Any:
    """The JSON value a text holds, or the text itself when it holds none."""
    if not isinstance(value, str):
        return value
    try:
        return msgspec.json.decode(value)
    except (msgspec.DecodeError, UnicodeEncodeError):
        return _leniently_decoded(value)


def _leniently_decoded(text: str) -> Any:
    """For what msgspec refuses and ECMAScript accepts: lone surrogates and numbers too large for a double."""
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except ValueError:
        return text


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"found {name}, expected a JSON value")


def merged(values: list[Any]) -> dict[str, Any]:
    """`Object.assign({}, ...values)`: later members win, also undefined ones; texts and arrays bring their indexes."""
    result: dict[str, Any] = {}
    for value in values:
        if isinstance(value, dict):
            result.update(value)
        elif isinstance(value, list):
            result.update((str(at), item) for at, item in enumerate(value))
        elif isinstance(value, str):
            result.update((str(at), unit) for at, unit in enumerate(utf16_units(value)))
    return result


def without_nulls(value: Any) -> Any:
    """`value` without the object members that are null, through objects but not through arrays."""
    if value is None:
        return UNDEFINED
    if not isinstance(value, dict):
        return value
    return {
        key: without_nulls(member) if isinstance(member, dict) else UNDEFINED if member is None else member
        for key, member in value.items()
    }


def without_holes(value: Any) -> Any:
    """`value` without undefined object members; undefined array items stay."""
    if isinstance(value, dict):
        return {key: without_holes(member) for key, member in value.items() if member is not UNDEFINED}
    if isinstance(value, list):
        return [without_holes(item) for item in value]
    return value


def on_the_wire(value: Any) -> Any:
    """`value` as JSON can carry it: undefined members left out, undefined array items null."""
    if isinstance(value, dict):
        return {key: on_the_wire(member) for key, member in value.items() if member is not UNDEFINED}
    if isinstance(value, list):
        return [None if item is UNDEFINED else on_the_wire(item) for item in value]
    return value
