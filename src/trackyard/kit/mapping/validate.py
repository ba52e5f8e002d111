"""Every problem of a mapping and its place, by the rules Segment's mapping kit checks.

Contents of arrays are not checked there, so an invalid directive inside one is only met when an event is mapped.
"""

from collections.abc import Callable, Sequence
from typing import Any

from trackyard.kit.javascript import json_text, type_name, utf16_length
from trackyard.kit.mapping.errors import Problem, place_of

PATTERN_LENGTH_MAX = 10
REPLACEMENT_LENGTH_MAX = 10
Stack = tuple[str, ...]
Check = Callable[[Any, Stack], list[Problem]]


def problems_of(mapping: Any) -> list[Problem]:
    """All problems of a processed mapping (its root directive already put in place)."""
    return _member(mapping, ())


def kind_of(value: Any) -> str:
    """The JSON type, or `directive` for an object with a key that begins with @."""
    if isinstance(value, dict):
        for key in value:
            if key[:1] == "@":
                return "directive"
        return "object"
    return type_name(value)


def _member(value: Any, stack: Stack) -> list[Problem]:
    match kind_of(value):
        case "directive":
            return _directive(value, stack)
        case "object":
            return _object(value, stack)
    return []


def _directive(value: dict[str, Any], stack: Stack) -> list[Problem]:
    names = [key for key in value if key.startswith("@")]
    if len(names) > 1:
        return _problem(stack, f"found the directives {', '.join(names)}, expected one")
    others = [key for key in value if not key.startswith("@") and key != "_metadata"]
    if others:
        return _problem(stack, f"found {', '.join(map(repr, others))} beside {names[0]}, expected the directive alone")
    check = _CHECKS.get(names[0])
    if check is None:
        return _problem(stack, f"found the unknown directive {names[0]}, expected one of {', '.join(sorted(_CHECKS))}")
    return check(value[names[0]], (*stack, names[0]))


def _object(value: Any, stack: Stack) -> list[Problem]:
    if (kind := kind_of(value)) != "object":
        return _expected("an object", kind, stack)
    return [problem for key, member in value.items() for problem in _member(member, (*stack, key))]


def _fields(required: dict[str, Check] | None = None, **optional: Check) -> Check:
    def check(value: Any, stack: Stack) -> list[Problem]:
        problems = _object(value, stack)
        if problems:
            return problems
        for key, check_member in (required or {}).items():
            if key in value:
                problems += check_member(value[key], (*stack, key))
            else:
                problems += _problem(stack, f"found no field {key!r}, expected one")
        for key, check_member in optional.items():
            if key in value:
                problems += check_member(value[key], (*stack, key))
        return problems

    return check


def _one_of(*kinds: str, called: str) -> Check:
    """A check of the kind alone: what is inside has been looked through with the object around it."""

    def check(value: Any, stack: Stack) -> list[Problem]:
        kind = kind_of(value)
        return [] if kind in kinds else _expected(called, kind, stack)

    return check


def _and_inside(check_kind: Check) -> Check:
    return lambda value, stack: check_kind(value, stack) or _member(value, stack)


def _anything(value: Any, stack: Stack) -> list[Problem]:
    return []


def _directive_inside(value: Any, stack: Stack) -> list[Problem]:
    """A directive is looked through, a plain value is not."""
    return _directive(value, stack) if kind_of(value) == "directive" else []


_string = _one_of("string", called="a string")
_boolean = _one_of("boolean", called="true or false")
_array = _one_of("array", called="an array")
_directive_or_string = _one_of("directive", "string", called="a string or a directive")
_directive_or_object = _one_of("directive", "object", called="an object or a directive")


def _length(least: int, most: int) -> Check:
    def check(value: Any, stack: Stack) -> list[Problem]:
        if problems := _string(value, stack):
            return problems
        length = utf16_length(value)
        if least <= length <= most:
            return []
        return _problem(stack, f"found a string of length {length}, expected {least} to {most}")

    return check


def _word(*allowed: str) -> Check:
    def check(value: Any, stack: Stack) -> list[Problem]:
        if problems := _string(value, stack):
            return problems
        if value.lower() in allowed:
            return []
        return _problem(stack, f"found {json_text(value)}, expected one of {', '.join(allowed)}")

    return check


def _array_path(value: Any, stack: Stack) -> list[Problem]:
    if not isinstance(value, list):
        return _expected("an array of a path and a shape", type_name(value), stack)
    path = (
        _and_inside(_directive_or_string)(value[0], stack) if value else _problem(stack, "found no path, expected one")
    )
    return path + (_member(value[1], stack) if len(value) > 1 else [])


def _merge(value: Any, stack: Stack) -> list[Problem]:
    problems = _MERGE_FIELDS(value, stack)
    if problems:
        return problems
    return [
        problem
        for at, member in enumerate(value["objects"])
        for problem in _and_inside(_directive_or_object)(member, (*stack, "objects", str(at)))
    ]


_MERGE_FIELDS = _fields({"objects": _array}, direction=_word("left", "right"))
_CHECKS: dict[str, Check] = {
    "@if": _fields(None, exists=_anything, then=_anything, **{"else": _anything}),
    "@case": _fields(None, operator=_string, value=_directive_or_string),
    "@replace": _fields(
        {"pattern": _length(1, PATTERN_LENGTH_MAX), "value": _directive_or_string},
        replacement=_length(0, REPLACEMENT_LENGTH_MAX),
        ignorecase=_boolean,
        **{"global": _boolean},
    ),
    "@arrayPath": _array_path,
    "@path": _and_inside(_directive_or_string),
    "@json": _fields({"value": _anything, "mode": _word("encode", "decode")}),
    "@flatten": _fields({"value": _anything}, separator=_string),
    "@merge": _merge,
    "@template": _and_inside(_directive_or_string),
    "@literal": _directive_inside,
    "@transform": _fields({"apply": _directive_or_object, "mapping": _directive_or_object}),
    "@excludeWhenNull": _directive_inside,
    "@liquid": _string,
}
DIRECTIVES = frozenset(_CHECKS)


def _expected(what: str, kind: str, stack: Stack) -> list[Problem]:
    return _problem(stack, f"found {_article(kind)} {kind}, expected {what}")


def _article(word: str) -> str:
    return "an" if word[:1] in "aeiou" else "a"


def _problem(stack: Sequence[str], message: str) -> list[Problem]:
    return [Problem(place_of(stack), message)]
