"""An event on which a trigger means something else in the two dialects."""

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any

from trackyard.kit.javascript import UNDEFINED, is_number, text_of
from trackyard.kit.trigger import conditions, fql_parser, fql_tree, segment_compiled, segment_parser
from trackyard.kit.trigger.compiled import Trigger, compile_trigger
from trackyard.kit.trigger.errors import TriggerError

EVENTS_MAX = 3000
VALUES_MAX = 30_000  # of all events together, so that a trigger with very many fields is answered soon too
Keys = tuple[str, ...]
Event = dict[str, Any]


def difference(text: str) -> Event | None:
    """An event the `segment` dialect answers otherwise than `fql`, or None where none was found.

    Tried are events made of the fields and values the text names, at most `EVENTS_MAX` of them. A dialect in which the
    text is no trigger wants no event.
    """
    answers = [_answer(text, "segment"), _answer(text, "fql")]
    if answers[0] is None and answers[1] is None:
        return None
    segment, fql = (answer or _wants_nothing for answer in answers)
    return next((event for event in _events(_candidates(text)) if segment(event) != fql(event)), None)


def _answer(text: str, dialect: Any) -> Trigger | None:
    try:
        return compile_trigger(text, dialect)
    except TriggerError:
        return None


def _wants_nothing(event: Mapping[str, Any]) -> bool:
    return False


def _candidates(text: str) -> dict[Keys, list[Any]]:
    """For every field the text looks at, values worth trying; the first is the likeliest to please."""
    found: dict[Keys, list[Any]] = {("type",): ["track"]}
    for collect in (_segment_values, _fql_values):
        try:
            for keys, value in collect(text):
                found.setdefault(keys, []).extend(_near(value) if keys != ("type",) else [text_of(value)])
        except TriggerError:
            continue
    for keys in [keys for keys in found if len(keys) > 1 and (keys[-1] == "length" or keys[-1].isdigit())]:
        found.setdefault(keys[:-1], []).extend(["abcd", ["a", "b"]])
    return {keys: _distinct([*values, *_common(keys)]) for keys, values in found.items()}


def _common(keys: Keys) -> list[Any]:
    """Values worth trying at any field; the type of an event is always one of the known texts."""
    return ["identify", "page"] if keys == ("type",) else ["other", UNDEFINED, None, True, False, 0, 7, ""]


def _segment_values(text: str) -> Iterator[tuple[Keys, Any]]:
    waiting: list[conditions.Condition | conditions.Group | None] = [segment_parser.parse(text)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, conditions.Group):
            waiting.extend(node.children)
        elif isinstance(node, conditions.Condition):
            keys = segment_compiled.value_path(node)
            if keys:
                yield tuple(keys), None if node.value is UNDEFINED else node.value


def _fql_values(text: str) -> Iterator[tuple[Keys, Any]]:
    waiting: list[fql_tree.Node] = [fql_parser.parse(text)]
    while waiting:
        node = waiting.pop()
        inner = _inside(node)
        waiting.extend(inner)
        literals = [part.value for part in inner if isinstance(part, fql_tree.Literal)]
        listed = [item for part in inner if isinstance(part, fql_tree.Listing) for item in part.items]
        literals += [item.value for item in listed if isinstance(item, fql_tree.Literal)]
        for keys in (part.keys for part in inner if isinstance(part, fql_tree.Path)):
            for value in literals or [True]:
                yield keys, value


def _inside(node: fql_tree.Node) -> list[fql_tree.Node]:
    match node:
        case fql_tree.Junction(clauses=inner) | fql_tree.Call(arguments=inner) | fql_tree.Listing(items=inner):
            return list(inner)
        case fql_tree.Comparison(left=left, right=right):
            return [left, right]
        case fql_tree.Not(operand=operand):
            return [operand]
    return []


def _near(value: Any) -> list[Any]:
    """A value and its neighbours: what satisfies a comparison and what just misses it."""
    if is_number(value):
        return [value, value + 1, value - 1, str(value)]
    if isinstance(value, str):
        plain = value.replace("*", "").replace("?", "x").strip("'")
        return [value, plain, f"{plain}x", f"x{plain}", f"{plain[1:]}", [value]]
    return [value]


def _distinct(values: list[Any]) -> list[Any]:
    kept: list[Any] = []
    for value in values:
        if not any(type(value) is type(other) and value == other for other in kept):
            kept.append(value)
    return kept


def _events(candidates: dict[Keys, list[Any]]) -> Iterator[Event]:
    """Events of these values: first all of one field's with the likeliest of the others, then mixed ones."""
    fields = sorted(candidates, key=len)
    events_max = min(EVENTS_MAX, VALUES_MAX // len(fields))
    first = {keys: values[0] for keys, values in candidates.items()}
    yield _event(first, fields)
    varied = ({**first, keys: value} for keys in fields for value in candidates[keys])
    yield from (_event(values, fields) for values in islice(varied, events_max // 2))
    choose = _choices()
    for _ in range(events_max // 2):
        yield _event({keys: values[choose(len(values))] for keys, values in candidates.items()}, fields)


def _choices() -> Callable[[int], int]:
    """A fixed sequence of scattered numbers (the constants of the C standard's example generator)."""
    state = 1

    def choose(count: int) -> int:
        nonlocal state
        state = (state * 1103515245 + 12345) % 2**31
        return (state >> 8) % count

    return choose


def _event(values: dict[Keys, Any], fields: list[Keys]) -> Event:
    """The event with these values; where one field lies inside another's plain value, the outer one stays."""
    event: Event = {}
    for keys in fields:
        if values[keys] is UNDEFINED:
            continue
        owner: Any = event
        for key in keys[:-1]:
            owner = owner.setdefault(key, {})
            if not isinstance(owner, dict):
                break
        else:
            owner[keys[-1]] = values[keys]
    return event
