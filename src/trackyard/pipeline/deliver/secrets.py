"""Settings as the next send needs them: secrets stay references until then, and are never shown."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

REFERENCE = re.compile(r"\$\{(env|secret):([A-Za-z_][A-Za-z0-9_.-]*)\}")


class MissingSecret(Exception):
    """A setting refers to a secret that is not there."""


class Secrets:
    """Where `${env:NAME}` and `${secret:NAME}` are found: the environment, and one file per name."""

    def __init__(self, directory: Path, environment: Mapping[str, str] = os.environ) -> None:
        self._directory, self._environment = directory, environment
        self.known: set[str] = set()  # every value ever handed out: what redaction looks for

    def filled(self, value: Any) -> Any:
        """`value` with every reference replaced. Raises `MissingSecret`."""
        match value:
            case str():
                return REFERENCE.sub(self._lookup, value) if "${" in value else value
            case dict():
                return {name: self.filled(member) for name, member in value.items()}
            case list():
                return [self.filled(item) for item in value]
            case _:
                return value

    def _lookup(self, reference: re.Match[str]) -> str:
        kind, name = reference.groups()
        found = self._environment.get(name) if kind == "env" else self._from_file(name)
        if not found:
            where = f"the environment has no {name}" if kind == "env" else f"there is no file {name} among the secrets"
            raise MissingSecret(f"secret {name} is missing: {where}")
        self.known.add(found)
        return found

    def _from_file(self, name: str) -> str | None:
        try:
            return (self._directory / name).read_text().strip()
        except FileNotFoundError:
            return None
