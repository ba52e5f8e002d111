"""Does a value have the shape of a type? Every fault is found, not only the first, and none is raised."""

import re
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any

import msgspec
from msgspec import inspect

from trackyard.control.workspace.yaml import Path

SHOWN_MAX = 60


class Fault(msgspec.Struct, frozen=True):
    """One place where a value is not what its type asks for."""

    path: Path
    found: str
    expected: str
    fix: str = ""


def faults(value: Any, type_: Any, path: Path = ()) -> list[Fault]:
    """Every way in which `value` is not a `type_`."""
    found = list(_faults(value, inspect.type_info(type_), path))
    return found or _backstop(value, type_, path)


def did_you_mean(word: str, known: list[str]) -> str:
    """`did you mean "x"?` for the nearest known word, or nothing."""
    near = get_close_matches(word, known, n=1)
    return f'did you mean "{near[0]}"?' if near else ""


def shown(value: Any) -> str:
    """A value for a message: short, and no longer than a line."""
    match value:
        case dict():
            text = "a map" if value else "an empty map"
        case list():
            text = f"a list of {len(value)}" if value else "an empty list"
        case None:
            text = "nothing"
        case bool():
            text = str(value).lower()
        case _:
            text = repr(value)
    return text if len(text) <= SHOWN_MAX else f"{text[:SHOWN_MAX]}..."


def _faults(value: Any, kind: inspect.Type, path: Path) -> Iterator[Fault]:
    match kind:
        case inspect.StructType():
            yield from _struct_faults(value, kind, path)
        case inspect.DictType():
            yield from _dict_faults(value, kind, path)
        case inspect.ListType() | inspect.CollectionType():
            yield from _list_faults(value, kind, path)
        case inspect.UnionType():
            yield from _union_faults(value, kind, path)
        case _ if not _leaf_fits(value, kind):
            yield Fault(path, shown(value), described(kind), _leaf_fix(value, kind))


def _struct_faults(value: Any, kind: inspect.StructType, path: Path) -> Iterator[Fault]:
    if not isinstance(value, dict):
        yield Fault(path, shown(value), described(kind))
        return
    fields = {field.encode_name: field for field in kind.fields}
    for key in value:
        if key not in fields:
            yield Fault((*path, key), f'the unknown key "{key}"', one_of(fields), did_you_mean(key, list(fields)))
    for name, field in fields.items():
        if name in value:
            yield from _faults(value[name], field.type, (*path, name))
        elif field.required:
            yield Fault(path, f'no "{name}"', f'"{name}": {described(field.type)}')


def _dict_faults(value: Any, kind: inspect.DictType, path: Path) -> Iterator[Fault]:
    if not isinstance(value, dict):
        yield Fault(path, shown(value), described(kind))
        return
    for key, item in value.items():
        if not _leaf_fits(key, kind.key_type):
            yield Fault((*path, key), f'the key "{key}"', described(kind.key_type), _leaf_fix(key, kind.key_type))
        yield from _faults(item, kind.value_type, (*path, key))


def _list_faults(value: Any, kind: inspect.CollectionType, path: Path) -> Iterator[Fault]:
    if not isinstance(value, list):
        yield Fault(path, shown(value), described(kind), "put it in [ ]" if isinstance(value, str) else "")
        return
    for index, item in enumerate(value):
        yield from _faults(item, kind.item_type, (*path, index))


def _union_faults(value: Any, kind: inspect.UnionType, path: Path) -> Iterator[Fault]:
    answers = [list(_faults(value, option, path)) for option in kind.types]
    if all(answers):
        deepest = max(answers, key=lambda faults: max(len(fault.path) for fault in faults))
        yield from deepest if len(deepest[0].path) > len(path) else [Fault(path, shown(value), described(kind))]


def _leaf_fits(value: Any, kind: inspect.Type) -> bool:
    match kind:
        case inspect.AnyType() | inspect.RawType():
            return True
        case inspect.NoneType():
            return value is None
        case inspect.BoolType():
            return isinstance(value, bool)
        case inspect.IntType():
            return isinstance(value, int) and not isinstance(value, bool) and _in_bounds(value, kind)
        case inspect.FloatType():
            return isinstance(value, int | float) and not isinstance(value, bool) and _in_bounds(value, kind)
        case inspect.StrType():
            return isinstance(value, str) and _text_fits(value, kind)
        case inspect.LiteralType():
            return value in kind.values
        case _:
            return True  # left to `_backstop`


def _in_bounds(value: float, kind: inspect.IntType | inspect.FloatType) -> bool:
    return (
        (kind.gt is None or value > kind.gt)
        and (kind.ge is None or value >= kind.ge)
        and (kind.lt is None or value < kind.lt)
        and (kind.le is None or value <= kind.le)
    )


def _text_fits(value: str, kind: inspect.StrType) -> bool:
    return (
        (kind.pattern is None or re.search(kind.pattern, value) is not None)
        and (kind.min_length is None or len(value) >= kind.min_length)
        and (kind.max_length is None or len(value) <= kind.max_length)
    )


def _leaf_fix(value: Any, kind: inspect.Type) -> str:
    if isinstance(kind, inspect.LiteralType) and isinstance(value, str):
        return did_you_mean(value, [str(choice) for choice in kind.values])
    if isinstance(kind, inspect.StrType) and isinstance(value, int | float):
        return f"put it in quotes: '{shown(value)}'"
    return ""


def described(kind: inspect.Type) -> str:
    """What a type asks for, in words: `a number above 0`, `one of live, off`."""
    match kind:
        case inspect.Metadata():
            return described(kind.type)
        case inspect.StructType():
            return f"a map with {one_of(field.encode_name for field in kind.fields)}"
        case inspect.DictType():
            return "a map"
        case inspect.CollectionType():
            return f"a list, each {described(kind.item_type)}"
        case inspect.LiteralType():
            return one_of(str(value) for value in kind.values)
        case inspect.UnionType():
            return " or ".join(described(option) for option in kind.types)
        case inspect.IntType() | inspect.FloatType():
            return ("a whole number" if isinstance(kind, inspect.IntType) else "a number") + _bounds(kind)
        case inspect.StrType():
            return f"text like {kind.pattern}" if kind.pattern else "text"
        case _:
            return PLAIN_WORDS.get(type(kind), "a value")


PLAIN_WORDS: dict[type, str] = {
    inspect.NoneType: "nothing",
    inspect.BoolType: "true or false",
    inspect.DateTimeType: "a date and time with zone, like 2026-11-27T00:00:00Z",
    inspect.AnyType: "any value",
}


def _bounds(kind: inspect.IntType | inspect.FloatType) -> str:
    words = {"gt": "above", "ge": "of at least", "lt": "below", "le": "of at most"}
    return "".join(f" {word} {getattr(kind, key)}" for key, word in words.items() if getattr(kind, key) is not None)


def one_of(words: Any) -> str:
    """`one of a, b, c`, or the only one."""
    listed = list(words)
    return listed[0] if len(listed) == 1 else f"one of {', '.join(listed)}"


def _backstop(value: Any, type_: Any, path: Path) -> list[Fault]:
    """What only msgspec itself checks: dates, `__post_init__`. Its message may quote the value, so it is not shown."""
    try:
        msgspec.convert(value, type_)
    except msgspec.ValidationError as error:
        at = str(error).rpartition(" - at `$.")[2].rstrip("`") if " - at `$." in str(error) else ""
        place = (*path, *(int(part) if part.isdecimal() else part for part in re.findall(r"[^.\[\]]+", at)))
        expected = str(error).partition(" - at ")[0]
        return [Fault(place, "a value that does not fit", expected[0].lower() + expected[1:])]
    return []
