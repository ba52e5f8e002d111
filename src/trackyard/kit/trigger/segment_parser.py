"""The tree of a Segment action trigger, grouped exactly as npm `@segment/destination-subscriptions` 3.37.0 groups it.

Not a grammar one would choose: the last `and` or `or` of a group decides for the whole group, a group ends at the first
closing parenthesis, words it does not know are skipped, `!` before a parenthesis is ignored. Imported triggers must
mean here what they meant there, so all of it is kept.
"""

from typing import Any

from trackyard.kit.javascript import UNDEFINED, number_of_text, text_of
from trackyard.kit.trigger.conditions import NESTED_TYPES, TYPE_OF_ROOT, Condition, Group
from trackyard.kit.trigger.errors import TriggerError
from trackyard.kit.trigger.segment_lexer import Token, lex

NEGATED = {"contains": "not_contains", "starts_with": "not_starts_with", "ends_with": "not_ends_with"}
FUNCTION_TYPES = {root: TYPE_OF_ROOT[root] for root in ("event", "name", "userId")}


def parse(text: str) -> Group:
    """The tree of `text`; raises `TriggerError` where the reference answers with an error."""
    tree = _Parser(_joined(lex(text)), text).group()
    if tree is None:
        raise TriggerError("found no condition, expected at least one", 0)
    return tree if isinstance(tree, Group) else Group("and", (tree,))


def _joined(tokens: list[Token]) -> list[Token]:
    """The tokens with `a . b` made one word."""
    joined: list[Token] = []
    at = 0
    while at < len(tokens):
        token = tokens[at]
        follows_word = bool(joined) and joined[-1].kind == "ident"
        if token.kind == "dot" and follows_word and at + 1 < len(tokens) and tokens[at + 1].kind == "ident":
            word = joined.pop()
            joined.append(Token("ident", f"{word.text}.{tokens[at + 1].text}", word.position))
            at += 2
        else:
            joined.append(token)
            at += 1
    return joined


class _Parser:
    def __init__(self, tokens: list[Token], text: str) -> None:
        self.tokens = tokens
        self.at = 0
        self.text = text

    def group(self) -> Condition | Group | None:
        nodes: list[Condition | Group | None] = []
        operator = "and"
        while (token := self._take()) is not None and token.kind != "eos":
            match token.kind:
                case "ident":
                    nodes += self._word(token)
                case "operator" if token.text == "!":
                    nodes += self._negated_function()
                case "parenleft":
                    nodes.append(self._parenthesised())
                case "conditional":
                    operator = token.text
        if len(nodes) > 1:
            return Group(operator, tuple(nodes))
        return nodes[0] if nodes else None

    def _word(self, token: Token) -> list[Condition]:
        type_ = TYPE_OF_ROOT.get(token.text.split(".")[0])
        if type_ is not None:
            operator = self._expect("an operator")
            return [_comparison(type_, token.text, operator, self._expect("a value"))]
        if token.text in ("contains", "match"):
            return self._function(token.text, negate=False)
        return []

    def _negated_function(self) -> list[Condition]:
        following = self._peek()
        if following is None:
            raise self._error("the end", "a function behind '!'")
        if following.kind == "ident" and following.text in ("contains", "match"):
            self._take()
            return self._function(following.text, negate=True)
        return []

    def _function(self, name: str, *, negate: bool) -> list[Condition]:
        self._take()
        field = self._expect(f"the field {name}() looks at")
        self._take()
        argument = self._expect(f"the text {name}() looks for")
        self._take()
        operator, value = _function_operator(name, argument)
        type_ = FUNCTION_TYPES.get(field.text) or _nested_type(field.text)
        if type_ is None:
            return []
        return [Condition(type_, NEGATED[operator] if negate else operator, value, _name_in(type_, field.text))]

    def _parenthesised(self) -> Condition | Group | None:
        start = self.at
        while (token := self._take()) is not None and token.kind != "parenright":
            pass
        if token is None:
            raise self._error("the end", "')'")
        inner = [*self.tokens[start : self.at - 1], Token("eos", "eos", token.position)]
        return _Parser(inner, self.text).group()

    def _expect(self, what: str) -> Token:
        token = self._take()
        if token is None:
            raise self._error("the end", what)
        return token

    def _take(self) -> Token | None:
        token = self._peek()
        self.at += token is not None
        return token

    def _peek(self) -> Token | None:
        return self.tokens[self.at] if self.at < len(self.tokens) else None

    def _error(self, found: str, expected: str) -> TriggerError:
        return TriggerError(f"found {found}, expected {expected}", len(self.text))


def _nested_type(field: str) -> str | None:
    """The part of the event a field begins with; the reference does not ask for a dot behind it."""
    return next((TYPE_OF_ROOT[root] for root in ("properties", "traits", "context") if field.startswith(root)), None)


def _name_in(type_: str, field: str) -> str:
    if type_ not in NESTED_TYPES:
        return ""
    head, dot, rest = field.partition(".")
    return rest if dot and TYPE_OF_ROOT.get(head) == type_ else field


def _function_operator(name: str, argument: Token) -> tuple[str, str]:
    value = text_of(_value(argument))
    if name == "contains":
        return "contains", value
    return ("starts_with", value[:-1]) if argument.text.endswith('*"') else ("ends_with", value[1:])


def _comparison(type_: str, field: str, operator: Token, value: Token) -> Condition:
    name = _name_in(type_, field)
    for kinds, sign, wanted, meaning in _SPECIAL:
        if (
            type_ in kinds
            and operator.text == sign
            and (value.text == wanted or (not wanted and value.kind == "number"))
        ):
            kept = _value(value) if meaning.startswith("number") else UNDEFINED
            return Condition(type_, meaning, kept, name)
    kept = _value(value)
    return Condition(type_, operator.text, kept if type_ in NESTED_TYPES else text_of(kept), name)


_NULLABLE = NESTED_TYPES | {"name", "userId"}
_BOOLEAN = NESTED_TYPES | {"userId"}
_SPECIAL = (  # which types, operator, text of the value ("" is any number), what it means
    (_NULLABLE, "!=", "null", "exists"),
    (_NULLABLE, "=", "null", "not_exists"),
    (_BOOLEAN, "=", "true", "is_true"),
    (_BOOLEAN, "=", "false", "is_false"),
    (NESTED_TYPES, "=", "", "number_equals"),
    (NESTED_TYPES, "!=", "", "number_not_equals"),
)


def _value(token: Token) -> Any:
    match token.kind:
        case "string":
            return token.text.removeprefix('"').removesuffix('"')
        case "number":
            return number_of_text(token.text)
        case "ident" if token.text in ("true", "false"):
            return token.text == "true"
    return token.text
