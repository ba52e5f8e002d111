"""Workspaces to start from, kept as files below `templates/` and copied with fresh write keys."""

import re
from collections.abc import Callable
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from trackyard.control import workspace as package
from trackyard.model.errors import RefusedError

TEMPLATES = ["default", "store"]
KEY_PLACE = re.compile(r"WRITE_KEY_[A-Z_]+")
KEY_BYTES = 24


def write_starter(directory: Path, template: str, random_text: Callable[[int], str]) -> list[Path]:
    """Write the template's files to `directory` and name them. Refuses where any of them exists, writing none."""
    files = _texts(resources.files(package) / "templates" / template, Path())
    taken = [name for name in files if (directory / name).exists()]
    if taken:
        raise RefusedError(f"{directory / taken[0]} is there already; choose another directory")
    return [_write(directory / name, _with_keys(text, random_text)) for name, text in files.items()]


def _texts(folder: Traversable, below: Path) -> dict[Path, str]:
    found: dict[Path, str] = {}
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir():
            found |= _texts(entry, below / entry.name) if entry.name != "__pycache__" else {}
        else:
            found[below / entry.name] = entry.read_text(encoding="utf-8")
    return found


def _with_keys(text: str, random_text: Callable[[int], str]) -> str:
    keys = {place: "wk_" + random_text(KEY_BYTES) for place in sorted(set(KEY_PLACE.findall(text)))}
    return KEY_PLACE.sub(lambda match: keys[match[0]], text)


def _write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path
