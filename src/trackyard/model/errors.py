"""Every error we raise on purpose, classed by who must act.

TrackyardError
├── BadRequest        the client: the request cannot be kept (HTTP status, code, message)
├── WorkspaceError    the operator: problems in workspace files, each with file, line, found, expected
├── MissingSecret     the operator: settings refer to a variable or file that is not there
├── RefusedError      the operator: a rule that protects them says no; the message says how to go on
│   ├── Frozen        a freeze window holds; wait, or say that it is a hotfix
│   └── Untested      the workspace lets only tested actions go live; test them
├── StorageError      the operator: a file cannot be written, is damaged, or is too new
│   ├── Held          the file belongs to another running engine
│   └── Fenced        nobody here: another engine has taken over this data directory; stop without writing
└── UnsafeLibrary     the operator: an installed library is known to lose data
"""

import msgspec


class TrackyardError(Exception):
    """The root: catch this at the edge of a command to print a message instead of a traceback."""


class BadRequest(TrackyardError):
    """The client must act: nothing of the request can be kept."""

    def __init__(self, status: int, code: str, message: str, headers: tuple[tuple[str, str], ...] = ()) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.headers = status, code, message, headers


class Problem(msgspec.Struct, frozen=True, order=True):
    """One thing wrong in a workspace: where it stands, what was found, what was expected, what to do."""

    file: str
    line: int
    found: str
    expected: str
    path: str = ""
    fix: str = ""

    def __str__(self) -> str:
        fix = f"; {self.fix}" if self.fix else ""
        at = f" ({self.path})" if self.path else ""
        return f"{self.file}:{self.line}{at}: found {self.found}, expected {self.expected}{fix}"


class WorkspaceError(TrackyardError):
    """The operator must act: the workspace cannot be used as it is. Holds every problem, not only the first."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


class MissingSecret(TrackyardError):
    """The operator must act: settings refer to a variable or a secret file that is not there."""


class RefusedError(TrackyardError):
    """The operator must act: a rule that protects them says no."""


class Frozen(RefusedError):
    """Nothing is applied in a freeze window but a hotfix with a note."""


class Untested(RefusedError):
    """The workspace lets only tested actions go live."""


class StorageError(TrackyardError):
    """The operator must act: durable storage refuses, is damaged, or was written by a newer version."""


class Held(StorageError):
    """Another engine that is running holds this file: stop it, or use another data directory."""


class Fenced(StorageError):
    """Another engine has taken over: this one must stop and may write nothing more."""


class UnsafeLibrary(TrackyardError):
    """The operator must act: a library of this version is known to lose data."""
