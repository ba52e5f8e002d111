"""The tree of an FQL text. Every node knows where in the text it stands, so that it can be quoted back."""

from typing import Any

import msgspec


class Node(msgspec.Struct, frozen=True):
    start: int
    end: int


class Literal(Node, frozen=True):
    value: Any


class Path(Node, frozen=True):
    keys: tuple[str, ...]


class Call(Node, frozen=True):
    name: str
    arguments: tuple[Node, ...]


class Listing(Node, frozen=True):
    items: tuple[Node, ...]


class Comparison(Node, frozen=True):
    operator: str
    left: Node
    right: Node


class Not(Node, frozen=True):
    operand: Node


class Junction(Node, frozen=True):
    """Several clauses under one `and` or one `or`."""

    operator: str
    clauses: tuple[Node, ...]
