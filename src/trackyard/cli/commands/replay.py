"""`trackyard replay`: send a stretch of the log to one connection again."""

import asyncio
import os
import random
import signal
from collections.abc import Callable
from pathlib import Path

import click
import msgspec
import uvloop
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from trackyard.cli.commands.reprocess import Moment
from trackyard.cli.options import data_option, json_option, rehearse_option
from trackyard.cli.output import print_json, print_rows
from trackyard.destinations import catalogue
from trackyard.kit.trigger import TriggerError, compile_trigger
from trackyard.model.errors import RefusedError
from trackyard.pipeline.deliver.chunks import id_of
from trackyard.pipeline.deliver.clock import SystemClock
from trackyard.pipeline.deliver.commands import AdoptDead
from trackyard.pipeline.deliver.delivered import DeliveredIds
from trackyard.pipeline.deliver.engine import Threads
from trackyard.pipeline.deliver.history import delivered_ids
from trackyard.pipeline.deliver.ledger import SegmentLedger
from trackyard.pipeline.deliver.replay import Replay, Stretch, Where
from trackyard.pipeline.deliver.shadow import ShadowFiles
from trackyard.pipeline.deliver.transport import HttpTransport
from trackyard.store.deliveries_sqlite import SqliteDeliveries
from trackyard.store.directory import DataDirectory
from trackyard.store.inbox import Inbox
from trackyard.store.revisions import Revisions
from trackyard.store.secrets import Secrets
from trackyard.store.sqlite_state import SqliteState
from trackyard.store.tokens import TokenFiles

NICENESS = 10  # live lanes come first


@click.command()
@data_option
@click.option("--connection", required=True, metavar="NAME", help="To which connection.")
@click.option("--from", "begin", type=Moment(), required=True, help="Decided at this time or later.")
@click.option("--to", "end", type=Moment(), required=True, help="Decided before this time.")
@click.option("--where", default="", metavar="FQL", help="Only events for which this holds.")
@click.option("--rate", type=click.FloatRange(min=1), help="At most so many rows a second.")
@click.option("--again", is_flag=True, help="Also what the ledger shows as delivered.")
@click.option("--dry-run", is_flag=True, help="Only say what would be sent.")
@rehearse_option
@json_option
def command(
    data: Path,
    connection: str,
    begin: int,
    end: int,
    where: str,
    rate: float | None,
    again: bool,
    dry_run: bool,
    rehearse_at: str,
    as_json: bool,
) -> None:
    """Send what was decided in a stretch of time again, by the connection as it is now and through the gate.

    What the ledger shows as delivered is passed over. Interrupted, the same command goes on where it stopped.
    """
    os.nice(NICENESS)
    directory = DataDirectory(data)
    wanted = _where(where)
    state = SqliteState(directory.state, writer=False)
    after, last = state.events.last_before(begin), state.events.last_before(end)
    delivered = DeliveredIds()
    if not again:
        delivered.add(b"".join(id_of(each) for each in delivered_ids(directory.ledger, connection, begin)))
    place = directory.replays / f"{connection}-{after}-{last}.db"
    store = SqliteDeliveries(place, writer=True)
    threads = Threads()
    replay = Replay(
        Stretch(connection, after, last, wanted, delivered),
        state.events,
        store,
        SegmentLedger(directory.ledger, f"replay-{connection}-{after}-{last}"),
        Revisions(directory.revisions),
        catalogue(),
        HttpTransport(rehearse_at=rehearse_at),
        ShadowFiles(directory.shadow),
        Secrets(directory.secrets, os.environ),
        SystemClock(),
        random.Random(),
        threads,
        rate,
        TokenFiles(directory.tokens, directory.tokens_key),
    )
    try:
        if dry_run:
            forecast = msgspec.structs.asdict(uvloop.run(replay.forecast()))
            print_rows([forecast], as_json=False) if not as_json else print_json(forecast)
            return
        uvloop.run(_run(replay, directory, connection, after, last, as_json))
    finally:
        threads.close()
        store.close()
        if dry_run or replay.is_complete():
            _remove(place)


async def _run(replay: Replay, directory: DataDirectory, connection: str, after: int, last: int, as_json: bool) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, disable=as_json) as bar:
        task = bar.add_task(f"replay to {connection}", total=max(0, last - after))
        progress: Callable[[int], None] = lambda position: bar.update(task, completed=max(0, position - after))  # noqa: E731
        dead = await replay.run(stop, progress)
    done = replay.is_complete()
    if done and dead:
        Inbox(directory.inbox("deliver")).put(msgspec.json.encode(AdoptDead(connection, list(dead))))
    if as_json:
        print_json({"complete": done, "position": replay.position, "dead": len(dead)})
    else:
        click.echo("complete" if done else "interrupted; the same command goes on", nl=False)
        click.echo(f", {len(dead)} dead letters" if dead else "")


def _where(text: str) -> Where:
    if not text:
        return lambda event: True
    try:
        return compile_trigger(text)
    except TriggerError as error:
        raise RefusedError(f"--where: {error}") from error


def _remove(place: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        place.with_name(place.name + suffix).unlink(missing_ok=True)
