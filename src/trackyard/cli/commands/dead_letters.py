"""`trackyard dead-letters`: what will not be sent any more, why, and what to do about it."""

from pathlib import Path
from typing import Any

import click
import msgspec

from trackyard.cli.options import data_option, json_option
from trackyard.cli.output import print_json, print_rows, when
from trackyard.model.errors import StorageError
from trackyard.pipeline.deliver.commands import DiscardDead, Obeyed, RetryDead
from trackyard.store.deliveries import Dead
from trackyard.store.deliveries_sqlite import SqliteDeliveries
from trackyard.store.directory import DataDirectory
from trackyard.store.inbox import Inbox

ANSWER_SECONDS = 5.0


@click.group()
def command() -> None:
    """See, retry or discard dead letters."""


@command.command("list")
@data_option
@click.option("--connection", metavar="NAME", help="Only of this connection.")
@click.option("--latest", type=click.IntRange(min=1), default=50, show_default=True, help="How many, newest first.")
@json_option
def list_(data: Path, connection: str | None, latest: int, as_json: bool) -> None:
    """List dead letters, newest first."""
    store = SqliteDeliveries(DataDirectory(data).deliveries, writer=False)
    print_rows([_row(dead, as_json) for dead in store.dead(connection, latest)], as_json, empty="no dead letters")


@command.command()
@data_option
@click.argument("connection")
@click.option("--message-id", "message_ids", multiple=True, metavar="ID", help="Only this event; may be repeated.")
@json_option
def retry(data: Path, connection: str, message_ids: tuple[str, ...], as_json: bool) -> None:
    """Send the dead letters of CONNECTION again, by its subscriptions as they are now and through the gate."""
    _ask(data, RetryDead(connection=connection, message_ids=list(message_ids)), as_json)


@command.command()
@data_option
@click.argument("connection")
@click.option("--message-id", "message_ids", multiple=True, metavar="ID", help="Only this event; may be repeated.")
@json_option
def discard(data: Path, connection: str, message_ids: tuple[str, ...], as_json: bool) -> None:
    """Forget the dead letters of CONNECTION."""
    _ask(data, DiscardDead(connection=connection, message_ids=list(message_ids)), as_json)


def _ask(data: Path, asked: RetryDead | DiscardDead, as_json: bool) -> None:
    """Deliver is the only writer of its file: the command is left for it, durably."""
    directory = DataDirectory(data)
    if not directory.root.exists():
        raise StorageError(f"{directory.root} does not exist; is this the data directory?")
    inbox = Inbox(directory.inbox("deliver"))
    answer = inbox.answered(inbox.put(msgspec.json.encode(asked)), ANSWER_SECONDS)
    obeyed = msgspec.json.decode(answer, type=Obeyed) if answer is not None else None
    if as_json:
        print_json({"done": obeyed is not None, **(msgspec.structs.asdict(obeyed) if obeyed else {})})
    elif obeyed is None:
        click.echo("deliver does not answer; the command waits for it and is obeyed when it runs")
    else:
        click.echo(f"{obeyed.rows} dead letters{': ' + obeyed.problem if obeyed.problem else ''}")


def _row(dead: Dead, as_json: bool) -> dict[str, Any]:
    if as_json:
        return {name: getattr(dead, name) for name in dead.__struct_fields__}
    names = ("connection", "message_id", "attempts", "reason", "fix")
    return {"at": when(dead.at), **{name: getattr(dead, name) for name in names}}
