"""`trackyard apply`: the workspace files become the next revision."""

import os
from pathlib import Path

import click

from trackyard.cli.changes import note, show_applied, show_changes
from trackyard.cli.options import data_option, json_option, note_options, workspace_option
from trackyard.cli.output import print_problems
from trackyard.control.workspace.apply import apply_workspace, preview
from trackyard.control.workspace.load import check_workspace
from trackyard.model.errors import WorkspaceError
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
