"""YAML read as plain values that remember the line each of them stands on."""

from collections.abc import Iterator
from typing import Any

import msgspec
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from trackyard.model.errors import Problem

Path = tuple[str | int, ...]
NODES_MAX = 200_000  # aliases repeat what they name: a small file may otherwise unfold without end
DEPTH_MAX = 100


class Document(msgspec.Struct):
    """One file as plain values, None only where `problems` say why; `lines` has the line of each path in it."""

    file: str
    value: Any
    lines: dict[Path, int]
    problems: list[Problem]

    def problem(self, path: Path, found: str, expected: str, fix: str = "") -> Problem:
        """A problem at `path`, or at the nearest thing above it that the file has."""
        return Problem(self.file, self.line(path), found, expected, path_text(path), fix)

    def line(self, path: Path) -> int:
        return next((self.lines[path[:end]] for end in range(len(path), 0, -1) if path[:end] in self.lines), 1)


def read_yaml(text: str, file: str) -> Document:
    """The values in `text` under YAML 1.2's core rules (`off` and `no` are words, a date stays the text it is)."""
    document = Document(file, None, {}, [])
    try:
        node = YAML().compose(text)
    except YAMLError as error:
        document.problems.append(_unreadable(file, error))
        return document
    try:
        found = None if node is None else _Reader(document).value(node, ())
        document.value = {} if found is None else found
    except _TooLarge as error:
        document.problems.append(Problem(file, 1, str(error), f"at most {NODES_MAX} values, {DEPTH_MAX} deep"))
    return document


def path_text(path: Path) -> str:
    """`subscriptions[0].trigger`"""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).removeprefix(".")


class _TooLarge(Exception):
    """A file that unfolds into more than any workspace needs."""


class _Reader:
    def __init__(self, document: Document) -> None:
        self._document = document
        self._nodes = 0

    def value(self, node: Node, path: Path) -> Any:
        self._nodes += 1
        if self._nodes > NODES_MAX or len(path) > DEPTH_MAX:
            raise _TooLarge("a file that unfolds into too many values (aliases?)")
        match node:
            case MappingNode():
                return dict(self._entries(node, path))
            case SequenceNode():
                return [self._item(item, (*path, index)) for index, item in enumerate(node.value)]
            case ScalarNode():
                return self._scalar(node, path)
            case _:
                raise TypeError(f"a YAML node that is neither map, list nor scalar: {type(node)}")

    def _entries(self, node: MappingNode, path: Path) -> Iterator[tuple[str, Any]]:
        seen: dict[str, int] = {}
        for key_node, value_node in node.value:
            key, line = str(key_node.value), _line(key_node)
            if key in seen:
                self._add(key_node, (*path, key), f"{key!r} a second time (first on line {seen[key]})", "each key once")
                continue
            seen[key] = self._document.lines[(*path, key)] = line
            yield key, self.value(value_node, (*path, key))

    def _item(self, node: Node, path: Path) -> Any:
        self._document.lines[path] = _line(node)
        return self.value(node, path)

    def _scalar(self, node: ScalarNode, path: Path) -> Any:
        tag, text = str(node.tag).rpartition(":")[2], node.value
        match tag:
            case "null":
                return None
            case "bool":
                return text.lower() == "true"
            case "int":
                return _integer(text)
            case "float":
                return _float(text)
            case "str" | "timestamp":
                return text
            case _:
                self._add(node, path, f"the tag {node.tag}", "plain text, a number, true, false or null")
                return None

    def _add(self, node: Node, path: Path, found: str, expected: str) -> None:
        self._document.problems.append(Problem(self._document.file, _line(node), found, expected, path_text(path)))


def _integer(text: str) -> int | str:
    try:
        return int(text.replace("_", ""), 0)
    except ValueError:
        return int(text) if text.lstrip("+-").isdecimal() else text  # 007 is a number in YAML 1.2


def _float(text: str) -> float | str:
    try:
        return float(text.replace("_", "").lower().replace(".inf", "inf").replace(".nan", "nan"))
    except ValueError:
        return text


def _line(node: Node) -> int:
    return int(node.start_mark.line) + 1


def _unreadable(file: str, error: YAMLError) -> Problem:
    mark = error.problem_mark if isinstance(error, MarkedYAMLError) else None
    found = (error.problem if isinstance(error, MarkedYAMLError) else None) or str(error).splitlines()[0]
    return Problem(file, mark.line + 1 if mark else 1, f"text that is not YAML: {found}", "YAML")
