"""What a payload is refused with."""

from trackyard.kit.mapping.errors import Problem


class PayloadError(ValueError):
    """The members do not make a payload; `problems` says every place, what was found and what was expected."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("; ".join(f"{problem.path} {problem.message}" for problem in problems))
        self.problems: list[Problem] = list(problems)
