"""What commands print: text for people, JSON with --json, problems the same way everywhere."""

import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import click
import msgspec

from trackyard.model.errors import Problem

CELL_CHARACTERS_MAX = 80


def print_json(value: Any) -> None:
    """`value` as JSON, indented for a terminal, on one line for a pipe."""
    written = msgspec.json.encode(value)
    if sys.stdout.isatty():
        written = msgspec.json.format(written, indent=2)
    click.echo(written.decode())


def print_rows(rows: Sequence[Mapping[str, Any]], as_json: bool, *, empty: str = "nothing") -> None:
    """A list: a table with a column per key for people, a JSON array with --json."""
    if as_json:
        print_json(list(rows))
    elif not rows:
        click.echo(empty)
    else:
        click.echo(table(rows))


def table(rows: Sequence[Mapping[str, Any]]) -> str:
    """The rows under their keys, aligned; long cells are cut, numbers stand on the right."""
    columns = list(rows[0])
    cells = [[cell(row.get(column)) for column in columns] for row in rows]
    widths = [max(len(line[index]) for line in [columns, *cells]) for index in range(len(columns))]
    numeric = [all(isinstance(row.get(column), int | float | None) for row in rows) for column in columns]
    return "\n".join(_line(line, widths, numeric) for line in [columns, *cells])


def cell(value: Any) -> str:
    """A value as one short line of text."""
    match value:
        case None:
            text = "-"
        case str():
            text = value
        case bool():
            text = "yes" if value else "no"
        case _:
            text = msgspec.json.encode(value).decode()
    text = " ".join(text.split())
    return text if len(text) <= CELL_CHARACTERS_MAX else f"{text[: CELL_CHARACTERS_MAX - 1]}…"


def when(milliseconds: int) -> str:
    """A time of the log for people: `2026-01-15 12:00:00Z`."""
    return f"{datetime.fromtimestamp(milliseconds / 1000, UTC):%Y-%m-%d %H:%M:%S}Z"


def problem_row(problem: Problem) -> dict[str, Any]:
    """A problem with every member present, for --json."""
    return {name: getattr(problem, name) for name in problem.__struct_fields__}


def print_problems(problems: Sequence[Problem], label: str) -> None:
    """One line each, on standard error."""
    for problem in problems:
        click.echo(f"{label}: {problem}", err=True)


def _line(line: Sequence[str], widths: Sequence[int], numeric: Sequence[bool]) -> str:
    padded = (
        text.rjust(width) if right else text.ljust(width)
        for text, width, right in zip(line, widths, numeric, strict=True)
    )
    return "  ".join(padded).rstrip()
