"""`@liquid` templates: parsed by python-liquid, run as liquidjs 10.25 runs them.

Rendering is bounded by construction: a template is at most 1,000 characters, loops are disabled, every filter's result
and the whole output are bounded in size.
"""

from collections.abc import Callable
from typing import Any

from liquid import Environment
from liquid.ast import BlockNode, ConditionalBlockNode, Node
from liquid.builtin import content
from liquid.builtin.expressions import arguments, filtered, logical, path, primitive
from liquid.builtin.output import OutputNode
from liquid.builtin.tags import (
    assign_tag,
    capture_tag,
    comment_tag,
    cycle_tag,
    decrement_tag,
    for_tag,
    if_tag,
    increment_tag,
    liquid_tag,
    unless_tag,
)
from liquid.exceptions import LiquidError
from liquid.expression import Expression

from trackyard.kit.javascript import UNDEFINED, from_utf16_units, is_number, property_of
from trackyard.kit.mapping import liquid_values
from trackyard.kit.mapping.liquid_filters import DATED, DISABLED, FILTERS, FilterError, bounded
from trackyard.kit.mapping.liquid_values import BLANK, EMPTY, NIL, Special, as_text, is_truthy, plain

TEMPLATE_LENGTH_MAX = 1000
OUTPUT_LENGTH_MAX = 1_000_000
RANGE_MAX = 1000
_DISABLED_TAGS = ("case", "for", "include", "layout", "render", "tablerow", "ifchanged", "doc")
_TIMES = ("receivedAt", "sentAt", "timestamp")  # what "now" means: a mapping has no clock


class LiquidTemplateError(ValueError):
    """The template, or what it does with an event, is refused."""


class _Stop(Exception):
    """`break` or `continue` outside a loop: nothing more is put out."""


class _Render:
    """One rendering: the event, the variables assigned so far, the output so far."""

    __slots__ = ("counters", "cycles", "event", "length", "output", "variables")

    def __init__(self, event: Any) -> None:
        self.event = event
        self.variables: dict[str, Any] = {}
        self.counters: dict[str, Any] = {}
        self.cycles: dict[str, int] = {}
        self.output: list[str] = []
        self.length = 0

    def put(self, text: str) -> None:
        self.length += len(text)
        if self.length > OUTPUT_LENGTH_MAX:
            raise LiquidTemplateError(f"found an output of more than {OUTPUT_LENGTH_MAX} characters")
        self.output.append(text)

    def scope_of(self, name: str) -> Any:
        for scope in (self.variables, self.counters):
            if name in scope:
                return scope
        if isinstance(self.event, dict | list):
            return self.event if property_of(self.event, name) is not UNDEFINED else {}
        raise LiquidTemplateError("found a payload that is no object, expected one")

    @property
    def now(self) -> Any:
        return next((self.event[name] for name in _TIMES if isinstance(self.event, dict) and name in self.event), None)


Run = Callable[[_Render], None]
Evaluate = Callable[[_Render], Any]


def compile_template(text: str) -> Callable[[Any], str]:
    """The function a template is; raises `LiquidTemplateError` on a text that is none."""
    try:
        run = _block(_ENVIRONMENT._parse(text))
    except (LiquidError, RecursionError, ValueError) as error:
        raise LiquidTemplateError(str(error) or type(error).__name__) from error

    def render(event: Any) -> str:
        state = _Render({} if event is UNDEFINED else event)
        try:
            run(state)
        except _Stop:
            pass
        except FilterError as error:
            raise LiquidTemplateError(str(error)) from error
        text = "".join(state.output)
        return text if text.isascii() else from_utf16_units(text)  # halves of a character may have met

    return render


def _environment() -> Environment:
    environment = Environment(strict_filters=False)
    environment.filters.clear()  # filters are looked up here, when the template is compiled
    for name in _DISABLED_TAGS:
        environment.tags.pop(name, None)
    return environment


_ENVIRONMENT = _environment()


# --- tags


def _block(nodes: list[Node]) -> Run:
    runs = [_node(node) for node in nodes]

    def run(state: _Render) -> None:
        for part in runs:
            part(state)

    return run


def _node(node: Node) -> Run:
    match node:
        case content.ContentNode():
            text = node.text
            return lambda state: state.put(text)
        case OutputNode():
            value = _value(node.expression)
            return lambda state: state.put(as_text(value(state)))
        case if_tag.IfNode():
            return _branches(node, is_unless=False)
        case unless_tag.UnlessNode():
            return _branches(node, is_unless=True)
        case assign_tag.AssignNode():
            return _assign(str(node.name), _value(node.expression))
        case capture_tag.CaptureNode():
            return _capture(str(node.name), _node(node.block))
        case increment_tag.IncrementNode():
            return _count(str(node.name), step=1)
        case decrement_tag.DecrementNode():
            return _count(str(node.name), step=-1)
        case cycle_tag.CycleNode():
            return _cycle(node)
        case BlockNode() | ConditionalBlockNode() if isinstance(node, BlockNode):
            return _block(list(node.nodes))
        case liquid_tag.LiquidNode():
            return _node(node.block)
        case comment_tag.CommentNode():
            return lambda state: None
        case for_tag.BreakNode() | for_tag.ContinueNode():
            return _stop
    raise LiquidTemplateError(f"found the tag {node}, which is disabled")


def _stop(state: _Render) -> None:
    raise _Stop


def _branches(node: Any, *, is_unless: bool) -> Run:
    first = _condition(node.condition)
    branches = [((lambda state: not first(state)) if is_unless else first, _node(node.consequence))]
    branches += [(_condition(other.expression), _node(other.block)) for other in node.alternatives]
    otherwise = _node(node.default) if node.default else _block([])

    def run(state: _Render) -> None:
        for condition, consequence in branches:
            if condition(state):
                consequence(state)
                return
        otherwise(state)

    return run


def _assign(name: str, value: Evaluate) -> Run:
    def run(state: _Render) -> None:
        state.variables[name] = value(state)

    return run


def _capture(name: str, block: Run) -> Run:
    def run(state: _Render) -> None:
        outer, state.output = state.output, []
        block(state)
        captured, state.output = "".join(state.output), outer
        state.length -= len(captured)
        state.variables[name] = captured

    return run


def _count(name: str, *, step: int) -> Run:
    """Counters begin at the event's own number of that name, or 0; the event itself is never changed."""

    def run(state: _Render) -> None:
        own = state.event.get(name) if isinstance(state.event, dict) else None
        value: Any = state.counters.get(name, own if is_number(own) else 0)
        state.counters[name] = value + step
        state.put(as_text(value if step > 0 else value + step))

    return run


def _cycle(node: Any) -> Run:
    group = _value(node.group) if node.group else (lambda state: UNDEFINED)
    names = ",".join(str(argument) for argument in node.args)
    values = [_value(argument) for argument in node.args]

    def run(state: _Render) -> None:
        name = f"{as_text(group(state))}:{names}"
        at = state.cycles.get(name, 0)
        state.cycles[name] = (at + 1) % len(values)
        state.put(as_text(values[at](state)))

    return run


# --- expressions


def _condition(expression: Expression) -> Callable[[_Render], bool]:
    value = _value(expression)
    return lambda state: is_truthy(value(state))


def _value(expression: Any) -> Evaluate:
    match expression:
        case primitive.Literal():
            return _constant(expression.value)
        case primitive.Nil():
            return _constant(NIL)
        case primitive.Blank():
            return _constant(BLANK)
        case primitive.Empty():
            return _constant(EMPTY)
        case primitive.RangeLiteral():
            return _range(_value(expression.start), _value(expression.stop))
        case path.Path():
            return _path(expression)
        case filtered.FilteredExpression():
            return _filtered(_value(expression.left), expression.filters or [])
        case logical.BooleanExpression():
            return _value(expression.expression)
        case logical.LogicalAndExpression():
            both = _condition(expression.left), _condition(expression.right)
            return lambda state: both[0](state) and both[1](state)
        case logical.LogicalOrExpression():
            either = _condition(expression.left), _condition(expression.right)
            return lambda state: either[0](state) or either[1](state)
    return _comparison(expression)


def _constant(value: Any) -> Evaluate:
    return lambda state: value


def _comparison(expression: Any) -> Evaluate:
    compare = _COMPARISONS.get(type(expression))
    if compare is None:
        raise LiquidTemplateError(f"found {expression}, which is no value")
    left, right = _value(expression.left), _value(expression.right)
    return lambda state: compare(left(state), right(state))


_COMPARISONS: dict[type, Callable[[Any, Any], bool]] = {
    logical.EqExpression: liquid_values.equal,
    logical.NeExpression: lambda left, right: not liquid_values.equal(left, right),
    logical.LtExpression: lambda left, right: liquid_values.compare("<", left, right),
    logical.LeExpression: lambda left, right: liquid_values.compare("<=", left, right),
    logical.GtExpression: lambda left, right: liquid_values.compare(">", left, right),
    logical.GeExpression: lambda left, right: liquid_values.compare(">=", left, right),
    logical.ContainsExpression: liquid_values.contains,
}


def _range(start: Evaluate, stop: Evaluate) -> Evaluate:
    def evaluate(state: _Render) -> list[int]:
        first, last = liquid_values.as_index(start(state)), liquid_values.as_index(stop(state))
        if last - first > RANGE_MAX:
            raise LiquidTemplateError(f"found a range of more than {RANGE_MAX} numbers")
        return list(range(first, last + 1))

    return evaluate


def _path(expression: Any) -> Evaluate:
    keys = [_path(key) if isinstance(key, path.Path) else _constant(key) for key in expression.path]

    def evaluate(state: _Render) -> Any:
        first, *rest = [plain(key(state)) for key in keys]
        name = as_text(first)
        value = liquid_values.member(state.scope_of(name), name)
        for key in rest:
            value = liquid_values.member(value, key)
        return value

    return evaluate


def _filtered(value: Evaluate, filters: list[Any]) -> Evaluate:
    for filter_ in filters:
        value = _filter(value, filter_)
    return value


def _filter(value: Evaluate, filter_: Any) -> Evaluate:
    """One filter applied; unknown filters pass the value on, disabled ones refuse the event."""
    function = FILTERS.get(filter_.name)
    if filter_.name in DISABLED:
        return _disabled(filter_.name)
    if function is None:
        return value
    others = [_argument(argument) for argument in filter_.args]
    takes_now = filter_.name in DATED

    def evaluate(state: _Render) -> Any:
        extra = {"now": state.now} if takes_now else {}
        values = [other(state) for other in others]
        try:
            return bounded(function(_unspecial(value(state)), *values, **extra))
        except (TypeError, OverflowError) as error:
            raise LiquidTemplateError(f"{filter_.name}: {error}") from error

    return evaluate


def _unspecial(value: Any) -> Any:
    return plain(value) if isinstance(value, Special) else value


def _argument(argument: Any) -> Evaluate:
    value = _value(argument.value)
    if isinstance(argument, arguments.KeywordArgument):
        name = argument.name
        return lambda state: [name, value(state)]
    return value


def _disabled(name: str) -> Evaluate:
    def evaluate(state: _Render) -> Any:
        raise LiquidTemplateError(f"found the filter {name}, which is disabled")

    return evaluate


def variables(text: str) -> set[str]:
    """The event paths a template reads; the whole event (`""`) where that cannot be said."""
    try:
        template = _ENVIRONMENT.from_string(text)
        found = template.global_variable_segments()
    except (LiquidError, RecursionError):
        return set()
    plain_paths = [segments for segments in found if all(isinstance(part, str | int) for part in segments)]
    return {""} if len(plain_paths) < len(found) else {".".join(map(str, segments)) for segments in plain_paths}
