"""What each process says of itself: one small file per role below `run/`, read by health, doctor and the commands."""

import os
import time
from pathlib import Path
from typing import Any

import msgspec

FRESH_SECONDS = 5.0  # a status is written about every second; an older one means the process hangs or is gone


class Status(msgspec.Struct, kw_only=True):
    """One process at one time. `state` is a word; `facts` are numbers and names that explain it."""

    role: str
    pid: int
    at: float
    state: str = "running"
    facts: dict[str, Any] = {}


class StatusFile:
    """The status of one role: written by its process, read by any."""

    def __init__(self, run_directory: Path, role: str) -> None:
        self._path = run_directory / f"{role}.status.json"
        self.role = role

    def write(self, state: str, facts: dict[str, Any]) -> None:
        """Replace the status. Not durable: it describes a running process."""
        status = Status(role=self.role, pid=os.getpid(), at=time.time(), state=state, facts=facts)
        fresh = self._path.with_suffix(".new")
        fresh.write_bytes(msgspec.json.encode(status))
        fresh.replace(self._path)

    def read(self) -> Status | None:
        """The last status written, or None where there is none."""
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=Status)
        except (FileNotFoundError, msgspec.DecodeError):
            return None

    def clear(self) -> None:
        self._path.unlink(missing_ok=True)
