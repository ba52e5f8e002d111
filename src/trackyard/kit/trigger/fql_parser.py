"""FQL, Segment's published filter language: `or` binds looser than `and`, `and` looser than `!`, parentheses nest.

Source: Destination Filter Query Language, twilio.com/docs/segment/api/public-api/fql (read 2026-08). The page leaves
the precedence of `and` and `or` open; here it is the usual one.
"""

from typing import NamedTuple

import msgspec

from trackyard.kit.javascript import number_of_text
from trackyard.kit.trigger.errors import TriggerError
from trackyard.kit.trigger.fql_tree import Call, Comparison, Junction, Listing, Literal, Node, Not, Path

DEPTH_MAX = 40
COMPARISONS = ("=", "!=", "<=", ">=", "<", ">")
ARGUMENTS = {
    "contains": 2,
    "match": 2,
    "length": 1,
    "lowercase": 1,
    "uppercase": 1,
    "snakecase": 1,
    "kebabcase": 1,
    "titlecase": 1,
    "typeof": 1,
    "bool": 1,
    "string": 1,
    "number": 1,
}
_CONSTANTS = {"true": True, "false": False, "null": None}
_WORD_START = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_\\")
_WORD = _WORD_START | frozenset("0123456789-")
_SPACE = frozenset(" \t\n\r")


class Token(NamedTuple):
    kind: str  # word, string, number, symbol, end
    text: str
    start: int
    end: int
    keys: tuple[str, ...] = ()  # of a word: its path


def parse(text: str) -> Node:
    """The tree of `text`; raises `TriggerError` saying what was found and what was expected."""
    return _Parser(_tokens(text)).whole()


# --- words


def _tokens(text: str) -> list[Token]:
    tokens: list[Token] = []
    at = 0
    while at < len(text):
        if text[at] in _SPACE:
            at += 1
            continue
        token = _token(text, at)
        tokens.append(token)
        at = token.end
    return [*tokens, Token("end", "the end", at, at)]


def _token(text: str, at: int) -> Token:
    character = text[at]
    if character in _WORD_START:
        return _word(text, at)
    if character in "\"'":
        return _string(text, at)
    if character.isascii() and (character.isdigit() or (character in "+-" and text[at + 1 : at + 2].isdigit())):
        return _number(text, at)
    for symbol in ("!=", "<=", ">=", "=", "<", ">", "!", "(", ")", "[", "]", ","):
        if text.startswith(symbol, at):
            return Token("symbol", symbol, at, at + len(symbol))
    raise TriggerError(f"found {character!r}, expected a field, a value, an operator or a parenthesis", at)


def _word(text: str, start: int) -> Token:
    keys, at = [""], start
    while at < len(text) and (text[at] in _WORD or text[at] == "."):
        if text[at] == ".":
            if not keys[-1]:
                raise TriggerError("found '.', expected a field name before it", at)
            keys.append("")
        elif text[at] == "\\":
            at += 1
            if at >= len(text):
                raise TriggerError("found the end behind '\\', expected the character it escapes", at)
            keys[-1] += text[at]
        else:
            keys[-1] += text[at]
        at += 1
    if not keys[-1]:
        raise TriggerError("found nothing behind '.', expected a field name", at)
    return Token("word", text[start:at], start, at, tuple(keys))


def _string(text: str, start: int) -> Token:
    quote, at, value = text[start], start + 1, []
    while at < len(text) and text[at] != quote:
        if text[at] == "\\" and text[at + 1 : at + 2] in (quote, "\\"):
            at += 1
        value.append(text[at])
        at += 1
    if at >= len(text):
        raise TriggerError(f"found no closing {quote}, expected one", start)
    return Token("string", "".join(value), start, at + 1)


def _number(text: str, start: int) -> Token:
    at = start + (text[start] in "+-")
    while at < len(text) and text[at] in "0123456789":
        at += 1
    if text[at : at + 1] == "." and text[at + 1 : at + 2].isdigit():
        at += 1
        while at < len(text) and text[at] in "0123456789":
            at += 1
    if at < len(text) and (text[at] in _WORD or text[at] == "."):
        raise TriggerError(f"found {text[start : at + 1]!r}, expected a number such as -1.5", at)
    return Token("number", text[start:at], start, at)


# --- sentences


class _Parser:
    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.at = 0
        self.depth = 0

    def whole(self) -> Node:
        node = self.either()
        if self.peek().kind != "end":
            raise self.refusal("'and', 'or' or the end")
        return node

    def either(self) -> Node:
        self.depth += 1
        if self.depth > DEPTH_MAX:
            raise TriggerError(f"found more than {DEPTH_MAX} nested parts, expected fewer", self.peek().start)
        node = self.junction("or")
        self.depth -= 1
        return node

    def junction(self, operator: str) -> Node:
        clause = self.both if operator == "or" else self.negation
        clauses = [clause()]
        while self.peek().kind == "word" and self.peek().text == operator:
            self.take()
            clauses.append(clause())
        if len(clauses) == 1:
            return clauses[0]
        return Junction(clauses[0].start, clauses[-1].end, operator, tuple(clauses))

    def both(self) -> Node:
        return self.junction("and")

    def negation(self) -> Node:
        if not self.is_symbol("!"):
            return self.comparison()
        start = self.take().start
        self.depth += 1
        if self.depth > DEPTH_MAX:
            raise TriggerError(f"found more than {DEPTH_MAX} nested parts, expected fewer", start)
        operand = self.negation()
        self.depth -= 1
        return Not(start, operand.end, operand)

    def comparison(self) -> Node:
        left = self.operand()
        token = self.peek()
        if (token.kind == "symbol" and token.text in COMPARISONS) or (token.kind == "word" and token.text == "in"):
            self.take()
        else:
            return left
        right = self.operand()
        return Comparison(left.start, right.end, token.text, left, right)

    def operand(self) -> Node:
        token = self.peek()
        match token.kind:
            case "string":
                self.take()
                return Literal(token.start, token.end, token.text)
            case "number":
                self.take()
                return Literal(token.start, token.end, number_of_text(token.text))
            case "word":
                return self.word()
        if self.is_symbol("("):
            return self.parenthesised()
        if self.is_symbol("["):
            return self.listing()
        raise self.refusal("a field, a value or a function")

    def word(self) -> Node:
        token = self.take()
        if token.text in _CONSTANTS:
            return Literal(token.start, token.end, _CONSTANTS[token.text])
        if token.text in ("and", "or", "in"):
            raise TriggerError(f"found {token.text!r}, expected a field, a value or a function", token.start)
        if self.is_symbol("("):
            return self.call(token)
        return Path(token.start, token.end, token.keys)

    def call(self, name: Token) -> Node:
        if name.text not in ARGUMENTS:
            expected = ", ".join(ARGUMENTS)
            raise TriggerError(f"found the unknown function {name.text}(), expected one of {expected}", name.start)
        self.take()
        arguments = self.items(")")
        if len(arguments) != ARGUMENTS[name.text]:
            found = f"found {len(arguments)} arguments of {name.text}(), expected {ARGUMENTS[name.text]}"
            raise TriggerError(found, name.start)
        return Call(name.start, self.tokens[self.at - 1].end, name.text, tuple(arguments))

    def listing(self) -> Node:
        start = self.take().start
        items = self.items("]")
        return Listing(start, self.tokens[self.at - 1].end, tuple(items))

    def items(self, closing: str) -> list[Node]:
        items: list[Node] = []
        if not self.is_symbol(closing):
            items.append(self.either())
            while self.is_symbol(","):
                self.take()
                items.append(self.either())
        self.expect(closing)
        return items

    def parenthesised(self) -> Node:
        start = self.take().start
        node = self.either()
        end = self.expect(")").end
        return msgspec.structs.replace(node, start=start, end=end)

    def is_symbol(self, text: str) -> bool:
        token = self.peek()
        return token.kind == "symbol" and token.text == text

    def expect(self, symbol: str) -> Token:
        if not self.is_symbol(symbol):
            raise self.refusal(repr(symbol))
        return self.take()

    def peek(self) -> Token:
        return self.tokens[self.at]

    def take(self) -> Token:
        token = self.tokens[self.at]
        self.at += token.kind != "end"
        return token

    def refusal(self, expected: str) -> TriggerError:
        token = self.peek()
        found = token.text if token.kind == "end" else repr(token.text)
        return TriggerError(f"found {found}, expected {expected}", token.start)
