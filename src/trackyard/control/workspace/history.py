"""The change log: every revision, newest first, damaged ones included by name."""

import msgspec

from trackyard.model.errors import StorageError
from trackyard.model.workspace import Revision
from trackyard.store.revisions import Revisions


class Entry(msgspec.Struct, frozen=True):
    """One revision of the history; `damage` says what is wrong where it cannot be read."""

    number: int
    is_current: bool
    revision: Revision | None = None
    damage: str = ""


def history(revisions: Revisions, path_prefix: str = "") -> list[Entry]:
    """The revisions that changed something at or below `path_prefix` (`connections.meta`), newest first."""
    entries = [_entry(revisions, number) for number in reversed(revisions.numbers())]
    return [entry for entry in entries if _concerns(entry, path_prefix)]


def _entry(revisions: Revisions, number: int) -> Entry:
    is_current = number == revisions.current_number()
    try:
        return Entry(number, is_current, revisions.get(number))
    except StorageError as error:
        return Entry(number, is_current, damage=str(error))


def _concerns(entry: Entry, prefix: str) -> bool:
    if not prefix or entry.revision is None:
        return True
    return any(_overlap(change.path, prefix) for change in entry.revision.changes)


def _overlap(path: str, prefix: str) -> bool:
    """Whether one lies at or below the other: a part added whole concerns all that is in it."""
    return _is_below(path, prefix) or _is_below(prefix, path)


def _is_below(path: str, above: str) -> bool:
    return path == above or path.startswith((f"{above}.", f"{above}["))
