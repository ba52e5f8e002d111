"""One Python function made from a mapping.

The function is written as source text once per mapping. Only names of ours and `repr` of the mapping's own texts and
numbers go into it; everything else is bound by name. Statements are emitted in the order the mapping is written, each
directive leaves its result in a variable of its own.

A result can be undefined as a whole (`optional`) or hold undefined members somewhere inside (`holes`): objects and
arrays that other directives read keep them, because `@merge`, `@flatten` and `@arrayPath` can tell undefined from
missing; on the way to the output they are taken out.
"""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from trackyard.kit.javascript import UNDEFINED, json_text, property_of, type_name, utf16_length
from trackyard.kit.mapping import liquid, operations, template
from trackyard.kit.mapping.errors import MappingError, refused
from trackyard.kit.mapping.path import follow, pieces_of, value_at, without_root
from trackyard.kit.mapping.root import processed
from trackyard.kit.mapping.validate import DIRECTIVES, problems_of

INLINE_STEPS_MAX = 3  # longer ways are walked: every inlined step costs compile time
LIQUID_LENGTH_MAX = 20_000  # of one mapping: a thousand characters take some 2 ms to parse
OUTLINE_DEPTH = 24  # blocks nested deeper become functions: Python allows 100 levels of indentation
Piece = tuple[str, ...]


class Result(NamedTuple):
    """Where a value is found in the generated code, and what is known about it."""

    code: str
    optional: bool = False
    holes: bool = False


class Scope(NamedTuple):
    """The payload the paths of a function read, and the values already fetched from it."""

    payload: str
    is_object: bool
    holes: bool
    known: dict[Piece, str]


class Generated(NamedTuple):
    source: str
    names: dict[str, Any]


def generate(mapping: Any, *, event_is_object: bool, trace: Callable[[str, str, Any], None] | None = None) -> Generated:
    """The source of `answer(event)` and the names it needs. With `trace`, it is told of every path followed."""
    writer = _Writer(trace)
    with writer.function("answer", "event"):
        scope = Scope("event", event_is_object, False, {})
        result = writer.on_the_wire(writer.resolve(mapping, scope, (), keep=False), ())
        writer.line(f"return {result.code}")
    return Generated("\n".join(writer.functions), writer.names)


class _Writer:
    def __init__(self, trace: Callable[[str, str, Any], None] | None) -> None:
        self.functions: list[str] = []
        self.lines: list[str] = []
        self.indent = 0
        self.count = 0
        self.trace = trace
        self.transforms = False
        self.liquid_length = 0
        self.names: dict[str, Any] = dict(_NAMES)
        if trace is not None:
            self.names["trace"] = trace

    # --- writing

    def line(self, text: str) -> None:
        self.lines.append(" " * self.indent + text)

    def name(self) -> str:
        self.count += 1
        return f"v{self.count}"

    def bound(self, value: Any) -> str:
        self.count += 1
        self.names[f"k{self.count}"] = value
        return f"k{self.count}"

    @contextmanager
    def block(self, opening: str) -> Iterator[None]:
        self.line(opening)
        self.indent += 1
        yield
        self.indent -= 1

    @contextmanager
    def function(self, name: str, *parameters: str) -> Iterator[None]:
        """A function of its own; what it is called with must be passed, it sees no variables from outside."""
        outer, outer_indent = self.lines, self.indent
        self.lines, self.indent = [], 0
        with self.block(f"def {name}({', '.join(parameters)}):"):
            yield
        self.functions.append("\n".join(self.lines))
        self.lines, self.indent = outer, outer_indent

    # --- values

    def resolve(self, node: Any, scope: Scope, place: tuple[str, ...], *, keep: bool) -> Result:
        """Code for `node`. With `keep`, undefined members stay in what it builds."""
        if isinstance(node, dict):
            names = [key for key in node if key.startswith("@")]
            if names and all(key.startswith("@") or key == "_metadata" for key in node):
                return self.directive(names[0], node[names[0]], scope, (*place, names[0]), keep)
            return self.object(node, scope, place, keep=keep)
        if isinstance(node, list):
            return self.array(node, scope, place, keep=keep)
        return Result(self.constant(node))

    def constant(self, value: Any) -> str:
        if isinstance(value, str | bool | None):
            return repr(value)
        if isinstance(value, int) and abs(value) < 2**63:
            return repr(value)
        if isinstance(value, float) and math.isfinite(value):
            return repr(value)
        return self.bound(value)

    def object(self, node: dict[str, Any], scope: Scope, place: tuple[str, ...], *, keep: bool) -> Result:
        target = self.name()
        self.line(f"{target} = {{}}")
        holes = False
        for key, member in node.items():
            result = self.finished(self.resolve(member, scope, (*place, key), keep=keep), keep)
            assignment = f"{target}[{key!r}] = {result.code}"
            if result.optional and not keep:
                self.line(f"if {result.code} is not UNDEFINED: {assignment}")
            else:
                self.line(assignment)
            holes |= keep and (result.optional or result.holes)
        return Result(target, holes=holes)

    def array(self, node: list[Any], scope: Scope, place: tuple[str, ...], *, keep: bool) -> Result:
        results = [self.resolve(item, scope, (*place, str(at)), keep=keep) for at, item in enumerate(node)]
        items = [self.finished(result, keep) for result in results]
        if not keep:
            items = [self.defined(item) if item.optional else item for item in items]
        target = self.name()
        self.line(f"{target} = [{', '.join(item.code for item in items)}]")
        return Result(target, holes=keep and any(item.optional or item.holes for item in items))

    def defined(self, result: Result) -> Result:
        """An undefined array item goes over the wire as null."""
        target = self.name()
        self.line(f"{target} = None if {result.code} is UNDEFINED else {result.code}")
        return Result(target)

    def finished(self, result: Result, keep: bool) -> Result:
        """`result` without undefined members inside, unless they are to be kept."""
        if keep or not result.holes:
            return result
        target = self.name()
        self.line(f"{target} = on_the_wire({result.code})")
        return Result(target, result.optional)

    def on_the_wire(self, result: Result, place: tuple[str, ...]) -> Result:
        """The answer of a mapping; where transforms could multiply an event, its size is checked."""
        result = self.finished(result, keep=False)
        if self.transforms:
            self.line(f"bounded_tree({result.code}, {_place(place)})")
        return result

    # --- paths

    def path(self, path: str, scope: Scope, place: tuple[str, ...]) -> Result:
        """Code for the value at a path known beforehand."""
        pieces = pieces_of(path)
        if not pieces:
            return Result(scope.payload, optional=not scope.is_object, holes=scope.holes)
        known = next((at for at in range(len(pieces), 0, -1) if pieces[:at] in scope.known), 0)
        if len(pieces) - known > INLINE_STEPS_MAX:
            owner = scope.known.get(pieces[:known], scope.payload)
            scope.known[pieces] = self.assigned(f"follow({owner}, {pieces[known:]!r})").code
        else:
            for at in range(known + 1, len(pieces) + 1):
                owner = scope.known.get(pieces[: at - 1], scope.payload)
                scope.known[pieces[:at]] = self.member(owner, pieces[at - 1], scope, is_payload=at == 1)
        code = scope.known[pieces]
        if self.trace is not None:
            self.line(f"trace({_place(place)}, {path!r}, {code})")
        return Result(code, optional=True, holes=scope.holes)

    def member(self, owner: str, key: str, scope: Scope, *, is_payload: bool) -> str:
        target = self.name()
        fetch = f"{owner}.get({key!r}, UNDEFINED)"
        if not (is_payload and scope.is_object):
            fetch += f" if type({owner}) is dict else property_of({owner}, {key!r})"
        self.line(f"{target} = {fetch}")
        return target

    # --- directives

    def directive(self, name: str, argument: Any, scope: Scope, place: tuple[str, ...], keep: bool) -> Result:
        if name not in DIRECTIVES:
            return self.refuse(place, f"found the unknown directive {name}")
        if self.indent <= OUTLINE_DEPTH:
            return _DIRECTIVES[name](self, argument, scope, place, keep)
        return self.outlined(name, argument, scope, place, keep)

    def outlined(self, name: str, argument: Any, scope: Scope, place: tuple[str, ...], keep: bool) -> Result:
        """The directive as a function of its own, so that blocks do not nest too deeply."""
        function = f"f{self.bound(None)}"
        with self.function(function, "item"):
            inner = Scope("item", scope.is_object, scope.holes, {})
            result = _DIRECTIVES[name](self, argument, inner, place, keep)
            self.line(f"return {result.code}")
        return self.assigned(f"{function}({scope.payload})", optional=result.optional, holes=result.holes)

    def named(self, result: Result) -> Result:
        """`result` in a variable: Python warns of `is` beside a literal."""
        return result if result.code.isidentifier() else self.assigned(result.code)

    def assigned(self, code: str, *, optional: bool = False, holes: bool = False) -> Result:
        target = self.name()
        self.line(f"{target} = {code}")
        return Result(target, optional, holes)

    def refuse(self, place: tuple[str, ...], message: str) -> Result:
        self.line(f"fail({_place(place)}, {message!r})")
        return Result("UNDEFINED", optional=True)

    def dynamic_text(self, argument: Any, scope: Scope, place: tuple[str, ...]) -> Result:
        """Code for a text that another directive answers."""
        result = self.resolve(argument, scope, place, keep=False)
        self.line(f"if type({result.code}) is not str: expected_text({result.code}, {_place(place)})")
        return result

    def if_(self, argument: Any, scope: Scope, place: tuple[str, ...], keep: bool) -> Result:
        if not isinstance(argument, dict):
            return self.refuse(place, "expected an object with exists or blank")
        if not (_truthy(argument.get("exists")) or _truthy(argument.get("blank"))):
            return self.refuse(place, "found neither exists nor blank, expected one of them")
        asked = "exists" if "exists" in argument else "blank"
        value = self.named(self.resolve(argument[asked], scope, (*place, asked), keep=False))
        if asked == "exists":
            test = f"{value.code} is not None and {value.code} is not UNDEFINED"
        else:
            test = f"not is_blank({value.code})"
        target = self.name()
        self.line(f"{target} = UNDEFINED")
        branches = []
        if "then" in argument:
            with self.block(f"if {test}:"):
                branches.append(self.branch(target, argument["then"], scope, (*place, "then"), keep))
        if _truthy(argument.get("else")):
            with self.block("else:" if "then" in argument else f"if not ({test}):"):
                branches.append(self.branch(target, argument["else"], scope, (*place, "else"), keep))
        optional = len(branches) < 2 or any(branch.optional for branch in branches)
        return Result(target, optional, any(branch.holes for branch in branches))

    def branch(self, target: str, node: Any, scope: Scope, place: tuple[str, ...], keep: bool) -> Result:
        inner = scope._replace(known=dict(scope.known))
        result = self.resolve(node, inner, place, keep=keep)
        self.line(f"{target} = {result.code}")
        return result

    def case(self, argument: Any, scope: Scope, place: tuple[str, ...], keep: bool) -> Result:
        if not isinstance(argument, dict) or not _truthy(argument.get("operator")):
            return self.refuse(place, "found no operator, expected lower or upper")
        if not _truthy(argument.get("value")):
            return Result("UNDEFINED", optional=True)
        value = self.resolve(argument["value"], scope, (*place, "value"), keep=keep)
        operator = self.constant(argument["operator"])
        changed = f"changed_case({value.code}, {operator}, {_place(place)})"
        return self.assigned(changed, optional=value.optional, holes=value.holes)

    def replace(self, argument: Any, scope: Scope, place: tuple[str, ...], keep: bool) -> Result:
        if not isinstance(argument, dict) or not _truthy(argument.get("pattern")):
            return self.refuse(place, "found no pattern, expected one")
        if not _truthy(argument.get("value")):
            return Result("UNDEFINED", optional=True)
        value = self.resolve(argument["value"], scope, (*place, "value"), keep=False)
        functions = [self.bound(function) for function in _replacers(argument, place)]
        if not functions:
            return Result("''")
        text = self.assigned(f"text_to_replace_in({value.code})").code
        call = text
        for function in functions:
            call = f"{function}({call})"
        return self.assigned(f"'' if {text} is None else {call}")

    def array_path(self, argument: Any, scope: Scope, place: tuple[str, ...], keep: bool) -> Result:
        if not isinstance(argument, list):
            return self.refuse(place, f"found {type_name(argument)}, expected an array of a path and a shape")
        path = argument[0] if argument else UNDEFINED
        if isinstance(path, str):
            root = self.path(without_root(path), scope, place)
        elif path is UNDEFINED:
            root = Result("UNDEFINED", optional=True)
        else:
            root = self.resolve(path, scope, (*place, "0"), keep=True)
        shape = argument[1] if len(argument) > 1 else None
        if not isinstance(shape, dict) or not shape:
            return root
        function = f"f{self.bound(None)}"
        with self.function(function, "item"):
            inner = Scope("item", False, root.holes, {})
            item = self.finished(self.resolve(shape, inner, (*place, "1"), keep=keep), keep)
            if item.optional and not keep:
                item = self.defined(item)
            self.line(f"return {item.code}")
        target = self.name()
        self.line(f"if type({root.code}) is list: {target} = [{function}(item) for item in {root.code}]")
        self.line(f"elif type({root.code}) is dict: {target} = [{function}({root.code})]")
        self.line(f"else: {target} = {root.code}")
        return Result(target, root.optional, keep and (item.optional or item.holes))

    def path_(self, argument: Any, scope: Scope, place: tuple[str, ...], keep: bool) -> Result:
        if isinstance(argument, str):
            return self.path(without_root(argument), scope, place)
        path = self.dynamic_text(argument, scope, place)
        return self.assigned(f"value_at({scope.payload}, without_root({path.code}))", optional=True, holes=scope.holes)

    def template(self, argument: Any, scope: Scope, place: tuple[str, ...], keep: bool) -> Result:
        if isinstance(argument, str) and not any(not fixed for fixed, _ in template.parts_of(argument, 3)):
            text = self.static_template(argument, scope, place)
        else:
            source = Result(repr(argument)) if isinstance(argument, str) else self.dynamic_text(argument, scope, place)
            text = self.assigned(f"bounded_text(render({source.code}, {scope.payload}), {_place(place)})")
        return text

    def static_template(self, argument: str, scope: Scope, place: tuple[str, ...]) -> Result:
        """A template whose placeholders are known beforehand: its parts put together."""
        parts = []
        pieces = template.parts_of(argument, 2)
        for fixed, part in pieces:
            if fixed:
                parts += [repr(part)] if part else []
            else:
                code = self.path(part, scope, place).code
                parts.append(f"({code} if type({code}) is str else placeholder_text({code}))")
        text = self.assigned(" + ".join(parts) or "''")
        if len(pieces) > 3:  # a single placeholder cannot multiply what it brings in
            self.line(f"if len({text.code}) > {operations.TEXT_LENGTH_MAX}: bounded_text({text.code}, {_place(place)})")
        return text

    def literal(self, argument: Any, scope: Scope, place: tuple[str, ...], keep: bool) -> Result:
        return self.resolve(argument, scope, place, keep=keep)

    def flatten(self, argument: Any, scope: Scope, place: tuple[str, ...], keep: bool) -> Result:
        if not isinstance(argument, dict) or not _truthy(argument.get("separator")):
            return self.refuse(place, "found no separator, expected one")
        separator = self.dynamic_text(argument["separator"], scope, (*place, "separator"))
        value = Result("UNDEFINED", optional=True)
        if "value" in argument:
            value = self.resolve(argument["value"], scope, (*place, "value"), keep=True)
        omit = _truthy(argument.get("omitArrays"))
        holes = value.optional or value.holes
        return self.assigned(f"flattened({value.code}, {separator.code}, {omit})", holes=holes)

    def json(self, argument: Any, scope: Scope, place: tuple[str, ...], keep: bool) -> Result:
        if not isinstance(argument, dict) or not _truthy(argument.get("mode")):
            return self.refuse(place, "found no mode, expected encode or decode")
        if not _truthy(argument.get("value")):
            return self.refuse(place, "found no value, expected one")
        value = self.resolve(argument["value"], scope, (*place, "value"), keep=False)
        match argument["mode"]:
            case "encode":
                if self.transforms:
                    self.line(f"bounded_tree({value.code}, {_place(place)})")
                encoded = self.assigned(f"json_text({value.code})", optional=value.optional)
                self.line(f"if {encoded.code} is not UNDEFINED: bounded_text({encoded.code}, {_place(place)})")
                return encoded
            case "decode":
                return self.assigned(f"decoded_json({value.code})", optional=value.optional, holes=value.holes)
        return Result("UNDEFINED", optional=True)

    def merge(self, argument: Any, scope: Scope, place: tuple[str, ...], keep: bool) -> Result:
        if not isinstance(argument, dict) or not _truthy(argument.get("direction")):
            return self.refuse(place, "found no direction, expected left or right")
        if not isinstance(argument.get("objects"), list):
            return self.refuse(place, "found no objects, expected an array of them")
        direction = self.resolve(argument["direction"], scope, (*place, "direction"), keep=False)
        objects = self.array(argument["objects"], scope, (*place, "objects"), keep=True)
        reverse = f"[::-1] if {direction.code} == 'left' else {objects.code}"
        return self.assigned(f"merged({objects.code}{reverse})", holes=objects.holes)

    def transform(self, argument: Any, scope: Scope, place: tuple[str, ...], keep: bool) -> Result:
        if not isinstance(argument, dict) or not _truthy(argument.get("mapping")):
            return self.refuse(place, "found no mapping, expected one")
        if not isinstance(argument.get("apply"), dict):
            return self.refuse(place, "found no object under apply, expected one")
        try:
            apply = processed(argument["apply"])
        except MappingError as error:
            return self.refuse(place, str(error))
        if problems := problems_of(apply):
            return self.refuse((*place, "apply"), str(MappingError(*problems)))
        self.transforms = True
        inner = self.transform_payload(scope, place)
        applied = self.resolve(apply, inner, (*place, "apply"), keep=True)
        if applied.holes:
            applied = self.assigned(f"without_holes({applied.code})", optional=applied.optional, holes=True)
        self.line(f"bounded_tree({applied.code}, {_place(place)})")
        outer = Scope(applied.code, False, applied.holes, {})
        return self.resolve(argument["mapping"], outer, (*place, "mapping"), keep=keep)

    def transform_payload(self, scope: Scope, place: tuple[str, ...]) -> Scope:
        """A transform reads objects only; an undefined payload counts as an empty one."""
        if scope.is_object:
            return scope
        payload = self.assigned(f"transformable({scope.payload}, {_place(place)})").code
        return Scope(payload, True, scope.holes, {})

    def exclude_when_null(self, argument: Any, scope: Scope, place: tuple[str, ...], keep: bool) -> Result:
        value = self.resolve(argument, scope, place, keep=keep)
        return self.assigned(f"without_nulls({value.code})", optional=True, holes=True)

    def liquid(self, argument: Any, scope: Scope, place: tuple[str, ...], keep: bool) -> Result:
        if not isinstance(argument, str):
            return self.refuse(place, f"found {type_name(argument)}, expected a text")
        if not argument:
            return Result("''")
        if utf16_length(argument) > liquid.TEMPLATE_LENGTH_MAX:
            return self.refuse(place, f"found more than {liquid.TEMPLATE_LENGTH_MAX} characters, expected fewer")
        self.liquid_length += len(argument)
        if self.liquid_length > LIQUID_LENGTH_MAX:
            raise refused("/" + "/".join(place), f"found more than {LIQUID_LENGTH_MAX} characters of Liquid in all")
        try:
            render = self.bound(liquid.compile_template(argument))
        except liquid.LiquidTemplateError as error:
            return self.refuse(place, str(error))
        return self.assigned(f"liquid_text({render}, {scope.payload}, {_place(place)})")


def _replacers(argument: dict[str, Any], place: tuple[str, ...]) -> list[Callable[[str], str]]:
    """The one or two replacements to run; none where an argument has a type the reference gives '' for."""

    def given(key: str, default: Any) -> Any:
        return default if argument.get(key) is None else argument[key]

    ignore_case, everywhere = given("ignorecase", False), given("global", True)
    pairs = [(argument["pattern"], given("replacement", ""))]
    if argument.get("pattern2") and isinstance(argument["pattern2"], str):
        pairs.append((argument["pattern2"], given("replacement2", "")))
    if not (isinstance(ignore_case, bool) and isinstance(everywhere, bool) and all(map(_is_text_pair, pairs[:1]))):
        return []
    return [
        operations.replacer(pattern, replacement, ignore_case=ignore_case, everywhere=everywhere, place="/".join(place))
        for pattern, replacement in filter(_is_text_pair, pairs)
    ]


def _is_text_pair(pair: tuple[Any, Any]) -> bool:
    return isinstance(pair[0], str) and isinstance(pair[1], str)


def _truthy(value: Any) -> bool:
    """What ECMAScript takes for true: everything but undefined, null, false, 0 and ''."""
    return isinstance(value, dict | list) or bool(value)


def _place(place: tuple[str, ...]) -> str:
    return repr("/" + "/".join(place))


def _expected_text(found: Any, place: str) -> None:
    raise refused(place, f"found {type_name(found)}, expected a text")


def _transformable(payload: Any, place: str) -> Any:
    if payload is UNDEFINED:
        return {}
    if type(payload) is not dict:
        raise refused(place, f"found {type_name(payload)} to transform, expected an object")
    return payload


def _liquid_text(render: Callable[[Any], str], payload: Any, place: str) -> str:
    try:
        return render(payload)
    except liquid.LiquidTemplateError as error:
        raise refused(place, str(error)) from error


_DIRECTIVES: dict[str, Callable[[_Writer, Any, Scope, tuple[str, ...], bool], Result]] = {
    "@if": _Writer.if_,
    "@case": _Writer.case,
    "@replace": _Writer.replace,
    "@arrayPath": _Writer.array_path,
    "@path": _Writer.path_,
    "@template": _Writer.template,
    "@literal": _Writer.literal,
    "@flatten": _Writer.flatten,
    "@json": _Writer.json,
    "@merge": _Writer.merge,
    "@transform": _Writer.transform,
    "@excludeWhenNull": _Writer.exclude_when_null,
    "@liquid": _Writer.liquid,
}
_NAMES = {
    "__builtins__": {"type": type, "str": str, "dict": dict, "list": list, "len": len},
    "UNDEFINED": UNDEFINED,
    "bounded_text": operations.bounded_text,
    "bounded_tree": operations.bounded_tree,
    "changed_case": operations.changed_case,
    "decoded_json": operations.decoded_json,
    "expected_text": _expected_text,
    "fail": operations.fail,
    "flattened": operations.flattened,
    "follow": follow,
    "is_blank": operations.is_blank,
    "json_text": json_text,
    "liquid_text": _liquid_text,
    "merged": operations.merged,
    "on_the_wire": operations.on_the_wire,
    "placeholder_text": template.placeholder_text,
    "property_of": property_of,
    "render": template.render,
    "text_to_replace_in": operations.text_to_replace_in,
    "transformable": _transformable,
    "value_at": value_at,
    "without_holes": operations.without_holes,
    "without_nulls": operations.without_nulls,
    "without_root": without_root,
}
