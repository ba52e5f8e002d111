"""`trackyard lanes`: where every connection stands."""

from pathlib import Path
from typing import Any

import click

from trackyard.cli.options import data_option, json_option
from trackyard.cli.output import print_rows, when
from trackyard.store.deliveries import Lane
from trackyard.store.deliveries_sqlite import SqliteDeliveries
from trackyard.store.directory import DataDirectory
from trackyard.store.sqlite_state import SqliteState


@click.command()
@data_option
@json_option
def command(data: Path, as_json: bool) -> None:
    """List the lanes: state, lag, and what an open breaker waits for."""
    directory = DataDirectory(data)
    store = SqliteDeliveries(directory.deliveries, writer=False)
    _, last = SqliteState(directory.state, writer=False).events.bounds()
    print_rows([_row(lane, store, last, as_json) for lane in store.lanes()], as_json, empty="no lane has run yet")


def _row(lane: Lane, store: SqliteDeliveries, last: int, as_json: bool) -> dict[str, Any]:
    told = (lambda at: at or None) if as_json else (lambda at: when(at) if at else None)
    return {
        "connection": lane.connection,
        "state": lane.state,
        "position": lane.position,
        "lag": max(0, last - lane.position),
        "parked": len(store.parked(lane.connection)),
        "dead": store.dead_count(lane.connection),
        "since": told(lane.since),
        "reason": lane.reason or None,
        "next_try": told(lane.next_try),
    }
