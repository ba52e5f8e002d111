"""What the exit code of every command says."""

from trackyard.model.errors import (
    BadRequest,
    MissingSecret,
    RefusedError,
    StorageError,
    TrackyardError,
    UnsafeLibrary,
    WorkspaceError,
)

DONE = 0
PROBLEMS_FOUND = 1
USAGE = 2
STORAGE = 3
REFUSED = 4

MEANINGS = {
    DONE: "done; nothing is wrong",
    PROBLEMS_FOUND: "the command ran and found problems (in the workspace, in the installation, in what was asked for)",
    USAGE: "the command was called in a way it does not know",
    STORAGE: "the data directory cannot be read or written, is damaged, too new, or held by another engine",
    REFUSED: "refused by a rule that protects you: a freeze window, a target that is not empty",
}

BY_ERROR: tuple[tuple[type[TrackyardError], int], ...] = (
    (WorkspaceError, PROBLEMS_FOUND),
    (MissingSecret, PROBLEMS_FOUND),
    (BadRequest, PROBLEMS_FOUND),
    (RefusedError, REFUSED),
    (StorageError, STORAGE),
    (UnsafeLibrary, STORAGE),
)


def exit_code(error: TrackyardError) -> int:
    """The code a command ends with when `error` stops it."""
    return next((code for kind, code in BY_ERROR if isinstance(error, kind)), PROBLEMS_FOUND)
