"""A checked workspace becomes the next revision, or an old one comes back: one at a time, never inside a freeze."""

from datetime import UTC, datetime

import msgspec

from trackyard.control.trials.standing import untested
from trackyard.control.workspace.diff import changes_between
from trackyard.log.doorbell import Doorbell
from trackyard.model.errors import Frozen, StorageError, Untested
from trackyard.model.workspace import Change, Revision, Workspace
from trackyard.store.directory import DataDirectory
from trackyard.store.revisions import Revisions
from trackyard.store.trials import Trials


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """Who changes the configuration, when (ms UTC) and why. `hotfix` is the note that a freeze window asks for."""

    who: str
    at: int
    why: str = ""
    hotfix: str = ""


class Applied(msgspec.Struct, frozen=True):
    """What `apply` did: the revision now in force, and what it changed; no changes, no new revision."""

    revision: Revision
    changes: list[Change]


def apply_workspace(workspace: Workspace, data: DataDirectory, note: Note) -> Applied:
    """Make `workspace` the next revision; a running server takes it over. On return a power cut keeps it.

    Raises `Frozen` inside a freeze window of the revision in force, unless `note.hotfix` says why not to wait, and
    `Untested` where the workspace lets only tested actions go live.
    """
    return _put(workspace, data, note, restores=None)


def _refuse_untested(current: Revision | None, workspace: Workspace, data: DataDirectory) -> None:
    """The rule in force holds too: taking it out of the files lets nothing go live in the same revision."""
    required = workspace.require_tested_actions or (current is not None and current.workspace.require_tested_actions)
    if not required:
        return
    missing = untested(current.workspace if current else None, workspace, Trials(data.trials).all())
    if missing:
        raise Untested(
            f"{', '.join(missing)} would go live without a test that passed on this configuration; run "
            f'`trackyard actions test {missing[0]} --sample "Order Completed"` with an event that matches, then apply'
        )


def roll_back(number: int, data: DataDirectory, note: Note) -> Applied:
    """Make a new revision that holds what revision `number` held."""
    old = Revisions(data.revisions).get(number)
    return _put(old.workspace, data, note, restores=number)


def preview(workspace: Workspace, data: DataDirectory) -> list[Change]:
    """What `apply_workspace` would change."""
    current = newest_readable(Revisions(data.revisions))
    return changes_between(current.workspace if current else None, workspace)


def newest_readable(revisions: Revisions) -> Revision | None:
    """The current revision, or the newest that is not damaged, so that a damaged one does not bar its own repair."""
    for number in reversed(revisions.numbers()):
        try:
            return revisions.get(number)
        except StorageError:
            continue
    return None


def _put(workspace: Workspace, data: DataDirectory, note: Note, restores: int | None) -> Applied:
    revisions = Revisions(data.revisions)
    with revisions.locked():
        number = revisions.current_number()
        current = newest_readable(revisions)
        changes = changes_between(current.workspace if current else None, workspace)
        if current is not None and current.number == number and current.workspace == workspace:
            return Applied(current, [])
        _refuse_inside_freeze(current, note)
        if restores is None:  # what was live before may come back in a hurry
            _refuse_untested(current, workspace, data)
        revision = Revision(
            number=number + 1,
            workspace=workspace,
            who=note.who,
            at=note.at,
            why=note.why,
            changes=changes,
            restores=restores,
            hotfix=note.hotfix,
        )
        revisions.put(revision)
    _wake(data)
    return Applied(revision, changes)


def _refuse_inside_freeze(current: Revision | None, note: Note) -> None:
    """The windows in force decide: taking one out of the files does not open it."""
    now = datetime.fromtimestamp(note.at / 1000, UTC)
    windows = current.workspace.freeze_windows if current else []
    window = next((window for window in windows if window.start <= now < window.end), None)
    if window is not None and not note.hotfix.strip():
        raise Frozen(
            f'configuration is frozen until {window.end.isoformat()} ("{window.reason}"); wait, or say why not with '
            f'--hotfix "note"'
        )


def _wake(data: DataDirectory) -> None:
    for bell in data.run.glob("*.bell"):
        doorbell = Doorbell(bell)
        doorbell.ring()
        doorbell.close()
