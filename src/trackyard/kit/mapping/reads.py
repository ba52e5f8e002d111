"""Which parts of an event a mapping reads."""

from collections.abc import Callable
from typing import Any

from trackyard.kit.mapping import liquid, template
from trackyard.kit.mapping.path import pieces_of, without_root
from trackyard.kit.mapping.root import processed

WHOLE_EVENT = ""


def paths(mapping: object) -> frozenset[str]:
    """The event paths `mapping` reads, joined by dots: `properties.total`; `""` where it may read the whole event.

    A path covers everything below it: for `@arrayPath` it is the array, whatever the shape picks from its items.
    """
    return frozenset(_read(processed(mapping)))


def _read(node: Any) -> set[str]:
    if isinstance(node, list):
        return _all_read(node)
    if not isinstance(node, dict):
        return set()
    names = [key for key in node if key.startswith("@")]
    if not names or any(key != "_metadata" and not key.startswith("@") for key in node):
        return _all_read(list(node.values()))
    return _DIRECTIVES.get(names[0], _read)(node[names[0]])


def _all_read(nodes: list[Any]) -> set[str]:
    return set().union(*map(_read, nodes))


def _path(argument: Any) -> set[str]:
    return {".".join(pieces_of(without_root(argument)))} if isinstance(argument, str) else {WHOLE_EVENT}


def _array_path(argument: Any) -> set[str]:
    if not isinstance(argument, list) or not argument:
        return set()
    return _path(argument[0]) if isinstance(argument[0], str) else _read(argument[0])


def _template(argument: Any) -> set[str]:
    """What triple braces bring in may hold further placeholders, so then nothing can be said beforehand."""
    if not isinstance(argument, str) or len(template.parts_of(argument, 3)) > 1:
        return {WHOLE_EVENT}
    return {".".join(pieces_of(part)) for fixed, part in template.parts_of(argument, 2) if not fixed}


def _transform(argument: Any) -> set[str]:
    """The mapping of a transform reads what `apply` answers, not the event."""
    if not isinstance(argument, dict) or not isinstance(argument.get("apply"), dict):
        return set()
    return _read(processed(argument["apply"]))


def _liquid(argument: Any) -> set[str]:
    return liquid.variables(argument) if isinstance(argument, str) else set()


_DIRECTIVES: dict[str, Callable[[Any], set[str]]] = {
    "@path": _path,
    "@arrayPath": _array_path,
    "@template": _template,
    "@transform": _transform,
    "@liquid": _liquid,
}
