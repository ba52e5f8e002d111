"""What a destination's file may not do: it runs inside the process that sends for every connection.

A guard against mistakes, not a jail: whoever may apply a workspace is trusted as whoever installs the server.
"""

import ast
from collections.abc import Iterator
from typing import Final

from trackyard.kit.own.faults import NotADestination

ALLOWED: Final = (
    "__future__",
    "base64",
    "collections",
    "datetime",
    "decimal",
    "enum",
    "functools",
    "hashlib",
    "hmac",
    "html",
    "itertools",
    "json",
    "math",
    "msgspec",
    "operator",
    "re",
    "string",
    "trackyard.kit",
    "typing",
    "unicodedata",
    "urllib.parse",
)
REFUSED_NAMES: Final = frozenset(
    {"__builtins__", "__import__", "breakpoint", "compile", "eval", "exec", "globals", "input", "open", "print"}
)
CLOCK_CALLS: Final = frozenset({"now", "today", "utcnow"})
WHY: Final = "a destination only makes requests, the lane sends them; the time is the argument `now`"


def impurities(tree: ast.Module, file: str) -> Iterator[NotADestination]:
    """Every import, name and call that has no place in a destination, in the order of `ast.walk`."""
    for node in ast.walk(tree):
        for found, expected in _refused(node):
            yield NotADestination(file, getattr(node, "lineno", 1), found, expected, WHY)


def _refused(node: ast.AST) -> Iterator[tuple[str, str]]:
    match node:
        case ast.Import(names):
            yield from (_import(alias.name) for alias in names if not _is_allowed(alias.name))
        case ast.ImportFrom(module, names, level):
            wholes = [f"{'.' * level}{module or ''}.{alias.name}" for alias in names]
            yield from (_import(whole.rpartition(".")[0]) for whole in wholes[:1] if not all(map(_is_allowed, wholes)))
        case ast.Name(name) if name in REFUSED_NAMES:
            yield f"the name `{name}`", "code that reaches nothing outside itself"
        case ast.Call(ast.Attribute(_, name)) if name in CLOCK_CALLS:
            yield f"a look at the clock, `.{name}()`", "the time as an argument"
        case ast.Attribute(_, name) if name.startswith("__") and name.endswith("__"):
            yield f"the attribute `{name}`", "code that reaches nothing outside itself"


def _import(module: str) -> tuple[str, str]:
    return f"the import of `{module}`", f"only {', '.join(ALLOWED)}"


def _is_allowed(module: str) -> bool:
    return any(module == allowed or module.startswith(f"{allowed}.") for allowed in ALLOWED)
