"""The runs that were made, one file each, the newest kept."""

from pathlib import Path

import msgspec

from trackyard.model.errors import StorageError
from trackyard.sandbox.acceptance.run import Run

RUNS_MAX = 200


def keep(run: Run, directory: Path) -> None:
    """Write `run`; of more than `RUNS_MAX` the oldest go."""
    directory.mkdir(parents=True, exist_ok=True)
    name = run.at.replace(":", "").replace("-", "")
    fresh = directory / f"{name}.new"
    fresh.write_bytes(msgspec.json.encode(run))
    fresh.replace(directory / f"{name}.json")
    for old in sorted(directory.glob("*.json"))[:-RUNS_MAX]:
        old.unlink()


def runs(directory: Path) -> list[Run]:
    """Every run kept, newest first. Raises `StorageError` naming a damaged file."""
    return [_read(path) for path in sorted(directory.glob("*.json"), reverse=True)]


def _read(path: Path) -> Run:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Run)
    except msgspec.DecodeError as error:
        raise StorageError(f"{path} is damaged: {error}; delete it") from None
