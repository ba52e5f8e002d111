"""The revision that a server starts with."""

from pathlib import Path

from trackyard.control.workspace.apply import Note, apply_workspace
from trackyard.control.workspace.read import as_written
from trackyard.model.errors import RefusedError, StorageError, TrackyardError, WorkspaceError
from trackyard.model.workspace import Revision
from trackyard.store.directory import DataDirectory
from trackyard.store.revisions import Revisions
from trackyard.store.secrets import Secrets


def adopt(directory: Path, data: DataDirectory, secrets: Secrets, note: Note) -> tuple[Revision, TrackyardError | None]:
    """The revision to start with: the files in `directory` when they are new and sound, else the one in force.

    Files that were applied before and then rolled back are not applied again just because the server starts.
    The error says why new files were not applied (broken, untested, or inside a freeze window). It is raised where
    nothing was ever applied.
    """
    revisions = Revisions(data.revisions)
    last = last_from_files(revisions)
    if last is not None and last.workspace == as_written(directory):
        return revisions.current() or last, None
    # The rules take half a second to import, which a start without new files need not wait for.
    from trackyard.control.workspace.load import load_workspace

    try:
        applied = apply_workspace(load_workspace(directory, secrets), data, note)
        return applied.revision, None
    except (WorkspaceError, RefusedError) as error:
        current = revisions.current()
        if current is None:
            raise
        return current, error


def last_from_files(revisions: Revisions) -> Revision | None:
    """The newest revision that came from files and not from a rollback."""
    for number in reversed(revisions.numbers()):
        try:
            revision = revisions.get(number)
        except StorageError:
            continue
        if revision.restores is None:
            return revision
    return None
