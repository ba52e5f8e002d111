"""The audit: what became of every event, per day, source and event name."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from trackyard.model.event import rfc3339
from trackyard.model.workspace import Source

Count = tuple[int, str, str, str, int]  # day, source, event name, what, how many


def audit(counts: Iterable[Count], sources: Mapping[str, Source]) -> list[dict[str, Any]]:
    """A row per day, source and event name. `raw` = `effective` + `twins` + `duplicates` + each kind of loss.

    Sources that are each other's twin share a row: only together it can be told what was seen on one side only. A pair
    that falls on two days counts its twin on the second.
    """
    pairs = _pairs(sources)
    rows: dict[tuple[int, str, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for day, source, name, what, count in counts:
        rows[day, pairs.get(source, source), name][what] += count
    return [_row(*key, found) for key, found in sorted(rows.items())]


def _pairs(sources: Mapping[str, Source]) -> dict[str, str]:
    """Source -> the names of all it is a twin of, itself included."""
    groups: dict[str, set[str]] = {slug: {slug} for slug in sources}
    for slug, source in sources.items():
        if source.twin_of in groups:
            together = groups[slug] | groups[source.twin_of]
            groups.update(dict.fromkeys(together, together))
    return {slug: " + ".join(sorted(group)) for slug, group in groups.items()}


def _row(day: int, source: str, name: str, found: Mapping[str, int]) -> dict[str, Any]:
    twins = found.get("twin", 0)
    return {
        "day": rfc3339(day)[:10],
        "source": source,
        "event": name,
        "raw": found.get("raw", 0),
        "rejected": found.get("rejected", 0),
        "quarantined": found.get("quarantined", 0),
        "duplicates": found.get("duplicate", 0),
        "blocked": found.get("blocked", 0),
        "violations": found.get("violation", 0),
        "failed": found.get("failed", 0),
        "twins": twins,
        "client_only": max(0, found.get("client", 0) - twins),
        "server_only": max(0, found.get("server", 0) - twins),
        "effective": found.get("decided", 0) - twins,
        "reprocessed": found.get("reprocessed", 0),
    }
