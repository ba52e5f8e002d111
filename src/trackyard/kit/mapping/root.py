"""The mapping as it is worked on: its root directive put in place, its size bounded."""

from typing import Any

from trackyard.kit.javascript import utf16_units
from trackyard.kit.mapping.errors import refused

ROOT_DIRECTIVE = "__segment_internal_directive"
DEPTH_MAX = 100
NODES_MAX = 2_000  # Segment's largest default mapping has 244; more would not compile within 50 ms


def processed(mapping: Any) -> dict[str, Any]:
    """`mapping` as an object: texts and arrays by index, and a root directive given the other members as `mapping`."""
    members = _members(mapping)
    if ROOT_DIRECTIVE not in members:
        return members
    directive = members[ROOT_DIRECTIVE]
    if not isinstance(directive, dict) or len(directive) != 1:
        raise refused(f"/{ROOT_DIRECTIVE}", "expected an object with a single directive")
    [(name, argument)] = directive.items()
    if not isinstance(argument, dict | list):
        raise refused(f"/{ROOT_DIRECTIVE}/{name}", "expected an object")
    if isinstance(argument, list):
        return directive
    others = {key: member for key, member in members.items() if key != ROOT_DIRECTIVE}
    return {name: {**argument, "mapping": others}}


def _members(mapping: Any) -> dict[str, Any]:
    match mapping:
        case dict():
            return dict(mapping)
        case list():
            return {str(at): item for at, item in enumerate(mapping)}
        case str():
            return {str(at): unit for at, unit in enumerate(utf16_units(mapping))}
        case None:
            raise refused("/", "found null, expected an object")
    return {}


def check_size(mapping: Any, nodes_max: int = NODES_MAX) -> None:
    """Refuse what is too deep or too large to compile in bounded time."""
    level, depth, nodes = [mapping], 0, 0
    while level:
        nodes += len(level)
        if nodes > nodes_max:
            raise refused("/", f"found more than {nodes_max} values, expected fewer")
        if depth > DEPTH_MAX:
            raise refused("/", f"found more than {DEPTH_MAX} levels, expected fewer")
        level = [member for value in level for member in _children(value)]
        depth += 1


def _children(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []
