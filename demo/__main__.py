"""`make demo`: exits 0 only if every event is accounted for."""

import json
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from demo import clients, report
from demo.reckoning import Account, Arrivals, account
from demo.services import (
    CannotStart,
    Service,
    get_json,
    get_text,
    make_workspace,
    must_be_free,
    new_directory,
    run,
    write_key,
)
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
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that every `with` is left
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
        accounts = wait_until_arrived(items, arrivals, trackyard)
        audited = told_by_audit()
        report.print_way_in(sent, expected_audit(items), audited)
        report.print_way_out(accounts, get_json(f"{sandbox}/_sandbox/summary"), told_by_lanes(trackyard))
        report.print_request(arrivals.an_order)
        return verdict(items, sent, audited, accounts)


def start_sandbox(directory: Path, port: int) -> Service:
    command = ["sandbox", "--port", str(port), "--script", str(Path(__file__).parent / "sandbox.yaml")]
    return Service("the sandbox", command, directory / "sandbox.log", {})


def start_trackyard(directory: Path, workspace: Path, port: int, sandbox: str) -> Service:
    command = ["up", "--workspace", str(workspace), "--data", str(directory / "data"), "--port", str(port)]
    return Service("trackyard up", command, directory / "trackyard.log", {"DEMO_SANDBOX": sandbox})


def wait_until_arrived(items: Sequence[Item], arrivals: Arrivals, trackyard: str) -> list[Account]:
    """The accounts once every lane is through and nothing is missing, or as they stand when the time is up."""
    deadline = time.monotonic() + ARRIVE_SECONDS_MAX
    while True:
        lags = measured(trackyard, "trackyard_deliver_lane_lag_events")
        arrivals.read_on()
        accounts = account(items, arrivals.by_connection)
        through = all(lag.value == 0 for lag in lags)
        if (through and not any(one.missing for one in accounts)) or time.monotonic() > deadline:
            return accounts
        time.sleep(ASK_AGAIN_SECONDS)


def told_by_audit() -> dict[str, int]:
    """What Trackyard itself says became of the events, as `trackyard audit` does."""
    rows = json.loads(run("audit", "--data", str(DIRECTORY / "data"), "--json"))
    return {name: sum(row[name] for row in rows) for name in AUDITED}


AUDITED = ("raw", "effective", "twins", "duplicates", "rejected", "quarantined", "blocked")


def told_by_lanes(trackyard: str) -> dict[str, Counter[str]]:
    """Each connection's rows by outcome."""
    lanes: dict[str, Counter[str]] = {}
    for sample in measured(trackyard, "trackyard_deliver_outcomes_total", "trackyard_deliver_retries_total"):
        outcomes = lanes.setdefault(sample.labels["connection"], Counter())
        outcomes[sample.labels.get("outcome", "retried")] += int(sample.value)
    return lanes


def measured(trackyard: str, *names: str) -> list[Sample]:
    families = text_string_to_metric_families(get_text(f"{trackyard}/metrics"))
    return [sample for family in families for sample in family.samples if sample.name in names]


def expected_audit(items: Sequence[Item]) -> dict[str, int]:
    """What the audit must say of the items."""
    fates = Counter(item.fate for item in items)
    told = {"effective": fates["accepted"], "twins": fates["twin"], "duplicates": fates["duplicate"]}
    return {"raw": len(items), **told, "rejected": fates["rejected"], "quarantined": 0, "blocked": 0}


def verdict(
    items: Sequence[Item], sent: Mapping[str, int], audited: Mapping[str, int], accounts: Sequence[Account]
) -> bool:
    """Print what does not add up, or that all does. True if all does."""
    problems = [*problems_in(items, sent, audited), *problems_out(accounts)]
    for problem in problems:
        report.console.print(f"Does not add up: {problem}", style="bold red")
    if not problems:
        report.console.print(f"All {len(items)} events are accounted for.", style="bold green")
    return not problems


def problems_in(items: Sequence[Item], sent: Mapping[str, int], audited: Mapping[str, int]) -> Iterator[str]:
    if sum(sent.values()) != len(items):
        yield f"{sum(sent.values())} of {len(items)} events were sent"
    for name, number in expected_audit(items).items():
        if audited[name] != number:
            yield f"{name}: {audited[name]}, expected {number}"


def problems_out(accounts: Sequence[Account]) -> Iterator[str]:
    for one in accounts:
        for name, ids in (("missing", one.missing), ("not expected", one.unexpected)):
            if ids:
                yield f"{one.connection}: {len(ids)} {name}, such as {', '.join(sorted(ids)[:3])}"


if __name__ == "__main__":
    main()
