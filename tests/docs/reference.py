"""What docs/reference holds, made from the code. `make reference` writes it, a test compares it."""

import inspect
import re
import tokenize
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import click
import msgspec
from prometheus_client.metrics import MetricWrapperBase

from trackyard.cli import exit_codes
from trackyard.cli.main import main
from trackyard.model import workspace
from trackyard.pipeline import metrics

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "docs" / "reference"
FROM_CODE = "<!-- Written by `make reference` from the code; change it there. -->\n"


def write_all() -> None:
    for name, page in PAGES.items():
        (REFERENCE / name).write_text(page())


def commands_page() -> str:
    lines = [FROM_CODE, "# Commands\n", "| exit code | meaning |\n|---|---|"]
    lines += [f"| {code} | {meaning} |" for code, meaning in exit_codes.MEANINGS.items()]
    lines.append("\nMessages go to standard error; with `--json` only JSON goes to standard output.\n")
    for path, command in commands():
        lines += [f"## trackyard {' '.join(path)}\n", *command_lines(path, command)]
    return "\n".join(lines)


def commands() -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command and subcommand, with the words that call it."""
    yield from within((), main)


def within(path: tuple[str, ...], group: click.Group) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None, name
        yield (*path, name), command
        if isinstance(command, click.Group):
            yield from within((*path, name), command)


def command_lines(path: tuple[str, ...], command: click.Command) -> Iterator[str]:
    context = click.Context(command, info_name=" ".join(("trackyard", *path)))
    yield inspect.cleandoc(command.help or "").replace("\b\n", "") + "\n"
    yield f"```\n{command.get_usage(context).removeprefix('Usage: ')}\n```\n"
    rows = [row for row in (option_row(param, context) for param in command.params) if row]
    if rows:
        yield "| option | meaning |\n|---|---|\n" + "\n".join(rows) + "\n"


def option_row(param: click.Parameter, context: click.Context) -> str:
    record = param.get_help_record(context)
    if record is None:
        return ""
    return row(f"`{record[0]}`", record[1])


def metrics_page() -> str:
    lines = [FROM_CODE, "# Metrics\n", "`GET /metrics` gives them in Prometheus' text format.\n"]
    lines.append("| metric | kind | labels | meaning |\n|---|---|---|---|")
    for metric in sorted(declared_metrics(), key=lambda one: str(one._name)):
        name = metric._name + ("_total" if metric._type == "counter" else "")
        labels = ", ".join(f"`{label}`" for label in metric._labelnames) or "none"
        lines.append(f"| `{name}` | {metric._type} | {labels} | {metric._documentation} |")
    return "\n".join(lines) + "\n"


def declared_metrics() -> list[MetricWrapperBase]:
    return [value for value in vars(metrics).values() if isinstance(value, MetricWrapperBase)]


def workspace_page() -> str:
    lines = [FROM_CODE, "# Workspace files\n", WORKSPACE_FILES]
    for name in STRUCTS:
        struct = getattr(workspace, name)
        lines += [f"## {name}\n", inspect.cleandoc(struct.__doc__ or "") + "\n", *setting_rows(struct), ""]
    return "\n".join(lines)


WORKSPACE_FILES = """\
| file | holds |
|---|---|
| `trackyard.yaml` | the members of [Workspace](#workspace) that are not folders |
| `sources/NAME.yaml` | one [Source](#source) |
| `destinations/NAME.yaml` | one [Connection](#connection) |
| `destinations/NAME.py` | one [destination of your own](../how-to/destination.md) |
| `plans/NAME.yaml` | one tracking plan: JSON Schemas by event |
| `transforms/NAME.py` | one user function, its fixtures beside it |

An unknown key is an error. Settings are read as `${env:NAME}`, `${env:NAME:-default}` or `${secret:NAME}` where they
are secrets; such a reference is looked up at each send and never stored.
"""
NOT_FILES = ("Strict", "Revision", "Change")
STRUCTS = [
    name
    for name, value in vars(workspace).items()
    if isinstance(value, type) and issubclass(value, workspace.Strict) and name not in NOT_FILES
]


def setting_rows(struct: type[msgspec.Struct]) -> Iterator[str]:
    said = comments_and_types(struct)
    yield "| setting | type | if absent | meaning |\n|---|---|---|---|"
    for field in msgspec.structs.fields(struct):
        annotation, comment = said.get(field.name, ("", ""))
        yield row(f"`{field.name}`", f"`{annotation}`", default_of(field), comment)


def comments_and_types(struct: type[msgspec.Struct]) -> dict[str, tuple[str, str]]:
    """Field -> its annotation and the comment behind it, from the source."""
    found: dict[str, tuple[str, str]] = {}
    name, annotation = "", ""
    for token in tokenize.generate_tokens(StringIO(inspect.getsource(struct)).readline):
        if declared := re.match(r"    (\w+): (.*)", token.line):
            name, annotation = declared[1], declared[2].split("#")[0].split(" = ")[0].strip()
            found.setdefault(name, (annotation, ""))
        if token.type == tokenize.COMMENT and name and not token.line.lstrip().startswith("#"):
            found[name] = (found[name][0], token.string.lstrip("# "))
    return found


def default_of(field: Any) -> str:
    if field.required:
        return "required"
    default = field.default_factory() if field.default is msgspec.NODEFAULT else field.default
    if isinstance(default, msgspec.Struct):
        return f"the defaults of {type(default).__name__}"
    return f"`{msgspec.json.encode(default).decode()}`"


def row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


PAGES: dict[str, Callable[[], str]] = {
    "commands.md": commands_page,
    "metrics.md": metrics_page,
    "workspace.md": workspace_page,
}

if __name__ == "__main__":
    write_all()
