"""What a mapping is refused with."""

from collections.abc import Sequence

import msgspec


class Problem(msgspec.Struct, frozen=True):
    """One thing wrong with a mapping: where (`/fields/@path`) and what was found and expected there."""

    path: str
    message: str


class MappingError(ValueError):
    """The mapping is not valid (`problems` says every place), or a directive refused an event (one problem)."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("; ".join(f"{problem.path} {problem.message}" for problem in problems))
        self.problems: list[Problem] = list(problems)


def refused(place: str, message: str) -> MappingError:
    """The error of a directive at `place` that cannot answer."""
    return MappingError(Problem(place, message))


def place_of(stack: Sequence[str]) -> str:
    return "/" + "/".join(stack)
