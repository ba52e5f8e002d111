"""`trackyard reprocess`: decide received events again after a faulty rule."""

import getpass
import time
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.progress import Progress

from trackyard.cli.options import data_option, json_option
from trackyard.cli.output import print_json
from trackyard.kit.trigger import TriggerError, compile_trigger
from trackyard.log.doorbell import Doorbell
from trackyard.log.protocol import Log
from trackyard.log.sqlite import SqliteLog
from trackyard.store.directory import DataDirectory
from trackyard.store.reprocess_jobs import Job, ReprocessJobs
from trackyard.store.sqlite_state import SqliteState

POLL_SECONDS = 0.2
HINT_AFTER_SECONDS = 5.0


class Moment(click.ParamType[int]):
    """A time in ISO 8601; without a zone it is UTC."""

    name = "time"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        try:
            moment = datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(f"found {value!r}, expected a time like 2026-01-15T12:00:00Z", param, ctx)
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return int(aware.timestamp() * 1000)


def _expression(ctx: click.Context, param: click.Parameter, value: str) -> str:
    try:
        if value:
            compile_trigger(value)
    except TriggerError as error:
        raise click.BadParameter(str(error)) from error
    return value


@click.command()
@data_option
@click.option("--from", "begin", type=Moment(), required=True, help="Received at this time or later.")
@click.option("--to", "end", type=Moment(), required=True, help="Received before this time.")
@click.option("--where", default="", callback=_expression, metavar="FQL", help="Only events for which this holds.")
@click.option("--who", envvar="TRACKYARD_WHO", help="Who asks for it.  [default: your login name]")
@click.option("--why", default="", help="Why; kept with the job.")
@click.option("--dry-run", is_flag=True, help="Only say how many received requests it would decide again.")
@click.option("--no-wait", is_flag=True, help="Do not wait until it is done.")
@json_option
def command(
    data: Path, begin: int, end: int, where: str, who: str | None, why: str, dry_run: bool, no_wait: bool, as_json: bool
) -> None:
    """Decide received events again under the current revision: same message ids, delivered only where not yet.

    The running server does it between live events and goes on after a restart; without one it is done when it starts.
    """
    directory = DataDirectory(data)
    received = SqliteLog(directory.received, writer=False)
    state = SqliteState(directory.state, writer=False)
    first = first_at(received, begin)
    last = min(first_at(received, end) - 1, state.position())
    if dry_run or last < first:
        _say(as_json, {"job": None, "first": first, "last": last, "requests": max(0, last - first + 1)})
        return
    now = time.time_ns() // 1_000_000
    job = ReprocessJobs(directory.reprocess).add(first, last, where, who or getpass.getuser(), why, now)
    doorbell = Doorbell(directory.doorbell("process"))
    doorbell.ring()
    doorbell.close()
    if not no_wait:
        _wait(state, job)
    answer = {"job": job.number, "first": first, "last": last, "requests": last - first + 1}
    _say(as_json, {**answer, "done": state.mark(job.mark) >= job.last})


def first_at(log: Log, at: int) -> int:
    """The offset of the first record that was appended at `at` or later; one past the last if there is none."""
    low, high = log.bounds()
    while low <= high:
        middle = (low + high) // 2
        records = log.read(middle - 1, 1)
        if records and records[0].at < at:
            low = middle + 1
        else:
            high = middle - 1
    return low


def _wait(state: SqliteState, job: Job) -> None:
    begun = time.monotonic()
    hinted = False
    with Progress(transient=True) as progress:
        task = progress.add_task(f"reprocess {job.number}", total=job.last - job.first + 1)
        while (done := state.mark(job.mark)) < job.last:
            progress.update(task, completed=max(0, done - job.first + 1))
            if not done and not hinted and time.monotonic() - begun > HINT_AFTER_SECONDS:
                hinted = True
                click.echo(
                    "not begun yet: is the server running? It begins when it does; stop waiting at will", err=True
                )
            time.sleep(POLL_SECONDS)


def _say(as_json: bool, answer: dict[str, int | bool | None]) -> None:
    if as_json:
        print_json(answer)
    elif answer["job"] is None:
        click.echo(f"{answer['requests']} received requests in this range; nothing was asked for")
    else:
        state = "done" if answer["done"] else "asked for"
        click.echo(f"reprocess {answer['job']}: {answer['requests']} received requests, {state}")
