"""What differs between two workspaces, field by field, fit to be kept and shown: secrets and keys are masked."""

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from trackyard.control.workspace.yaml import Path, path_text
from trackyard.model.workspace import Change, Workspace
from trackyard.store.secrets import MASK, REFERENCE

SENSITIVE_NAME = re.compile(
    r"secret|token|passw|authori[sz]ation|credential|cookie|api_?key|private_?key", re.IGNORECASE
)
USER_INFO = re.compile(r"(?<=://)[^/@\s]+(?=@)")
KEY_CHARACTERS_SHOWN = 4
EMPTY = Workspace(name="")


def changes_between(before: Workspace | None, after: Workspace) -> list[Change]:
    """The smallest fields that differ; a part that came or went whole is one change."""
    old, new = _plain(before or EMPTY), _plain(after)
    return [
        Change(path=path_text(path), before=masked(was, path), after=masked(now, path))
        for path, was, now in _differences(old, new, ())
    ]


def masked(value: Any, path: Path) -> Any:
    """`value` as it may be shown: no write key in full, nothing that looks like a credential but by reference."""
    match value:
        case dict():
            return {key: masked(item, (*path, key)) for key, item in value.items()}
        case list():
            return [masked(item, (*path, index)) for index, item in enumerate(value)]
        case str() if path[:1] == ("sources",) and path[2:3] == ("write_keys",):
            return f"{value[:KEY_CHARACTERS_SHOWN]}{MASK}"
        case str() if path[:1] == ("connections",) and ("settings" in path or "mapping" in path):
            return _masked_setting(value, path)
        case _:
            return value


def sensitive(path: Path) -> bool:
    """Whether a setting is named like something that must not be written down."""
    return any(isinstance(part, str) and SENSITIVE_NAME.search(part) for part in path)


def _masked_setting(value: str, path: Path) -> str:
    if sensitive(path[3:]) and path[-1:] != ("@path",) and not REFERENCE.search(value):
        return MASK
    return USER_INFO.sub(MASK, value)


def _differences(old: Any, new: Any, path: Path) -> Iterator[tuple[Path, Any, Any]]:
    if len(path) <= 1 and (isinstance(old, dict) or isinstance(new, dict)):  # a folder: name what came part by part
        old, new = ({} if side is None else side for side in (old, new))
    if isinstance(old, dict) and isinstance(new, dict) and (len(path) <= 1 or (old and new)):
        for key in dict.fromkeys([*old, *new]):
            yield from _differences(old.get(key), new.get(key), (*path, key))
    elif _lists_of_maps(old, new):
        for index in range(max(len(old), len(new))):
            yield from _differences(_at(old, index), _at(new, index), (*path, index))
    elif old != new:
        yield path, old, new


def _plain(workspace: Workspace) -> dict[str, Any]:
    members: dict[str, Any] = msgspec.to_builtins(workspace)
    return members


def _lists_of_maps(old: Any, new: Any) -> bool:
    both = isinstance(old, list) and isinstance(new, list) and bool(old) and bool(new)
    return both and all(isinstance(item, dict) for item in [*old, *new])


def _at(items: list[Any], index: int) -> Any:
    return items[index] if index < len(items) else None
