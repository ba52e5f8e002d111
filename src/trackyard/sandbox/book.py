"""What a sandbox remembers: counts of everything, and the last requests whole. Bounded in number and in bytes."""

from collections import Counter, deque
from collections.abc import Iterator, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

import msgspec

from trackyard.sandbox.partner import Judgement, Partner, Row, Taken

KEPT_REQUESTS = 100_000
KEPT_BYTES_MAX = 512_000_000
IDS_MAX = 4_000_000  # per connection, about 110 bytes each; beyond, the oldest half is forgotten
LISTED_REQUESTS = 1_000
LISTED_REASONS = 100  # of one request
REASONS_MAX = 200  # different ones per connection


class Entry(msgspec.Struct, frozen=True, gc=False):
    """One request with what became of it. `status` is None where the answer was broken or withheld."""

    sequence: int
    at: float
    destination: str
    taken: Taken
    status: int | None
    rows_taken: int
    refused: Sequence[str] = ()


class Tally(msgspec.Struct):
    """The counts of one connection. `unique` and `repeats` are rows that carried an id by which a repeat is known."""

    requests: int = 0
    bytes: int = 0
    rows: int = 0
    unique: int = 0
    repeats: int = 0
    refused: int = 0
    reasons: Counter[str] = msgspec.field(default_factory=Counter)
    first_at: float = 0
    last_at: float = 0
    answers: Counter[str] = msgspec.field(default_factory=Counter)
    latency_ms: Counter[int] = msgspec.field(default_factory=Counter)
    ids: dict[int, float] = msgspec.field(default_factory=dict)  # hash of the id -> when it had its effect
    older_ids: dict[int, float] = msgspec.field(default_factory=dict)

    def has(self, row_id: str, at: float, window_seconds: float) -> bool:
        """Whether a row of this id had its effect at most `window_seconds` before `at`."""
        known = hash(row_id)
        since = self.ids.get(known, self.older_ids.get(known))
        return since is not None and at - since <= window_seconds


class Book:
    """Everything a sandbox took since it started or was cleared."""

    def __init__(self, kept_requests: int = KEPT_REQUESTS) -> None:
        self.kept_requests = kept_requests
        self._sequence = 0
        self.clear()

    def clear(self) -> None:
        """Forget everything but the sequence, so that a reader's `after` stays valid."""
        self._entries: deque[Entry] = deque()
        self._entries_bytes = 0
        self._tallies: dict[str, Tally] = {}

    def write(self, partner: Partner, taken: Taken, status: int | None, judgement: Judgement, at: float) -> None:
        """Count a request, the rows of it that had their effect, and the reasons why others had none."""
        self._sequence += 1
        tally = self.tally(partner, taken, at)
        tally.requests += 1
        tally.bytes += len(taken.body)
        tally.last_at = at
        tally.answers["none" if status is None else str(status)] += 1
        count_rows(tally, judgement.rows, at, partner.window_seconds)
        tally.refused += len(judgement.refused)
        for reason in judgement.refused:
            tally.reasons[reason if len(tally.reasons) < REASONS_MAX or reason in tally.reasons else "others"] += 1
        if self.kept_requests:
            entry = Entry(self._sequence, at, partner.slug, taken, status, len(judgement.rows), judgement.refused)
            self._keep(entry)

    def tally(self, partner: Partner, taken: Taken, at: float) -> Tally:
        """The counts of the connection that sent `taken`."""
        return self._tallies.setdefault(f"{partner.slug}/{taken.connection}", Tally(first_at=at))

    def _keep(self, entry: Entry) -> None:
        self._entries.append(entry)
        self._entries_bytes += len(entry.taken.body)
        while len(self._entries) > self.kept_requests or self._entries_bytes > KEPT_BYTES_MAX:
            self._entries_bytes -= len(self._entries.popleft().taken.body)

    def received(self, destination: str = "", after: int = 0, limit: int = LISTED_REQUESTS) -> dict[str, Any]:
        """The kept requests after a sequence number, oldest first, and what to ask with for the next ones."""
        listed = [as_listed(entry) for entry in self._kept(destination, after, limit)]
        return {"received": listed, "after": listed[-1]["sequence"] if listed else after}

    def _kept(self, destination: str, after: int, limit: int) -> Iterator[Entry]:
        for entry in self._entries:
            if limit <= 0:
                return
            if entry.sequence > after and destination in ("", entry.destination):
                limit -= 1
                yield entry

    def summary(self) -> dict[str, Any]:
        """Counts in all and per connection."""
        connections = {name: as_summary(tally) for name, tally in sorted(self._tallies.items())}
        totals = {key: sum(one[key] for one in connections.values()) for key in ADDED_UP}
        return {**totals, "last_sequence": self._sequence, "connections": connections}


ADDED_UP = ("requests", "bytes", "rows", "effects", "unique", "repeats", "refused")


def count_rows(tally: Tally, rows: Sequence[Row], at: float, window_seconds: float) -> None:
    tally.rows += len(rows)
    for row in rows:
        if row.message_id:
            count_id(tally, row.message_id, at, window_seconds)
        if (received_at := as_seconds(row.received_at)) is not None:
            tally.latency_ms[rounded_ms(at - received_at)] += 1


def count_id(tally: Tally, row_id: str, at: float, window_seconds: float) -> None:
    if tally.has(row_id, at, window_seconds):
        tally.repeats += 1
        return
    tally.unique += 1
    tally.ids[hash(row_id)] = at
    if len(tally.ids) >= IDS_MAX // 2:
        tally.older_ids, tally.ids = tally.ids, {}


def as_seconds(text: str) -> float | None:
    """Seconds since 1970 of an RFC 3339 time; None where it is something else, as a mapping may send."""
    try:
        return datetime.fromisoformat(text).timestamp() if text else None
    except ValueError:
        return None


def rounded_ms(seconds: float) -> int:
    """Whole milliseconds, from 100 on with two digits, so that a tally holds some hundred numbers at most."""
    milliseconds = max(0, round(seconds * 1000))
    step: int = 10 ** max(0, len(str(milliseconds)) - 2)
    return milliseconds // step * step


def as_listed(entry: Entry) -> dict[str, Any]:
    taken = entry.taken
    return {
        "sequence": entry.sequence,
        "received_at": entry.at,
        "destination": entry.destination,
        "connection": taken.connection,
        "method": taken.method,
        "path": f"/{entry.destination}/{taken.path}",
        "query": taken.query,
        "headers": {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in taken.headers},
        "status": entry.status,
        "rows_taken": entry.rows_taken,
        "refused": list(entry.refused[:LISTED_REASONS]),
        "sha256": sha256(taken.body).hexdigest(),
        **body_as_listed(taken.body),
    }


def body_as_listed(body: bytes) -> dict[str, Any]:
    try:
        return {"json": msgspec.json.decode(body, type=msgspec.Raw)}
    except msgspec.DecodeError:
        return {"json": None, "text": body.decode(errors="replace")}


def as_summary(tally: Tally) -> dict[str, Any]:
    return {
        "requests": tally.requests,
        "bytes": tally.bytes,
        "rows": tally.rows,
        "effects": tally.rows - tally.repeats,
        "unique": tally.unique,
        "repeats": tally.repeats,
        "refused": tally.refused,
        "reasons": dict(tally.reasons.most_common()),
        "first_at": tally.first_at,
        "last_at": tally.last_at,
        "answers": dict(tally.answers),
        "latency_ms": {name: quantile(tally.latency_ms, share) for name, share in QUANTILES},
    }


QUANTILES = (("p50", 0.50), ("p95", 0.95), ("p99", 0.99), ("max", 1.0))


def quantile(counts: Counter[int], share: float) -> int | None:
    """The smallest value that at least `share` of the counted ones do not exceed; None where nothing was counted."""
    wanted, seen = share * counts.total(), 0
    for value in sorted(counts):
        seen += counts[value]
        if seen >= wanted:
            return value
    return None
