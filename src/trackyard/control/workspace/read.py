"""The files of a workspace directory as a `Workspace`, as far as their shape goes; no rule is asked yet."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from trackyard.control.workspace.files import Files, read_files
from trackyard.control.workspace.shape import faults
from trackyard.control.workspace.yaml import Document
from trackyard.model.errors import Problem
from trackyard.model.workspace import Connection, Source, Workspace

T = TypeVar("T")
OWN_FOLDERS = {
    "sources": "a file for each source in sources/",
    "connections": "a file for each connection in destinations/",
    "plans": "a file for each plan in plans/",
    "transforms": "a file for each transform in transforms/",
    "destinations": "a Python file for each destination of your own in destinations/",
}


def as_written(directory: Path) -> Workspace | None:
    """The workspace in `directory` before any rule is asked; None where a file cannot be read or has a wrong shape."""
    files = read_files(directory)
    errors = [*files.problems, *(problem for document in files.documents() for problem in document.problems)]
    workspace = understood(files, errors)
    return None if errors else workspace


def understood(files: Files, errors: list[Problem]) -> Workspace:
    """What has the right shape; every part that has not is left out and its faults are added to `errors`.

    Presets and the defaults of fields are written out: what is understood is what a revision holds.
    """
    workspace = _main(files.main, errors)
    workspace.sources = dict(_parts(files.sources, Source, errors))
    workspace.connections = dict(_parts(files.destinations, Connection, errors))
    workspace.plans = dict(_parts(files.plans, dict[str, Any], errors))
    workspace.transforms = files.transforms
    workspace.destinations = files.own_destinations
    if any(connection.presets or connection.subscriptions for connection in workspace.connections.values()):
        # importing the whole catalogue takes time that a start without connections need not spend
        from trackyard.control.workspace.presets import expand_defaults, expand_presets
        from trackyard.destinations import catalogue
        from trackyard.kit.own.load import own_destinations

        known = {**catalogue(), **own_destinations(workspace.destinations)[0]}
        expand_presets(workspace, known)
        expand_defaults(workspace, known)
    return workspace


def _main(document: Document, errors: list[Problem]) -> Workspace:
    nameless = Workspace(name="")
    members = document.value if isinstance(document.value, dict) else {}
    elsewhere = [name for name in OWN_FOLDERS if name in members]
    errors += [document.problem((name,), f'"{name}" here', OWN_FOLDERS[name]) for name in elsewhere]
    return nameless if elsewhere else _part(document, Workspace, errors) or nameless


def _parts(documents: dict[str, Document], type_: type[T], errors: list[Problem]) -> Iterator[tuple[str, T]]:
    for name, document in documents.items():
        part = _part(document, type_, errors)
        if part is not None:
            yield name, part


def _part(document: Document, type_: type[T], errors: list[Problem]) -> T | None:
    if document.value is None:
        return None
    found = faults(document.value, type_)
    if found:
        errors += [document.problem(fault.path, fault.found, fault.expected, fault.fix) for fault in found]
        return None
    return msgspec.convert(document.value, type_)
