"""Secrets that settings refer to: `${env:NAME}`, `${env:NAME:-default}`, `${secret:NAME}` (a file of that name)."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from trackyard.model.errors import MissingSecret

REFERENCE = re.compile(r"\$\{(?P<kind>env|secret):(?P<name>\w[\w.-]*)(?P<default>:-[^}]*)?\}", re.ASCII)
LIKE_A_REFERENCE = re.compile(r"\$\{[^}]*\}?")
MASK = "•••"


class Secret:
    """A value that does not print. `reveal()` where it is sent, nowhere else."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        return self._value

    def __repr__(self) -> str:
        return MASK

    __str__ = __repr__


class Secrets:
    """Where references are looked up, anew at each look: a changed file holds for the very next send."""

    def __init__(self, directory: Path | None, environ: Mapping[str, str]) -> None:
        self._directory, self._environ = directory, environ
        self._files: dict[str, tuple[tuple[int, int, int], Secret]] = {}

    def find(self, kind: str, name: str) -> Secret | None:
        """The secret of that name, or None. `kind` is `env` or `secret`."""
        if kind == "env":
            value = self._environ.get(name)
            return None if value is None else Secret(value)
        return self._from_file(name)

    def _from_file(self, name: str) -> Secret | None:
        if self._directory is None:
            return None
        path = self._directory / name
        try:
            facts = path.stat()
            stamp = (facts.st_mtime_ns, facts.st_size, facts.st_ino)
            if name not in self._files or self._files[name][0] != stamp:
                self._files[name] = (stamp, Secret(path.read_text(encoding="utf-8").removesuffix("\n")))
        except (OSError, UnicodeDecodeError):
            return None
        return self._files[name][1]


def resolve(settings: Mapping[str, Any], secrets: Secrets) -> dict[str, Any]:
    """`settings` with every reference replaced by what it refers to now. Raises `MissingSecret`, naming all missing.

    The result holds secrets in the clear: make the request of it, and keep it out of logs and errors.
    """
    missing = missing_references(settings, secrets)
    if missing:
        raise MissingSecret(f"{', '.join(missing)} not set; set the variable or write the file, no restart needed")
    return {key: _resolved(value, secrets) for key, value in settings.items()}


def missing_references(value: Any, secrets: Secrets) -> list[str]:
    """The references in `value` that refer to nothing, each once, as written."""
    found = (match for text in texts(value) for match in REFERENCE.finditer(text))
    return list(dict.fromkeys(match[0] for match in found if _looked_up(match, secrets) is None))


def has_reference(value: Any) -> bool:
    """Whether any text in `value` refers to a secret."""
    return any(REFERENCE.search(text) for text in texts(value))


def texts(value: Any) -> Iterator[str]:
    """Every text in a JSON value."""
    match value:
        case str():
            yield value
        case dict():
            for item in value.values():
                yield from texts(item)
        case list():
            for item in value:
                yield from texts(item)


def _resolved(value: Any, secrets: Secrets) -> Any:
    match value:
        case str():
            return REFERENCE.sub(lambda match: _looked_up(match, secrets) or "", value)
        case dict():
            return {key: _resolved(item, secrets) for key, item in value.items()}
        case list():
            return [_resolved(item, secrets) for item in value]
        case _:
            return value


def _looked_up(match: re.Match[str], secrets: Secrets) -> str | None:
    secret = secrets.find(match["kind"], match["name"])
    if secret is not None:
        return secret.reveal()
    return match["default"].removeprefix(":-") if match["default"] is not None else None
