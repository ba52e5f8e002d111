"""Segment's recorded requests against ours: equal, or different where the destination declares it.

`python -m tests.unit.destinations.vectors SLUG [FILE]` prints every difference that is not declared.
"""

import gzip
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from trackyard.destinations import catalogue
from trackyard.kit.action import Destination, Difference
from trackyard.kit.attempt import Refused, Reply, attempt, recorded, stand_in_settings

GOLDEN = Path(__file__).parents[2] / "golden" / "segment" / "destinations"
ABSENT = "absent"


def vectors(file: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def recorded_requests(vector: Mapping[str, Any]) -> list[Any]:
    """What Segment's connector sent, or left for its host to deliver."""
    handed = not vector["requests"] and isinstance(vector.get("output"), dict)
    return [vector["output"]] if handed else list(vector["requests"])


def our_requests(destination: Destination, vector: Mapping[str, Any]) -> list[Any]:
    """What our action would send, or hand to its host; nothing where it refuses the event."""
    action = destination.action(vector["action"])
    assert action is not None, f"no action {vector['action']}"
    try:
        tried = attempt(
            action,
            stand_in_settings(destination, vector["settings"]),
            vector["mapping"],
            vector["events"],
            now=datetime.fromisoformat(vector["frozen_now"]),
            batch=vector["batch"],
            replies=msgspec.convert(vector.get("responses") or [], list[Reply]),
        )
    except Refused:
        return []
    if action.handed_to_host is not None:
        return [action.handed_to_host(request) for request in tried.requests]
    return [recorded(request, destination.oauth) for request in tried.requests]


def different(want: Any, got: Any, path: str) -> Iterator[tuple[str, Any, Any]]:
    """Every (path, want, got) at which two JSON values part; a missing side is `"absent"`."""
    if isinstance(want, dict) and isinstance(got, dict):
        for key in {**want, **got}:
            yield from different(want.get(key, ABSENT), got.get(key, ABSENT), f"{path}.{key}")
    elif isinstance(want, list) and isinstance(got, list):
        for at in range(max(len(want), len(got))):
            pair = [side[at] if at < len(side) else ABSENT for side in (want, got)]
            yield from different(*pair, f"{path}.{at}")
    elif want != got or isinstance(want, bool) != isinstance(got, bool):
        yield path, want, got


def declared(difference: Difference, action: str, path: str, want: Any, got: Any) -> bool:
    return (
        (not difference.actions or action in difference.actions)
        and re.fullmatch(re.escape(difference.path).replace(r"\*", r"\d+"), path) is not None
        and _fits(difference.want, want)
        and _fits(difference.got, got)
    )


def unexplained(destination: Destination, vector: Mapping[str, Any]) -> list[tuple[str, Any, Any]]:
    """The differences of one vector that nothing declares."""
    parts = different(recorded_requests(vector), our_requests(destination, vector), "requests")
    return [
        part for part in parts if not any(declared(said, vector["action"], *part) for said in destination.differences)
    ]


def _fits(said: Any, value: Any) -> bool:
    if isinstance(said, str) and said.startswith("re:"):
        text = value if isinstance(value, str) else json.dumps(value)
        return value != ABSENT and re.fullmatch(said[3:], text, re.DOTALL) is not None
    return bool(said == value)


def main(slug: str, files: Sequence[str]) -> None:
    destination = catalogue()[slug]
    seen: Counter[str] = Counter()
    count = wrong = 0
    for vector in vectors(Path(files[0]) if files else GOLDEN / f"{slug}.jsonl.gz"):
        count += 1
        parts = unexplained(destination, vector)
        wrong += bool(parts)
        for path, want, got in parts:
            key = re.sub(r"\d+", "*", path)
            seen[key] += 1
            if seen[key] <= 4:
                name = f"{vector['id']} {vector['action']} {vector['variant']} {(vector['batch'] and 'batch') or ''}"
                print(f"{name} {path}\n    want {json.dumps(want)[:300]}\n    got  {json.dumps(got)[:300]}")
    print(*seen.most_common(), sep="\n")
    print(f"{slug}: {count} vectors, {wrong} unexplained")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
