"""A workspace directory becomes a `Workspace`, or a list of everything that is wrong with it."""

import os
from collections.abc import Mapping
from pathlib import Path

import msgspec

from trackyard.control.workspace import rules
from trackyard.control.workspace.files import read_files
from trackyard.control.workspace.finding import Subject
from trackyard.control.workspace.read import understood
from trackyard.destinations import catalogue
from trackyard.kit.action import Destination
from trackyard.kit.own.load import own_destinations
from trackyard.model.errors import Problem, WorkspaceError
from trackyard.model.workspace import Workspace
from trackyard.store.secrets import Secrets


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
    workspace = understood(files, errors)
    warnings = list(files.strays)
    own, _ = own_destinations(workspace.destinations)
    subject = Subject(files, workspace, secrets, {**own, **destinations}, frozenset(destinations))
    for finding in rules.findings(subject):
        (errors if finding.is_error else warnings).append(finding.problem)
    return Checked(workspace, sorted(errors), sorted(warnings))
