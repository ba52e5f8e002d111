"""`make demo`: exits 0 only if every event is accounted for."""

import signal
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from demo import clients, report, told
from demo.account import Account, problems_in
from demo.expected import TYPES_WANTED, Expected, expected_audit, expected_of
from demo.services import CannotStart, Service, get_json, make_workspace, must_be_free, new_directory, write_key
from demo.told import Arrivals
from trackyard.sandbox.traffic import Item, Traffic
from trackyard.sandbox.traffic.item import Client

DIRECTORY = Path(".demo")
HAPPENED = timedelta(minutes=30)  # how long before the demo the store's first event took place
ARRIVE_SECONDS_MAX = 90
ASK_AGAIN_SECONDS = 0.5


@click.command()
@click.option("--events", default=2000, show_default=True, type=click.IntRange(1, 9000))
@click.option("--seed", default=7, show_default=True)
@click.option("--port", default=18080, show_default=True, help="Port of Trackyard's door.")
@click.option("--sandbox-port", default=18081, show_default=True, help="Port of the receiving sandbox.")
def main(events: int, seed: int, port: int, sandbox_port: int) -> None:
    """Send a store's traffic through real SDKs into a fresh Trackyard and count what a sandbox receives."""
    signal.signal(signal.SIGTERM, signal.getsignal(signal.SIGINT))  # both leave every `with`
    try:
        must_be_free(port, sandbox_port)
        complete = demonstrate(list(Traffic(seed, datetime.now(UTC) - HAPPENED).events(events)), port, sandbox_port)
    except (CannotStart, clients.NotSent) as error:
        raise click.ClickException(str(error)) from error
    sys.exit(0 if complete else 1)


def demonstrate(items: Sequence[Item], port: int, sandbox_port: int) -> bool:
    """The whole demo. True if every event is accounted for."""
    directory = new_directory(DIRECTORY)
    workspace = make_workspace(directory)
    with ExitStack() as running:
        sandbox = running.enter_context(start_sandbox(directory, sandbox_port))
        trackyard = running.enter_context(start_trackyard(directory, workspace, port, sandbox))
        report.console.print(f"Trackyard accepts events at {trackyard}, the sandbox receives at {sandbox}")
        missing_node = clients.node_is_ready()
        if missing_node:
            report.console.print(f"Left out: @segment/analytics-node ({missing_node})")
        keys: dict[Client, str] = {"browser": write_key(workspace, "website"), "server": write_key(workspace, "server")}
        sent = clients.send_all(items, clients.Door(trackyard, keys), node=not missing_node)
        arrivals = Arrivals(sandbox)
        expected = {connection: expected_of(connection, items) for connection in TYPES_WANTED}
        wait_until_arrived(expected, arrivals, trackyard)
        audited = told.audit(directory / "data")
        accounts = accounts_of(expected, arrivals, told.retried_rows(trackyard), directory / "data")
        report.print_way_in(sent, expected_audit(items), audited)
        report.print_way_out(accounts, get_json(f"{sandbox}/_sandbox/summary"))
        report.print_request(arrivals.an_order)
    problems = [*problems_in(items, sent, audited), *(problem for one in accounts for problem in one.problems())]
    report.print_verdict(len(items), problems)
    return not problems


def accounts_of(
    expected: Mapping[str, Expected], arrivals: Arrivals, retried: Mapping[str, int], data: Path
) -> list[Account]:
    return [
        Account(name, one, arrivals.by_connection.get(name, {}), told.ledger(data, name), retried.get(name, 0))
        for name, one in expected.items()
    ]


def start_sandbox(directory: Path, port: int) -> Service:
    command = ["sandbox", "--port", str(port), "--script", str(Path(__file__).parent / "sandbox.yaml")]
    return Service("the sandbox", command, directory / "sandbox.log", {})


def start_trackyard(directory: Path, workspace: Path, port: int, sandbox: str) -> Service:
    command = ["up", "--workspace", str(workspace), "--data", str(directory / "data"), "--port", str(port)]
    return Service("trackyard up", command, directory / "trackyard.log", {"DEMO_SANDBOX": sandbox})


def wait_until_arrived(expected: Mapping[str, Expected], arrivals: Arrivals, trackyard: str) -> None:
    """Return once every lane is through and nothing is missing, or when the time is up."""
    deadline = time.monotonic() + ARRIVE_SECONDS_MAX
    while time.monotonic() < deadline:
        through = told.lanes_are_through(trackyard)
        arrivals.read_on()
        missing = (one.arriving - set(arrivals.by_connection.get(name, ())) for name, one in expected.items())
        if through and not any(missing):
            return
        time.sleep(ASK_AGAIN_SECONDS)


if __name__ == "__main__":
    main()
