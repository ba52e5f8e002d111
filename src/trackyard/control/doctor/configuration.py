"""The configuration: revisions sound, files applied, secrets there."""

import stat
from collections.abc import Iterator

from trackyard.control.doctor.diagnosis import Diagnosis, Installation, error, ok, warning
from trackyard.control.workspace.apply import newest_readable
from trackyard.control.workspace.diff import changes_between
from trackyard.control.workspace.history import history
from trackyard.control.workspace.load import check_workspace
from trackyard.store.revisions import Revisions
from trackyard.store.secrets import Secrets, missing_references

CHANGES_NAMED = 3
OTHERS_MAY_READ = stat.S_IRGRP | stat.S_IROTH


def revisions(installation: Installation) -> Iterator[Diagnosis]:
    entries = history(Revisions(installation.data.revisions))
    for entry in entries:
        if entry.damage:
            say = error if entry.is_current else warning
            yield say("revisions", entry.damage, "restore the file from a backup, or apply the workspace again")
    if not entries:
        yield warning("revisions", "nothing was ever applied", "trackyard apply --workspace DIR --data DIR")
    elif not any(entry.damage for entry in entries):
        yield ok("revisions", f"{len(entries)}, all sound; {entries[0].number} is in force")


def configuration_differs(installation: Installation) -> Iterator[Diagnosis]:
    current = newest_readable(Revisions(installation.data.revisions))
    if installation.workspace is None or current is None:
        return
    checked = check_workspace(installation.workspace, _secrets(installation))
    if checked.errors:
        found = f"{len(checked.errors)} errors in {installation.workspace}, the first: {checked.errors[0]}"
        yield error("workspace files", found, "trackyard check; the revision in force goes on meanwhile")
        return
    changes = changes_between(current.workspace, checked.workspace)
    if changes:
        named = ", ".join(change.path for change in changes[:CHANGES_NAMED])
        found = f"differ from revision {current.number} in {len(changes)} places: {named}"
        yield warning("workspace files", found, "trackyard apply --dry-run shows all, trackyard apply makes them hold")
    else:
        yield ok("workspace files", f"are what revision {current.number} holds")


def missing_secrets(installation: Installation) -> Iterator[Diagnosis]:
    current = newest_readable(Revisions(installation.data.revisions))
    if current is None:
        return
    missing = 0
    for name, connection in current.workspace.connections.items():
        for reference in missing_references(connection.settings, _secrets(installation)):
            missing += 1
            say = error if connection.mode in ("live", "shadow") else warning
            fix = f"set the variable for the server, or write the file below {installation.data.secrets}"
            yield say("secrets", f"{reference}, which connection {name} refers to, is not set", fix)
    if not missing:
        yield ok("secrets", "every reference stands for something")


def secret_files(installation: Installation) -> Iterator[Diagnosis]:
    """Nobody but the server's user may read them."""
    data = installation.data
    files = sorted(data.secrets.iterdir()) if data.secrets.is_dir() else []
    for path in [*files, data.token_key, data.tokens_key]:
        if path.is_file() and path.stat().st_mode & OTHERS_MAY_READ:
            yield warning("secret files", f"{path} can be read by others", f"chmod 600 {path}")


def _secrets(installation: Installation) -> Secrets:
    return Secrets(installation.data.secrets, installation.environ)
