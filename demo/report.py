"""What the demo prints: one table for the way in, one for each connection, one request as it arrived."""

import json
import shutil
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from demo.account import Account

SHOWN_HEADERS = ("content-type", "user-agent", "x-trackyard-signature", "idempotency-key")
SHOWN_LINES = 40

console = Console(highlight=False, width=max(104, shutil.get_terminal_size().columns))


def print_way_in(sent: Mapping[str, int], expected: Mapping[str, int], audited: Mapping[str, int]) -> None:
    table = Table(title="In", title_justify="left")
    for name in ("", "expected", "counted"):
        table.add_column(name, justify="right" if name else "left")
    for client, number in sent.items():
        table.add_row(f"sent by {client}", "", str(number))
    table.add_section()
    for name, meaning in MEANING.items():
        table.add_row(meaning, str(expected[name]), str(audited[name]))
    console.print(table)


MEANING = {
    "raw": "accepted at the door",
    "effective": "decided: events",
    "twins": "decided: twins, the same event from the other channel",
    "duplicates": "dropped: duplicates on the same channel",
    "rejected": "rejected: kept with the reason",
}


def print_way_out(accounts: Sequence[Account], summary: Mapping[str, Any]) -> None:
    table = Table(title="Out", title_justify="left")
    for name in ("connection", *OUT_COLUMNS):
        table.add_column(name, justify="left" if name == "connection" else "right")
    for one in accounts:
        seen = next((found for name, found in summary["connections"].items() if name.endswith(one.connection)), EMPTY)
        table.add_row(one.connection, *out_cells(one, seen))
    console.print(table)
    console.print(LEGEND)


OUT_COLUMNS = ("expected", "arrived", "twice", "denied", "failed", "retried", "dead", "p50 ms", "p95 ms")


def out_cells(one: Account, seen: Mapping[str, Any]) -> list[str]:
    failed = sum(number for answer, number in seen["answers"].items() if answer != "200")
    latency = (seen["latency_ms"][name] for name in ("p50", "p95"))
    told = (one.count("denied"), failed, one.retried, one.count("dead"))
    numbers = (len(one.expected.arriving), len(one.arrived), one.repeated, *told, *latency)
    return ["-" if number is None else str(number) for number in numbers]


LEGEND = """\
expected: events that the connection wants and the person allows; denied: held back by the gate
failed: requests that the sandbox refused on purpose (demo/sandbox.yaml); retried: their rows
p50, p95: from the door to the sandbox
"""
EMPTY: Mapping[str, Any] = {"answers": {}, "latency_ms": {"p50": None, "p95": None}}


def print_request(entry: Mapping[str, Any] | None) -> None:
    if entry is None:
        return
    console.print("One request as it arrived:\n", style="bold")
    console.print(f"{entry['method']} {entry['path']}", markup=False)
    for name in SHOWN_HEADERS:
        if name in entry["headers"]:
            console.print(f"{name}: {entry['headers'][name]}", markup=False)
    body = entry["json"][0] if isinstance(entry["json"], list) else entry["json"]
    lines = json.dumps(body, indent=2, ensure_ascii=False).splitlines()
    console.print("\n" + "\n".join(lines[:SHOWN_LINES]), markup=False)
    if len(lines) > SHOWN_LINES:
        console.print(f"... {len(lines) - SHOWN_LINES} more lines")
    console.print()


def print_verdict(events: int, problems: Sequence[str]) -> None:
    for problem in problems:
        console.print(f"Does not add up: {problem}", style="bold red")
    if not problems:
        console.print(f"All {events} events are accounted for.", style="bold green")
