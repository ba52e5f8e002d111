"""How a change of the configuration is noted and shown."""

import getpass
import time
from typing import Any

import click

from trackyard.cli.output import print_json, table
from trackyard.control.workspace.apply import Applied, Note
from trackyard.model.workspace import Change


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
