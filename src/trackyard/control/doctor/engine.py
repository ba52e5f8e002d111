"""The running engine: processes that say nothing, lanes that wait."""

from collections.abc import Iterator

from trackyard.control.doctor.diagnosis import Diagnosis, Installation, error, ok, warning
from trackyard.control.doctor.storage import held_leases
from trackyard.control.health import MEANINGS, Condition, health_of

NEEDS_A_PERSON = frozenset({"not_running", "refusing", "revision_refused", "lane_auth"})


def processes_and_lanes(installation: Installation) -> Iterator[Diagnosis]:
    if not held_leases(installation.data):
        return  # nothing runs, so nothing is expected to say anything
    health = health_of(installation.data, installation.now)
    for condition in health.conditions:
        say = error if condition.name in NEEDS_A_PERSON else warning
        yield say("engine", _told(condition), MEANINGS[condition.name])
    if not health.conditions:
        yield ok("engine", f"{', '.join(health.roles)} run, no lane waits")


def _told(condition: Condition) -> str:
    detail = f": {condition.detail}" if condition.detail else ""
    return f"{condition.subject} {condition.name.replace('_', ' ')}{detail}"
