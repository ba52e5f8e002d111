"""Commands for the one writer of a file, from other processes: small durable files that it takes, obeys and answers."""

import os
import time
import uuid
from collections.abc import Sequence
from pathlib import Path

from trackyard.store.durable import sync_directory

ANSWERS_KEPT = 100


class Inbox:
    """A folder. Commands are obeyed at least once, in the order they came; obeying twice must do no harm."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def put(self, command: bytes) -> str:
        """Leave `command`; on return a power cut keeps it. Returns the name its answer will have."""
        name = f"{time.time_ns():020d}-{uuid.uuid4().hex[:8]}"
        self._directory.mkdir(parents=True, exist_ok=True)
        write_durably(self._directory / f"{name}.command", command)
        return name

    def waiting(self) -> Sequence[tuple[str, bytes]]:
        """The commands not answered yet, oldest first."""
        paths = sorted(self._directory.glob("*.command")) if self._directory.exists() else []
        return [(path.stem, path.read_bytes()) for path in paths]

    def answer(self, name: str, answer: bytes) -> None:
        """`name` has been obeyed."""
        write_durably(self._directory / f"{name}.answer", answer)
        (self._directory / f"{name}.command").unlink(missing_ok=True)
        for old in sorted(self._directory.glob("*.answer"))[:-ANSWERS_KEPT]:
            old.unlink(missing_ok=True)

    def answered(self, name: str, seconds: float) -> bytes | None:
        """The answer to `name`, waited for as long as `seconds`; None while there is none."""
        path, end = self._directory / f"{name}.answer", time.monotonic() + seconds
        while not path.exists():
            if time.monotonic() > end:
                return None
            time.sleep(0.02)
        return path.read_bytes()


def write_durably(path: Path, data: bytes) -> None:
    """Put `data` at `path`, whole or not at all; on return a power cut keeps it."""
    fresh = path.with_name(path.name + ".new")
    with fresh.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    sync_directory(path.parent)
