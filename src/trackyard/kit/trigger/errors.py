"""What a trigger text is refused with."""


class TriggerError(ValueError):
    """The text is not a trigger. The message says what was found and expected, `position` where (in characters)."""

    def __init__(self, message: str, position: int = 0) -> None:
        super().__init__(f"{message} (at character {position + 1})")
        self.position = position
