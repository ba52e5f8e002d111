"""`trackyard doctor`: what is wrong with an installation."""

import os
import time
from pathlib import Path

import click

from trackyard.cli.exit_codes import DONE, PROBLEMS_FOUND
from trackyard.cli.options import data_option, json_option, workspace_option
from trackyard.cli.output import print_json
from trackyard.control.doctor.diagnosis import Diagnosis, Installation
from trackyard.control.doctor.examine import examine
from trackyard.control.workspace.files import MAIN
from trackyard.store.directory import DataDirectory


@click.command()
@workspace_option
@data_option
@click.option("--host", default="127.0.0.1", show_default=True, help="The address the server listens on.")
@click.option("--port", default=8080, show_default=True, type=click.IntRange(1, 65535))
@click.option("--deep", is_flag=True, help="Read every database through, however large.")
@json_option
@click.pass_context
def command(ctx: click.Context, workspace: Path, data: Path, host: str, port: int, deep: bool, as_json: bool) -> None:
    """Say what is wrong with the installation and what to do about it. The server may be running.

    Run it as the server's user and with the server's environment. Ends with 1 when something is wrong.
    """
    files = workspace if (workspace / MAIN).is_file() else None
    installation = Installation(DataDirectory(data), files, os.environ, time.time(), host, port, deep)
    found = list(examine(installation))
    if as_json:
        print_json({"ok": _is_well(found), "checks": found})
    else:
        _print(found)
    ctx.exit(DONE if _is_well(found) else PROBLEMS_FOUND)


def _is_well(found: list[Diagnosis]) -> bool:
    return all(diagnosis.level != "error" for diagnosis in found)


def _print(found: list[Diagnosis]) -> None:
    for diagnosis in found:
        click.echo(f"{diagnosis.level:7}  {diagnosis.check}: {diagnosis.found}")
        if diagnosis.fix:
            click.echo(f"         -> {diagnosis.fix}")
    wrong = sum(diagnosis.level == "error" for diagnosis in found)
    click.echo(f"{wrong} errors, {sum(diagnosis.level == 'warning' for diagnosis in found)} warnings")
