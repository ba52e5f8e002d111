"""`trackyard audit`: what became of every event."""

import time
from pathlib import Path

import click

from trackyard.cli.options import data_option, json_option
from trackyard.cli.output import print_rows
from trackyard.pipeline.process.audit import audit
from trackyard.store.directory import DataDirectory
from trackyard.store.revisions import Revisions
from trackyard.store.sqlite_state import SqliteState

DAY_MILLISECONDS = 86_400_000


@click.command()
@data_option
@click.option("--days", type=click.IntRange(min=1), default=7, show_default=True, help="How many days, today included.")
@click.option("--source", metavar="SOURCE", help="Only this source and its twins.")
@json_option
def command(data: Path, days: int, source: str | None, as_json: bool) -> None:
    """Count events per day, source and name: received, rejected, duplicates, twins, seen on one side only, effective.

    Nothing is lost when raw = rejected + quarantined + duplicates + blocked + twins + effective in every row.
    """
    directory = DataDirectory(data)
    state = SqliteState(directory.state, writer=False)
    revision = Revisions(directory.revisions).current()
    since = time.time_ns() // 1_000_000 - (days - 1) * DAY_MILLISECONDS
    rows = audit(state.counts_since(since), revision.workspace.sources if revision else {})
    state.close()
    chosen = [row for row in rows if source is None or source in row["source"].split(" + ")]
    print_rows(chosen, as_json, empty="no events on these days")
