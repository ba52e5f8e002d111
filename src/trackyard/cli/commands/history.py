"""`trackyard history`: which revisions there are, and what one of them changed."""

from pathlib import Path
from typing import Any

import click
import msgspec

from trackyard.cli.changes import change_rows
from trackyard.cli.options import data_option, json_option
from trackyard.cli.output import print_json, print_rows, table, when
from trackyard.control.workspace.history import Entry, history
from trackyard.model.workspace import Revision
from trackyard.store.directory import DataDirectory
from trackyard.store.revisions import Revisions


@click.group(invoke_without_command=True)
@data_option
@click.option("--path", "path_prefix", default="", metavar="PATH", help="Only revisions that changed this part.")
@click.option("--limit", type=click.IntRange(min=1), default=50, show_default=True, help="How many, newest first.")
@json_option
@click.pass_context
def command(ctx: click.Context, data: Path, path_prefix: str, limit: int, as_json: bool) -> None:
    """List the applied revisions, newest first: who, when, why, and how many fields each changed."""
    ctx.obj = data
    if ctx.invoked_subcommand is not None:
        return
    entries = history(Revisions(DataDirectory(data).revisions), path_prefix)[:limit]
    print_rows([_row(entry, as_json) for entry in entries], as_json, empty="no revision was ever applied")


@command.command()
@click.argument("revision", type=click.IntRange(min=1))
@click.option("--data", "own", type=click.Path(path_type=Path, file_okay=False), help="As before `show`.")
@click.option("--full", is_flag=True, help="The whole workspace as it was applied, not only what changed.")
@json_option
@click.pass_obj
def show(data: Path, own: Path | None, revision: int, full: bool, as_json: bool) -> None:
    """Show what REVISION changed, field by field."""
    stored = Revisions(DataDirectory(own or data).revisions).get(revision)
    if as_json or full:
        print_json(_as_json(stored, full))
        return
    click.echo(f"revision {stored.number} by {stored.who} at {when(stored.at)}: {stored.why or 'no reason given'}")
    if stored.hotfix:
        click.echo(f"hotfix: {stored.hotfix}")
    if stored.restores:
        click.echo(f"brings back revision {stored.restores}")
    click.echo(table(change_rows(stored.changes)) if stored.changes else "no field changed")


def _row(entry: Entry, as_json: bool) -> dict[str, Any]:
    revision = entry.revision
    if revision is None:
        return {"revision": entry.number, "who": "", "at": None, "why": entry.damage, "changes": None}
    at = revision.at if as_json else when(revision.at)
    row = {"revision": entry.number, "who": revision.who, "at": at, "why": revision.why}
    notes = {"restores": revision.restores, "hotfix": revision.hotfix}
    return {**row, **notes, "changes": len(revision.changes), "current": entry.is_current}


def _as_json(revision: Revision, full: bool) -> dict[str, Any]:
    members: dict[str, Any] = msgspec.structs.asdict(revision)
    members["changes"] = change_rows(revision.changes)
    if not full:
        del members["workspace"]
    return members
