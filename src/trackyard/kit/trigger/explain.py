"""Why a trigger wants an event or does not: every clause with its answer and the value it found."""

from collections.abc import Mapping
from typing import Any

import msgspec

from trackyard.kit.javascript import UNDEFINED
from trackyard.kit.trigger import conditions, fql_compiled, fql_parser, fql_tree, segment_compiled, segment_parser
from trackyard.kit.trigger.compiled import Dialect
from trackyard.kit.trigger.errors import TriggerError
from trackyard.kit.trigger.expression import function_of, walk


class Clause(msgspec.Struct, frozen=True, omit_defaults=True):
    """One clause: its text, whether it holds, what was found at its fields, and the clauses it is made of."""

    clause: str
    holds: bool
    found: Mapping[str, Any] = {}
    operator: str = ""
    parts: "tuple[Clause, ...]" = ()


def explain(text: str, event: Mapping[str, Any], dialect: Dialect = "fql") -> Clause:
    """The clauses of the trigger `text` on `event`; raises `TriggerError` on a text that is no trigger."""
    if dialect == "segment":
        return _segment_clause(segment_parser.parse(text), event)
    return _fql_clause(fql_parser.parse(text), event, text)


def deciding(clause: Clause) -> list[Clause]:
    """The smallest clauses that made the answer what it is."""
    decisive = [part for part in clause.parts if part.holds == clause.holds]
    if clause.operator == "!":
        return [leaf for part in clause.parts for leaf in deciding(part)]
    return [leaf for part in decisive for leaf in deciding(part)] if decisive else [clause]


def _segment_clause(node: "conditions.Condition | conditions.Group | None", event: Mapping[str, Any]) -> Clause:
    match node:
        case conditions.Group(operator=operator, children=children):
            parts = tuple(_segment_clause(child, event) for child in children)
            return Clause(conditions.write(node), _holds(segment_compiled.expression(node), event), {}, operator, parts)
        case conditions.Condition():
            text = conditions.write(conditions.Group("and", (node,)))
            keys = segment_compiled.value_path(node)
            found = {".".join(keys): _shown(walk(event, keys))} if keys else {}
            return Clause(text, _holds(segment_compiled.expression(node), event), found)
    return Clause("()", False)


def _fql_clause(node: fql_tree.Node, event: Mapping[str, Any], text: str) -> Clause:
    quoted = text[node.start : node.end]
    compiler = fql_compiled.Compiler()
    holds = _holds(compiler.clause(node), event, compiler.names)
    match node:
        case fql_tree.Junction(operator=operator, clauses=clauses):
            return Clause(quoted, holds, {}, operator, tuple(_fql_clause(part, event, text) for part in clauses))
        case fql_tree.Not(operand=operand):
            return Clause(quoted, holds, {}, "!", (_fql_clause(operand, event, text),))
    found = {".".join(keys): _shown(_fql_value(keys, event)) for keys in _fql_paths(node)}
    return Clause(quoted, holds, found)


def _fql_paths(node: fql_tree.Node) -> list[tuple[str, ...]]:
    match node:
        case fql_tree.Path(keys=keys):
            return [keys]
        case fql_tree.Comparison(left=left, right=right):
            return _fql_paths(left) + _fql_paths(right)
        case fql_tree.Call(arguments=inner) | fql_tree.Listing(items=inner) | fql_tree.Junction(clauses=inner):
            return [keys for part in inner for keys in _fql_paths(part)]
        case fql_tree.Not(operand=operand):
            return _fql_paths(operand)
    return []


def _fql_value(keys: tuple[str, ...], event: Mapping[str, Any]) -> Any:
    owner: Any = event
    for key in keys:
        owner = owner.get(key, UNDEFINED) if isinstance(owner, dict) else UNDEFINED
    return owner


def _holds(expression: str, event: Mapping[str, Any], names: Mapping[str, Any] | None = None) -> bool:
    try:
        return function_of(expression, names)(event)
    except TriggerError:
        return False


def _shown(value: Any) -> Any:
    return "(missing)" if value is UNDEFINED else value
