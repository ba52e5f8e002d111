"""What is wrong with a destination's file."""


class NotADestination(ValueError):
    """The operator must act: the file cannot be used. The text says all of it in one line."""

    def __init__(self, file: str, line: int, found: str, expected: str, fix: str = "") -> None:
        super().__init__(f"{file}:{line}: found {found}, expected {expected}" + (f"; {fix}" if fix else ""))
        self.file, self.line, self.found, self.expected, self.fix = file, line, found, expected, fix


def line_in(error: BaseException, file: str) -> int:
    """The deepest line of `file` that an error went through; 1 where there is none."""
    line, trace = 1, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == file:
            line = trace.tb_lineno
        trace = trace.tb_next
    return line
