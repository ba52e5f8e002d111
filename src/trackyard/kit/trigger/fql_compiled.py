"""An FQL tree as one Python expression over the event."""

import math
from typing import Any

from trackyard.kit.javascript import is_number
from trackyard.kit.trigger import fql_functions
from trackyard.kit.trigger.errors import TriggerError
from trackyard.kit.trigger.expression import INLINE_PATH_MAX
from trackyard.kit.trigger.fql_tree import Call, Comparison, Junction, Listing, Literal, Node, Not, Path
from trackyard.kit.trigger.glob import GlobError, compile_glob

_BOOLEAN_CALLS = ("contains", "match", "bool")


class Compiler:
    """Writes expressions and keeps what they need bound by name."""

    def __init__(self) -> None:
        self.names: dict[str, Any] = {
            "same": fql_functions.same,
            "compare": fql_functions.compare,
            "is_in": fql_functions.is_in,
            "negated": fql_functions.negated,
            "clause": fql_functions.clause,
            "walk_objects": _walk_objects,
            **{f"fql_{name}": function for name, function in fql_functions.FUNCTIONS.items()},
        }

    def clause(self, node: Node) -> str:
        """Python for a node that must be true or false."""
        code = self.value(node)
        return code if _is_boolean(node) else f"clause({code})"

    def value(self, node: Node) -> str:
        """Python for the value of a node; null is None."""
        match node:
            case Junction(operator=operator, clauses=clauses):
                return "(" + f" {operator} ".join(self.clause(part) for part in clauses) + ")"
            case Not(operand=operand):
                code = self.value(operand)
                return f"(not {code})" if _is_boolean(operand) else f"negated({code})"
            case Comparison():
                return self.comparison(node)
            case Call():
                return self.call(node)
            case Path(keys=keys):
                return _path(keys)
            case Listing(items=items):
                return f"[{', '.join(self.value(item) for item in items)}]"
            case Literal(value=value):
                return self.literal(value)
        raise AssertionError(f"no expression for {type(node).__name__}")

    def literal(self, value: Any) -> str:
        if isinstance(value, float) and not math.isfinite(value):
            return "INFINITY" if value > 0 else "-INFINITY"
        return repr(value)

    def comparison(self, node: Comparison) -> str:
        if node.operator == "in":
            return self.membership(node.left, node.right)
        left, right = node.left, node.right
        if isinstance(left, Literal) and not isinstance(right, Literal):
            left, right = right, left
            operator = _MIRRORED[node.operator]
        else:
            operator = node.operator
        if isinstance(right, Literal):
            return self.comparison_with(left, operator, right.value)
        if operator in ("=", "!="):
            return f"({'not ' if operator == '!=' else ''}same({self.value(left)}, {self.value(right)}))"
        return f"compare({self.value(left)}, {operator!r}, {self.value(right)})"

    def comparison_with(self, left: Node, operator: str, value: Any) -> str:
        code = self.value(left)
        negation = "not " if operator == "!=" else ""
        if is_number(value):
            sign = "==" if operator in ("=", "!=") else operator
            return f"({negation}(type(v := {code}) in NUMBERS and v {sign} {self.literal(value)}))"
        if operator not in ("=", "!="):
            return f"compare({code}, {operator!r}, {self.literal(value)})"
        if isinstance(value, str):
            return f"({code} {'!=' if negation else '=='} {value!r})"
        return f"({code} is {negation}{value!r})" if code.isidentifier() else f"((v := {code}) is {negation}{value!r})"

    def membership(self, left: Node, right: Node) -> str:
        if isinstance(right, Listing) and all(_is_text(item) for item in right.items):
            texts = tuple(item.value for item in right.items if isinstance(item, Literal))
            return f"(type(v := {self.value(left)}) is str and v in {texts!r})"
        return f"is_in({self.value(left)}, {self.value(right)})"

    def call(self, node: Call) -> str:
        first, second = node.arguments[0], node.arguments[-1]
        if node.name == "contains" and _is_text(second):
            assert isinstance(second, Literal)
            return f"(type(v := {self.value(first)}) is str and {second.value!r} in v)"
        if node.name == "match" and _is_text(second):
            assert isinstance(second, Literal)
            return f"(type(v := {self.value(first)}) is str and {self.glob(second)}(v))"
        return f"fql_{node.name}({', '.join(self.value(argument) for argument in node.arguments)})"

    def glob(self, pattern: Literal) -> str:
        """The name of the test a pattern written in the text stands for."""
        name = f"glob{len(self.names)}"
        try:
            self.names[name] = compile_glob(pattern.value)
        except GlobError as error:
            raise TriggerError(str(error), pattern.start) from error
        return name


_MIRRORED = {"=": "=", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}


def _is_text(node: Node) -> bool:
    return isinstance(node, Literal) and isinstance(node.value, str)


def _is_boolean(node: Node) -> bool:
    """Whether the expression for `node` is always true or false."""
    return isinstance(node, Junction | Not | Comparison) or (isinstance(node, Call) and node.name in _BOOLEAN_CALLS)


def _path(keys: tuple[str, ...]) -> str:
    """Paths lead through objects only: lists have no members in FQL."""
    if len(keys) > INLINE_PATH_MAX:
        return f"walk_objects(event, {keys!r})"
    expression = f"event.get({keys[0]!r})"
    for key in keys[1:]:
        expression = f"(v.get({key!r}) if type(v := {expression}) is dict else None)"
    return expression


def _walk_objects(owner: Any, keys: tuple[str, ...]) -> Any:
    for key in keys:
        owner = owner.get(key) if isinstance(owner, dict) else None
    return owner
