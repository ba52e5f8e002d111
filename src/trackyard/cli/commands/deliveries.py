"""`trackyard deliveries`: what became of every delivery, the newest included."""

from pathlib import Path
from typing import Any

import click

from trackyard.cli.options import data_option, json_option
from trackyard.cli.output import print_rows, when
from trackyard.model.errors import StorageError
from trackyard.pipeline.deliver.history import deliveries
from trackyard.store.directory import DataDirectory


@click.command()
@data_option
@click.option("--connection", metavar="NAME", help="Only of this connection.")
@click.option("--message-id", metavar="ID", help="Only of this event.")
@click.option(
    "--outcome", metavar="OUTCOME", help="delivered, accepted, retry, dead, denied, expired, unknown, shadow."
)
@click.option("--latest", type=click.IntRange(min=1), default=50, show_default=True, help="How many, newest first.")
@json_option
def command(
    data: Path, connection: str | None, message_id: str | None, outcome: str | None, latest: int, as_json: bool
) -> None:
    """List deliveries from the ledger, newest first."""
    directory = DataDirectory(data)
    if not directory.root.exists():
        raise StorageError(f"{directory.root} does not exist; is this the data directory?")
    found = deliveries(directory.ledger, connection=connection, message_id=message_id, outcome=outcome, latest=latest)
    print_rows(found if as_json else [_short(row) for row in found], as_json, empty="no such deliveries")


def _short(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "at": when(row["at"]),
        "connection": row["connection"],
        "subscription": row["subscription"],
        "message_id": row["message_id"],
        "outcome": row["outcome"],
        "attempt": row["attempt"],
        "status": row["status"] or None,
        "queued_ms": row["queued_ms"],
        "http_ms": round(row["http_ms"], 1),
        "gate": row["gate"],
        "reason": row["reason"] or None,
    }
