"""A JSON Schema made into a function that coerces a value in place and finds what is wrong with it.

Restates the parts of AJV 8.18 that field schemas use, in AJV's order: the type and its coercion, then texts and
numbers, then `enum`, then conditions, then arrays, then objects. The order shows, because coercion in a condition
changes the value for what follows.
"""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from trackyard.kit.javascript import UNDEFINED, json_text, number_text, type_name
from trackyard.kit.mapping.errors import Problem, place_of
from trackyard.kit.payload.coercion import coerced, fits
from trackyard.kit.payload.errors import PayloadError
from trackyard.kit.payload.formats import FORMATS

Holder = Any  # the list or dict a value sits in
Key = Any  # its index or key there


class Coercion(msgspec.Struct, frozen=True):
    """One value that was changed to fit its field."""

    path: str
    before: Any
    after: Any


class Findings:
    """What checking one payload brings to light."""

    __slots__ = ("coercions", "problems", "stack")

    def __init__(self) -> None:
        self.stack: list[str] = []
        self.problems: list[Problem] = []
        self.coercions: list[Coercion] = []

    def problem(self, key: Key, message: str) -> None:
        self.problems.append(Problem(place_of([*self.stack, str(key)]), message))

    def coercion(self, key: Key, before: Any, after: Any) -> None:
        self.coercions.append(Coercion(place_of([*self.stack, str(key)]), before, after))


Check = Callable[[Holder, Key, Findings], None]
Rule = Callable[[Any, Holder, Key, Findings], None]
Holds = Callable[[Holder, Key], bool]


def compile_check(schema: Mapping[str, Any]) -> Check:
    """The function that checks the value at a key of its holder, which must be there."""
    types = _types(schema)
    rules = _rules(schema)
    if not types:
        return _without_type(rules)
    is_typed = fits(types)
    expected = _expected_type(types)
    plain = str if types == ["string"] else None

    def check(holder: Holder, key: Key, findings: Findings) -> None:
        value = holder[key]
        if type(value) is not plain and not is_typed(value):
            made = coerced(value, types)
            if made is UNDEFINED:
                findings.problem(key, f"found {described(value)}, expected {expected}")
                return
            findings.coercion(key, value, made)
            holder[key] = made
        for rule in rules:
            rule(holder[key], holder, key, findings)

    return check


def _without_type(rules: list[Rule]) -> Check:
    def check(holder: Holder, key: Key, findings: Findings) -> None:
        for rule in rules:
            rule(holder[key], holder, key, findings)

    return check


def described(value: Any) -> str:
    """A value in a few words, without its content where that could be long or personal."""
    name = type_name(value)
    if name in ("null", "undefined"):
        return name
    if name in ("number", "boolean"):
        return f"the {name} {json_text(value)}"
    return f"{'an' if name[0] in 'aeio' else 'a'} {name}"


def _expected_type(types: list[str]) -> str:
    return " or ".join(types)


def _types(schema: Mapping[str, Any]) -> list[str]:
    types = schema.get("type") or []
    return [types] if isinstance(types, str) else list(types)


def _rules(schema: Mapping[str, Any]) -> list[Rule]:
    made = [
        _bounds(schema),
        _length(schema),
        _format(schema),
        _enum(schema),
        *_conditionals(schema),
        _items(schema),
        _required(schema),
        _additional(schema),
        _properties(schema),
    ]
    return [rule for rule in made if rule is not None]


def _bounds(schema: Mapping[str, Any]) -> Rule | None:
    least, most = schema.get("minimum"), schema.get("maximum")
    if least is None and most is None:
        return None
    is_number = fits(["number"])

    def rule(value: Any, holder: Holder, key: Key, findings: Findings) -> None:
        if not is_number(value):
            return
        if most is not None and value > most:
            findings.problem(key, f"found {number_text(value)}, expected at most {number_text(most)}")
        if least is not None and value < least:
            findings.problem(key, f"found {number_text(value)}, expected at least {number_text(least)}")

    return rule


def _length(schema: Mapping[str, Any]) -> Rule | None:
    least, most = schema.get("minLength"), schema.get("maxLength")
    if least is None and most is None:
        return None

    def rule(value: Any, holder: Holder, key: Key, findings: Findings) -> None:
        if not isinstance(value, str):
            return
        if most is not None and len(value) > most:
            findings.problem(key, f"found {len(value)} characters, expected at most {number_text(most)}")
        if least is not None and len(value) < least:
            findings.problem(key, f"found {len(value)} characters, expected at least {number_text(least)}")

    return rule


def _format(schema: Mapping[str, Any]) -> Rule | None:
    name = schema.get("format")
    if name is None or name in ("text", "password"):
        return None
    accepts = FORMATS.get(name)
    if accepts is None:
        raise PayloadError(Problem("/format", f"found {name!r}, expected one of {', '.join(sorted(FORMATS))}"))

    def rule(value: Any, holder: Holder, key: Key, findings: Findings) -> None:
        if isinstance(value, str) and not accepts(value):
            findings.problem(key, f"found a text that is no {name}, expected one")

    return rule


def _enum(schema: Mapping[str, Any]) -> Rule | None:
    allowed = schema.get("enum")
    if allowed is None:
        return None
    expected = ", ".join(str(json_text(value)) for value in allowed)

    def rule(value: Any, holder: Holder, key: Key, findings: Findings) -> None:
        if not any(same(value, choice) for choice in allowed):
            findings.problem(key, f"found {described(value)} that is no choice, expected one of {expected}")

    return rule


def same(left: Any, right: Any) -> bool:
    """Deep equality in which true is not 1."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(value, right[key]) for key, value in left.items())
    return bool(left == right)


def _conditionals(schema: Mapping[str, Any]) -> list[Rule]:
    rules = []
    for part in [*schema.get("allOf", []), schema]:
        if "if" in part:
            rules.append(_if_then(part))
    return rules


def _if_then(schema: Mapping[str, Any]) -> Rule:
    holds = compile_condition(schema["if"])
    then = compile_check(schema.get("then", {}))

    def rule(value: Any, holder: Holder, key: Key, findings: Findings) -> None:
        if holds(holder, key):
            then(holder, key, findings)

    return rule


def _items(schema: Mapping[str, Any]) -> Rule | None:
    if "items" not in schema:
        return None
    check_item = compile_check(schema["items"])

    def rule(value: Any, holder: Holder, key: Key, findings: Findings) -> None:
        if not isinstance(value, list):
            return
        items = holder[key] = list(value)
        findings.stack.append(str(key))
        for at in range(len(items)):
            check_item(items, at, findings)
        findings.stack.pop()

    return rule


def _required(schema: Mapping[str, Any]) -> Rule | None:
    required = schema.get("required")
    if not required:
        return None

    def rule(value: Any, holder: Holder, key: Key, findings: Findings) -> None:
        if not isinstance(value, dict):
            return
        for name in required:
            if name not in value:
                findings.problem(f"{key}/{name}".removeprefix("/"), "found no value, expected one: it is required")

    return rule


def _additional(schema: Mapping[str, Any]) -> Rule | None:
    if schema.get("additionalProperties") is not False:
        return None
    allowed = frozenset(schema.get("properties") or ())

    def rule(value: Any, holder: Holder, key: Key, findings: Findings) -> None:
        if isinstance(value, dict) and not value.keys() <= allowed:
            holder[key] = {name: member for name, member in value.items() if name in allowed}

    return rule


def _properties(schema: Mapping[str, Any]) -> Rule | None:
    properties = schema.get("properties")
    if not properties:
        return None
    checks = [(name, compile_check(member), _is_any_text(member)) for name, member in properties.items()]

    def rule(value: Any, holder: Holder, key: Key, findings: Findings) -> None:
        if not isinstance(holder[key], dict):
            return
        members = holder[key] = dict(holder[key])
        if key != "":
            findings.stack.append(str(key))
        for name, check_member, takes_any_text in checks:
            if name in members and not (takes_any_text and type(members[name]) is str):
                check_member(members, name, findings)
        if key != "":
            findings.stack.pop()

    return rule


def _is_any_text(schema: Mapping[str, Any]) -> bool:
    """Whether every text passes, so that none needs a check."""
    return "string" in _types(schema) and not _rules(schema)


def compile_condition(schema: Mapping[str, Any]) -> Holds:
    """The function that says whether a value meets a condition; it stops at the first part that does not.

    Coercion changes the value here too: a condition that asks for null turns 0, false and '' into null.
    """
    types = _types(schema)
    is_typed = fits(types) if types else None
    parts = _condition_parts(schema)

    def holds(holder: Holder, key: Key) -> bool:
        if is_typed is not None and not is_typed(holder[key]):
            made = coerced(holder[key], types)
            if made is UNDEFINED:
                return False
            holder[key] = made
        return all(part(holder, key) for part in parts)

    return holds


def _condition_parts(schema: Mapping[str, Any]) -> list[Holds]:
    parts: list[Holds] = []
    if "const" in schema:
        parts.append(lambda holder, key: same(holder[key], schema["const"]))
    if "not" in schema:
        refused = compile_condition(schema["not"])
        parts.append(lambda holder, key: not refused(holder, key))
    if "anyOf" in schema:
        choices = [compile_condition(choice) for choice in schema["anyOf"]]
        parts.append(lambda holder, key: any(choice(holder, key) for choice in choices))
    if "allOf" in schema:
        parts += [compile_condition(part) for part in schema["allOf"]]
    if schema.get("required"):
        required = frozenset(schema["required"])
        parts.append(lambda holder, key: not isinstance(holder[key], dict) or required <= holder[key].keys())
    if schema.get("properties"):
        parts.append(_members_hold({name: compile_condition(part) for name, part in schema["properties"].items()}))
    return parts


def _members_hold(members: dict[str, Holds]) -> Holds:
    def holds(holder: Holder, key: Key) -> bool:
        if not isinstance(holder[key], dict):
            return True
        value = holder[key] = dict(holder[key])
        return all(member(value, name) for name, member in members.items() if name in value)

    return holds
