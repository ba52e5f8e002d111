"""How the engine is, in named states, from what its processes say of themselves."""

import time
from typing import Any, Literal

import msgspec
from prometheus_client import CollectorRegistry, generate_latest, multiprocess

from trackyard.control.status import FRESH_SECONDS, Status, StatusFile
from trackyard.store.directory import DataDirectory

State = Literal["ok", "degraded", "refusing"]
ROLES = ("collect", "process", "deliver")
LATE_SECONDS = 30.0  # an event that waits this long to be decided is worth telling

MEANINGS: dict[str, str] = {
    "not_running": "a process has said nothing for 5 s; the supervisor starts it again, see its log",
    "refusing": "events are answered 503 because they cannot be made durable; nothing acknowledged is lost",
    "process_late": "events are accepted and durable but wait more than 30 s to be decided",
    "revision_refused": "the newest revision cannot be used; the one before stays in force",
    "lane_open": "a destination fails as a whole; its lane waits at its position and tries again by itself",
    "lane_auth": "a destination refuses the credentials; its lane waits until they are changed",
    "lane_paused": "an operator has paused a connection; its events wait",
}


class Condition(msgspec.Struct, frozen=True):
    """One thing that is not as it should be: a name from `MEANINGS`, what it concerns, what was seen."""

    name: str
    subject: str
    detail: str = ""


class Health(msgspec.Struct, frozen=True):
    """The whole: `refusing` answers 503, everything else 200, because events are accepted."""

    state: State
    conditions: list[Condition]
    roles: dict[str, dict[str, Any]]


def health_of(directory: DataDirectory, now: float) -> Health:
    """The health at `now` (seconds since 1970)."""
    statuses = {role: StatusFile(directory.run, role).read() for role in ROLES}
    conditions = [found for role, status in statuses.items() for found in _conditions(role, status, now)]
    refusing = any(condition.name == "refusing" for condition in conditions)
    state: State = "refusing" if refusing else "degraded" if conditions else "ok"
    roles = {
        role: {"pid": status.pid, "state": status.state, **status.facts}
        for role, status in statuses.items()
        if status is not None
    }
    return Health(state, conditions, roles)


def health_page(directory: DataDirectory) -> tuple[int, bytes]:
    """The HTTP status and the JSON of `GET /health`."""
    found = health_of(directory, time.time())
    return 503 if found.state == "refusing" else 200, msgspec.json.encode(found)


def metrics_page(directory: DataDirectory) -> bytes:
    """All processes' metrics in Prometheus' text form."""
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry, path=str(directory.metrics))  # type: ignore[no-untyped-call]
    return generate_latest(registry)


def _conditions(role: str, status: Status | None, now: float) -> list[Condition]:
    if status is None or now - status.at > FRESH_SECONDS:
        return [Condition("not_running", role)]
    facts = status.facts
    found = []
    if role == "collect" and status.state == "refusing":
        found.append(Condition("refusing", role, str(facts.get("reason", ""))))
    if facts.get("waiting_seconds", 0) > LATE_SECONDS:
        found.append(Condition("process_late", role, f"{facts['waiting_seconds']:.0f} s"))
    if facts.get("refused_revision"):
        found.append(Condition("revision_refused", role, f"revision {facts['refused_revision']}"))
    for lane in facts.get("lanes", ()):
        if lane["state"] in ("open", "auth", "paused"):
            found.append(Condition(f"lane_{lane['state']}", lane["connection"], str(lane.get("reason", ""))))
    return found
