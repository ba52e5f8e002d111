"""The text of a file becomes a `Destination`, the same one for the same text."""

import ast
import hashlib
import sys
from collections.abc import Mapping
from functools import lru_cache
from types import ModuleType
from typing import Any

from trackyard.kit.action import Destination
from trackyard.kit.own.faults import NotADestination, line_in
from trackyard.kit.own.purity import impurities
from trackyard.kit.own.shape import shape_faults

KEPT_MAX = 256  # files of the revisions in use; one that was let go is loaded again


def own_destination(name: str, source: str) -> Destination:
    """The destination in `source`, the text of `destinations/NAME.py`. Raises `NotADestination`."""
    found = _loaded(name, source)
    if isinstance(found, NotADestination):
        raise found
    return found


def own_destinations(sources: Mapping[str, str]) -> tuple[dict[str, Destination], list[NotADestination]]:
    """The destinations of a workspace by slug, and why the other files are none."""
    found: dict[str, Destination] = {}
    faults: list[NotADestination] = []
    for name, source in sources.items():
        loaded = _loaded(name, source)
        if isinstance(loaded, NotADestination):
            faults.append(loaded)
        elif loaded.slug in found:
            fault = f"the slug {loaded.slug!r} a second time"
            faults.append(NotADestination(file_of(name), line_of(source), fault, "each slug in one file"))
        else:
            found[loaded.slug] = loaded
    return found, faults


def destination_of(slug: str, sources: Mapping[str, str], catalogue: Mapping[str, Destination]) -> Destination | None:
    """The workspace's own destination of that slug, else the catalogue's.

    Raises `NotADestination` where neither has it and a file that may have it cannot be used.
    """
    if not sources:
        return catalogue.get(slug)
    found, faults = own_destinations(sources)
    if slug not in found and slug not in catalogue and faults:
        raise faults[0]
    return found.get(slug) or catalogue.get(slug)


def source_of(slug: str, sources: Mapping[str, str]) -> str:
    """The text of the file that brings destination `slug`; "" where it is not the workspace's own."""
    loaded = ((source, _loaded(name, source)) for name, source in sources.items())
    return next((source for source, one in loaded if isinstance(one, Destination) and one.slug == slug), "")


def file_of(name: str) -> str:
    """How problems name the file."""
    return f"destinations/{name}.py"


def line_of(source: str, text: str = "") -> int:
    """The line of the decorated function or the call that is given `text` first or as title; else of `destination`."""
    line = 1
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Assign) and "destination" in map(ast.unparse, node.targets):
            line = node.lineno
        if text and isinstance(node, ast.Call):
            given = [*node.args[:1], *(word.value for word in node.keywords if word.arg == "title")]
            if any(isinstance(value, ast.Constant) and value.value == text for value in given):
                return node.lineno
    return line


@lru_cache(maxsize=KEPT_MAX)
def _loaded(name: str, source: str) -> Destination | NotADestination:
    file = file_of(name)
    try:
        tree = ast.parse(source, file)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = getattr(error, "lineno", None) or 1
        return NotADestination(file, line, f"text that is not Python: {type(error).__name__}: {error}", "Python")
    if refused := sorted(impurities(tree, file), key=lambda fault: fault.line):
        return refused[0]
    try:
        destination = _run(tree, name, source)
        faults = list(shape_faults(destination))
    except (Exception, SystemExit) as error:  # the author's code: whatever it raises is its fault
        found = f"{type(error).__name__}: {error}"
        return NotADestination(file, line_in(error, file), found, "a file that can be imported")
    if faults:
        action, found, expected = faults[0]
        return NotADestination(file, line_of(source, action), found, expected)
    assert isinstance(destination, Destination)
    return destination


def _run(tree: ast.Module, name: str, source: str) -> Any:
    """The file's `destination`; its module is known by a name of its own, as annotations are looked up by it."""
    digest = hashlib.sha256(source.encode()).hexdigest()[:16]
    module = ModuleType(f"trackyard_own_{name}_{digest}")
    sys.modules[module.__name__] = module
    exec(compile(tree, file_of(name), "exec"), module.__dict__)  # noqa: S102  # a destination is code, and trusted
    return getattr(module, "destination", None)
