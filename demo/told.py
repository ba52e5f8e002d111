"""What Trackyard and the sandbox say happened."""

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from demo.services import get_json, get_text, run

AUDITED = ("raw", "effective", "twins", "duplicates", "rejected", "quarantined", "blocked")
LISTED_AT_ONCE = 500
DELIVERIES_MAX = 1_000_000


class Arrivals:
    """What has arrived at the sandbox so far: how often each message id, by connection, and the last order whole."""

    def __init__(self, sandbox: str) -> None:
        self.by_connection: dict[str, Counter[str]] = {}
        self.an_order: dict[str, Any] | None = None
        self._sandbox, self._after = sandbox, 0

    def read_on(self) -> None:
        """Take in what has arrived since the last time."""
        while entries := self._next():
            for entry in entries:
                self._take(entry)

    def _next(self) -> list[dict[str, Any]]:
        listed = get_json(f"{self._sandbox}/_sandbox/received?after={self._after}&limit={LISTED_AT_ONCE}")
        self._after = listed["after"]
        return list(listed["received"])

    def _take(self, entry: dict[str, Any]) -> None:
        if not entry["rows_taken"]:
            return
        bodies = entry["json"] if isinstance(entry["json"], list) else [entry["json"]]
        self.by_connection.setdefault(entry["connection"], Counter()).update(message_id_of(body) for body in bodies)
        if entry["connection"] == "product-analytics" and bodies[0].get("event") == "Order Completed":
            self.an_order = entry


def message_id_of(body: Mapping[str, Any]) -> str:
    """Slack's messages carry no message id; the demo's begin with the order's number instead."""
    return str(body["messageId"]) if "messageId" in body else "order-" + body["text"].split()[1].rstrip(":")


def audit(data: Path) -> dict[str, int]:
    """`trackyard audit`: what became of the events."""
    rows = json.loads(run("audit", "--data", str(data), "--json"))
    return {name: sum(row[name] for row in rows) for name in AUDITED}


def ledger(data: Path, connection: str) -> dict[str, list[str]]:
    """`trackyard deliveries`: the message ids of a connection by outcome, one for each attempt."""
    command = ("deliveries", "--data", str(data), "--connection", connection, "--latest", str(DELIVERIES_MAX), "--json")
    found: dict[str, list[str]] = {}
    for delivery in json.loads(run(*command)):
        found.setdefault(delivery["outcome"], []).append(delivery["message_id"])
    return found


def lanes_are_through(trackyard: str) -> bool:
    """Whether every lane has settled every event."""
    return not any(sample.value for sample in measured(trackyard, "trackyard_deliver_lane_lag_events"))


def retried_rows(trackyard: str) -> dict[str, int]:
    """Rows that were sent again because the destination as a whole had failed, by connection."""
    samples = measured(trackyard, "trackyard_deliver_retries_total")
    return {sample.labels["connection"]: int(sample.value) for sample in samples}


def measured(trackyard: str, name: str) -> list[Sample]:
    families = text_string_to_metric_families(get_text(f"{trackyard}/metrics"))
    return [sample for family in families for sample in family.samples if sample.name == name]
