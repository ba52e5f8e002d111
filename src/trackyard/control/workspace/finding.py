"""What a rule looks at and what it says."""

from collections.abc import Iterable, Mapping

import msgspec

from trackyard.control.workspace.files import Files
from trackyard.control.workspace.shape import did_you_mean
from trackyard.control.workspace.yaml import Document, Path
from trackyard.kit.action import Destination
from trackyard.model.errors import Problem
from trackyard.model.workspace import Workspace
from trackyard.store.secrets import Secrets


class Subject(msgspec.Struct, frozen=True):
    """A workspace under check. Parts of the wrong shape are not in `workspace`, but their names are in `files`."""

    files: Files
    workspace: Workspace
    secrets: Secrets
    catalogue: Mapping[str, Destination]  # with the workspace's own
    shipped: frozenset[str]  # slugs that no file of a workspace may take

    @property
    def main_is_known(self) -> bool:
        """Whether trackyard.yaml could be read: else what others refer to in it is not unknown, only unread."""
        return bool(self.workspace.name)


class Finding(msgspec.Struct, frozen=True):
    """A problem, and whether it forbids applying the workspace."""

    problem: Problem
    is_error: bool = True


def warning(document: Document, path: Path, found: str, expected: str, fix: str = "") -> Finding:
    """A problem that does not forbid applying."""
    return Finding(document.problem(path, found, expected, fix), is_error=False)


def error(document: Document, path: Path, found: str, expected: str, fix: str = "") -> Finding:
    """A problem that forbids applying."""
    return Finding(document.problem(path, found, expected, fix))


def unknown(document: Document, path: Path, what: str, word: str, known: Iterable[str]) -> Finding:
    """`word` names nothing that there is."""
    choices = list(known)
    expected = f"one of {', '.join(choices)}" if choices else f"a {what} that exists (there is none)"
    return error(document, path, f'the unknown {what} "{word}"', expected, did_you_mean(word, choices))
