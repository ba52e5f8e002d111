"""`trackyard apply`: the workspace files become the next revision."""

import getpass
import os
import time
from pathlib import Path
from typing import Any

import click

from trackyard.cli.options import data_option, json_option, note_options, workspace_option
from trackyard.cli.output import print_json, print_problems, table
from trackyard.control.workspace.apply import Applied, Note, apply_workspace, preview
from trackyard.control.workspace.load import check_workspace
from trackyard.model.errors import WorkspaceError
from trackyard.model.workspace import Change
from trackyard.store.directory import DataDirectory
from trackyard.store.secrets import Secrets


@click.command()
@workspace_option
@data_option
@note_options
@click.option("--dry-run", is_flag=True, help="Only show what would change.")
@json_option
def command(workspace: Path, data: Path, who: str | None, why: str, hotfix: str, dry_run: bool, as_json: bool) -> None:
    """Check the workspace and make it the next revision, which a running server takes over without a restart.

    A workspace with errors changes nothing. Inside a freeze window only a --hotfix is applied.
    """
    directory = DataDirectory(data)
    checked = check_workspace(workspace, Secrets(directory.secrets, os.environ))
    if checked.errors:
        raise WorkspaceError(checked.errors)
    print_problems(checked.warnings, "warning")
    if dry_run:
        show_changes(preview(checked.workspace, directory), as_json)
    else:
        show_applied(apply_workspace(checked.workspace, directory, note(who, why, hotfix)), as_json)


def note(who: str | None, why: str, hotfix: str) -> Note:
    """Who, why and now."""
    return Note(who=who or getpass.getuser(), at=time.time_ns() // 1_000_000, why=why, hotfix=hotfix)


def show_applied(applied: Applied, as_json: bool) -> None:
    """The revision now in force and what it changed."""
    number = applied.revision.number
    if as_json:
        print_json({"revision": number, "changes": change_rows(applied.changes)})
    elif not applied.changes:
        click.echo(f"nothing to change: revision {number} holds this already")
    else:
        click.echo(table(change_rows(applied.changes)))
        click.echo(f"revision {number} is in force")


def show_changes(changes: list[Change], as_json: bool) -> None:
    """What would change."""
    if as_json:
        print_json({"revision": None, "changes": change_rows(changes)})
    else:
        click.echo(table(change_rows(changes)) if changes else "nothing would change")


def change_rows(changes: list[Change]) -> list[dict[str, Any]]:
    """Changes under the three names used everywhere."""
    return [{"path": change.path, "before": change.before, "after": change.after} for change in changes]
