"""`trackyard rollback`: an earlier revision comes back as a new one."""

from pathlib import Path

import click

from trackyard.cli.changes import note, show_applied
from trackyard.cli.options import data_option, json_option
from trackyard.control.workspace.apply import roll_back
from trackyard.store.directory import DataDirectory


@click.command()
@click.argument("revision", type=click.IntRange(min=1))
@data_option
@click.option("--who", envvar="TRACKYARD_WHO", help="Who makes the change.  [default: your login name]")
@click.option("--why", required=True, help="Why; kept with the revision.")
@click.option("--hotfix", default="", metavar="NOTE", help="Roll back inside a freeze window, with this note.")
@json_option
def command(revision: int, data: Path, who: str | None, why: str, hotfix: str, as_json: bool) -> None:
    """Make a new revision that holds what REVISION held; a running server takes it over without a restart.

    The workspace files stay as they are: correct them before the next `trackyard apply`, which makes them hold again.
    """
    show_applied(roll_back(revision, DataDirectory(data), note(who, why, hotfix)), as_json)
    if not as_json:
        click.echo("the workspace files are unchanged: the next `trackyard apply` makes what they say hold again")
