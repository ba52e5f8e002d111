"""Reading the delivery ledger: Parquet and the newest segments together, through DuckDB."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

COLUMNS = {
    "at": "BIGINT",
    "connection": "VARCHAR",
    "subscription": "VARCHAR",
    "action": "VARCHAR",
    "revision": "BIGINT",
    "gate": "VARCHAR",
    "outcome": "VARCHAR",
    "reason": "VARCHAR",
    "attempt": "BIGINT",
    "status": "BIGINT",
    "built_ms": "DOUBLE",
    "http_ms": "DOUBLE",
    "digest": "VARCHAR",
}
ROW_LISTS = {"message_id": "VARCHAR", "offset": "BIGINT", "queued_ms": "BIGINT"}
NAMES = ", ".join(f'"{name}"' for name in (*COLUMNS, *ROW_LISTS))
UNNESTED = ", ".join([*(f'"{name}"' for name in COLUMNS), *(f'unnest("{name}") AS "{name}"' for name in ROW_LISTS)])
TYPES = {**COLUMNS, **{name: f"{kind}[]" for name, kind in ROW_LISTS.items()}}


def deliveries(
    ledger: Path,
    *,
    connection: str | None = None,
    message_id: str | None = None,
    outcome: str | None = None,
    latest: int = 50,
) -> list[dict[str, Any]]:
    """The newest rows of the ledger that fit, newest first."""
    asked = {"connection": connection, "message_id": message_id, "outcome": outcome}
    wanted = {name: value for name, value in asked.items() if value is not None}
    where = " AND ".join(f"{name} = ?" for name in wanted) or "true"
    query = f'SELECT {NAMES} FROM ({{rows}}) WHERE {where} ORDER BY "at" DESC, "offset" DESC LIMIT {int(latest)}'
    found = _ask(ledger, query, list(wanted.values()))
    return [dict(zip((*COLUMNS, *ROW_LISTS), row, strict=True)) for row in found]


def delivered_ids(ledger: Path, connection: str, since: int) -> list[str]:
    """The message ids that `connection` delivered at `since` (ms) or later."""
    query = (
        'SELECT DISTINCT message_id FROM ({rows}) WHERE connection = ? AND "at" >= ?'
        " AND outcome IN ('delivered', 'accepted')"
    )
    return [row[0] for row in _ask(ledger, query, [connection, since])]


def delivered_among(ledger: Path, connection: str, message_ids: Sequence[str]) -> set[str]:
    """Those of `message_ids` that `connection` has delivered, as far back as the ledger goes."""
    query = (
        "SELECT DISTINCT message_id FROM ({rows}) WHERE connection = ? AND outcome IN ('delivered', 'accepted')"
        " AND list_contains(?::VARCHAR[], message_id)"
    )
    return {row[0] for row in _ask(ledger, query, [connection, list(message_ids)])}


def _ask(ledger: Path, query: str, values: list[Any]) -> list[tuple[Any, ...]]:
    import duckdb  # 70 MB and a second of CPU that a lane needs only for a twin older than its memory

    while True:
        source = rows_of(ledger)
        if not source:
            return []
        try:
            with duckdb.connect(":memory:", config={"threads": 1, "memory_limit": "512MB"}) as database:
                return database.execute(query.format(rows=source), values).fetchall()
        except duckdb.IOException:
            if rows_of(ledger) == source:  # no segment became Parquet under our hands
                raise


def rows_of(ledger: Path) -> str:
    """The SQL that gives one row per delivery; empty where there is no ledger yet."""
    compacted = sorted((ledger / "compacted").glob("*.parquet"))
    done = {path.stem for path in compacted}
    live = [path for path in sorted((ledger / "live").glob("*.jsonl")) if path.stem not in done]
    parts = []
    if compacted:
        parts.append(f"SELECT {NAMES} FROM read_parquet({_list(compacted)})")
    if live:
        parts.append(f"SELECT {UNNESTED} FROM {read_lines(live)}")
    return " UNION ALL ".join(parts)


def read_lines(segments: Sequence[Path]) -> str:
    """The SQL that reads segments as they lie. The torn last line after a crash is no JSON and is passed over."""
    columns = ", ".join(f"'{name}': '{kind}'" for name, kind in TYPES.items())
    return f"read_json({_list(segments)}, format='newline_delimited', ignore_errors=true, columns={{{columns}}})"


def _list(paths: Sequence[Path]) -> str:
    return "[" + ", ".join("'" + str(path).replace("'", "''") + "'" for path in paths) + "]"
