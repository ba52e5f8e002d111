"""Closed ledger segments become Parquet; what is too old or too much goes. Runs as a process of low priority."""

import os
import sys
import time
from pathlib import Path

import duckdb

from trackyard.pipeline.deliver.history import UNNESTED, read_lines
from trackyard.store.durable import sync_directory

KEEP_DAYS = 30
KEEP_BYTES = 4_000_000_000


def compact(ledger: Path, *, now: float, keep_days: float = KEEP_DAYS, keep_bytes: int = KEEP_BYTES) -> None:
    """Bring every closed segment into Parquet, then hold the ledger to its bounds. Safe to stop at any moment."""
    folder = ledger / "compacted"
    folder.mkdir(parents=True, exist_ok=True)
    for segment in closed_segments(ledger):
        _to_parquet(segment, folder / f"{segment.stem}.parquet")
        segment.unlink()
    _bound(sorted(folder.glob("*.parquet"), key=lambda path: path.stat().st_mtime), now, keep_days, keep_bytes)


def closed_segments(ledger: Path) -> list[Path]:
    """Segments nobody writes any more: all but the newest of every writer."""
    newest: dict[str, Path] = {}
    paths = sorted((ledger / "live").glob("*.jsonl"))
    for path in paths:
        newest[path.stem.rpartition("-")[0]] = path
    return [path for path in paths if path not in newest.values()]


def _to_parquet(segment: Path, target: Path) -> None:
    fresh = target.with_suffix(".new")
    with duckdb.connect(":memory:", config={"threads": 1, "memory_limit": "400MB"}) as database:
        database.execute(
            f"COPY (SELECT {UNNESTED} FROM {read_lines([segment])}) TO '{str(fresh).replace(chr(39), chr(39) * 2)}'"
            " (FORMAT parquet, COMPRESSION zstd)"
        )
    descriptor = os.open(fresh, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    os.utime(fresh, (segment.stat().st_mtime, segment.stat().st_mtime))
    fresh.replace(target)
    sync_directory(target.parent)


def _bound(files: list[Path], now: float, keep_days: float, keep_bytes: int) -> None:
    sizes = {path: path.stat() for path in files}
    total = sum(facts.st_size for facts in sizes.values())
    for path, facts in sizes.items():
        if total <= keep_bytes and now - facts.st_mtime <= keep_days * 86_400:
            break
        path.unlink()
        total -= facts.st_size


if __name__ == "__main__":
    os.nice(19)
    compact(Path(sys.argv[1]), now=time.time())
