"""`trackyard check`: is the workspace fit to be applied?"""

import os
from pathlib import Path

import click

from trackyard.cli.exit_codes import DONE, PROBLEMS_FOUND
from trackyard.cli.options import data_option, json_option, workspace_option
from trackyard.cli.output import print_json, print_problems, problem_row
from trackyard.control.workspace.load import Checked, check_workspace
from trackyard.store.directory import DataDirectory
from trackyard.store.secrets import Secrets


@click.command()
@workspace_option
@data_option
@json_option
@click.pass_context
def command(ctx: click.Context, workspace: Path, data: Path, as_json: bool) -> None:
    """Say everything that is wrong with the workspace: file, line, found, expected, what to do.

    Ends with 1 when there is an error; warnings alone do not forbid `trackyard apply`.
    """
    checked = check_workspace(workspace, Secrets(DataDirectory(data).secrets, os.environ))
    if as_json:
        print_json(
            {
                "ok": not checked.errors,
                "errors": [problem_row(problem) for problem in checked.errors],
                "warnings": [problem_row(problem) for problem in checked.warnings],
            }
        )
    else:
        _print(checked)
    ctx.exit(PROBLEMS_FOUND if checked.errors else DONE)


def _print(checked: Checked) -> None:
    print_problems(checked.errors, "error")
    print_problems(checked.warnings, "warning")
    workspace = checked.workspace
    holds = f"{len(workspace.sources)} sources, {len(workspace.connections)} connections"
    click.echo(f"{len(checked.errors)} errors, {len(checked.warnings)} warnings; {holds}")
