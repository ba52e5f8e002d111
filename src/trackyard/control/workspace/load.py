"""A workspace directory becomes a `Workspace`, or a list of everything that is wrong with it."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from trackyard.control.workspace import rules
from trackyard.control.workspace.files import Files, read_files
from trackyard.control.workspace.finding import Subject
from trackyard.control.workspace.shape import faults
from trackyard.control.workspace.yaml import Document
from trackyard.destinations import catalogue
from trackyard.kit.action import Destination
from trackyard.model.errors import Problem, WorkspaceError
from trackyard.model.workspace import Connection, Source, Workspace
from trackyard.store.secrets import Secrets

T = TypeVar("T")
OWN_FOLDERS = {
    "sources": "a file for each source in sources/",
    "connections": "a file for each connection in destinations/",
    "plans": "a file for each plan in plans/",
    "transforms": "a file for each transform in transforms/",
}


class Checked(msgspec.Struct):
    """What a workspace directory holds and what is wrong with it; usable when there are no errors."""

    workspace: Workspace
    errors: list[Problem]
    warnings: list[Problem]


def load_workspace(directory: Path, secrets: Secrets | None = None) -> Workspace:
    """The workspace in `directory`. Raises `WorkspaceError` with every problem found.

    `secrets` is where references must find something; without it, the environment alone.
    """
    checked = check_workspace(directory, secrets or Secrets(None, os.environ))
    if checked.errors:
        raise WorkspaceError(checked.errors)
    return checked.workspace


def check_workspace(
    directory: Path, secrets: Secrets, destinations: Mapping[str, Destination] | None = None
) -> Checked:
    """Everything that can be said about the workspace in `directory` without sending anything."""
    files = read_files(directory)
    destinations = catalogue() if destinations is None else destinations
    errors = list(files.problems)
    for document in files.documents():
        errors += document.problems
    workspace = _understood(files, errors)
    warnings = list(files.strays)
    subject = Subject(files, workspace, secrets, destinations)
    for finding in rules.findings(subject):
        (errors if finding.is_error else warnings).append(finding.problem)
    return Checked(workspace, sorted(errors), sorted(warnings))


def as_written(directory: Path) -> Workspace | None:
    """The workspace in `directory` before any rule is asked; None where a file cannot be read or has a wrong shape."""
    files = read_files(directory)
    errors = [*files.problems, *(problem for document in files.documents() for problem in document.problems)]
    workspace = _understood(files, errors)
    return None if errors else workspace


def _understood(files: Files, errors: list[Problem]) -> Workspace:
    """What has the right shape; every part that has not is left out and its faults are added to `errors`."""
    workspace = _main(files.main, errors)
    workspace.sources = dict(_parts(files.sources, Source, errors))
    workspace.connections = dict(_parts(files.destinations, Connection, errors))
    workspace.plans = dict(_parts(files.plans, dict[str, Any], errors))
    workspace.transforms = files.transforms
    return workspace


def _main(document: Document, errors: list[Problem]) -> Workspace:
    nameless = Workspace(name="")
    if not isinstance(document.value, dict):
        return nameless
    elsewhere = [name for name in OWN_FOLDERS if name in document.value]
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
