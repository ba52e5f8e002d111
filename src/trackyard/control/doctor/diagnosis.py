"""One thing looked at, what was found, and what to do."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import msgspec

from trackyard.store.directory import DataDirectory

Level = Literal["ok", "warning", "error"]


class Diagnosis(msgspec.Struct, frozen=True):
    """One thing looked at. `fix` says what to do where `level` is not ok."""

    check: str
    level: Level
    found: str
    fix: str = ""


class Installation(msgspec.Struct, frozen=True):
    """What is examined: a data directory, the workspace's files where there are any, and where it listens."""

    data: DataDirectory
    workspace: Path | None
    environ: Mapping[str, str]
    now: float  # seconds since 1970
    host: str
    port: int
    deep: bool  # read every page of every database, however large


def ok(check: str, found: str) -> Diagnosis:
    """Nothing wrong here."""
    return Diagnosis(check, "ok", found)


def warning(check: str, found: str, fix: str) -> Diagnosis:
    """Something to know; nothing breaks of it today."""
    return Diagnosis(check, "warning", found, fix)


def error(check: str, found: str, fix: str) -> Diagnosis:
    """Something that must be put right."""
    return Diagnosis(check, "error", found, fix)
