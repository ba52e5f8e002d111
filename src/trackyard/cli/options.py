"""The options that commands share, spelled once."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import click

F = TypeVar("F", bound=Callable[..., Any])

workspace_option = click.option(
    "--workspace",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    show_default=".",
    envvar="TRACKYARD_WORKSPACE",
    help="The directory that holds trackyard.yaml.",
)
data_option = click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("data"),
    show_default=True,
    envvar="TRACKYARD_DATA",
    help="The directory that holds revisions, logs and state.",
)


def _web_address(context: click.Context, parameter: click.Parameter, value: str) -> str:
    parts = urlsplit(value)
    if value and (parts.scheme not in ("http", "https") or not parts.hostname or parts.query):
        raise click.BadParameter(f"found {value}, expected an address such as http://127.0.0.1:8081")
    return value


rehearse_option = click.option(
    "--rehearse-at",
    default="",
    metavar="URL",
    envvar="TRACKYARD_REHEARSE_AT",
    callback=_web_address,
    help="Send every delivery to this sandbox instead, at URL/HOST/PATH. Use a --data of its own.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")


def note_options(function: F) -> F:
    """--who, --why and --hotfix: what a change of the configuration is recorded with."""
    for option in reversed(_NOTE_OPTIONS):
        function = option(function)
    return function


_NOTE_OPTIONS = (
    click.option("--who", envvar="TRACKYARD_WHO", help="Who makes the change.  [default: your login name]"),
    click.option("--why", default="", help="Why; kept with the revision."),
    click.option("--hotfix", default="", metavar="NOTE", help="Apply inside a freeze window, with this note."),
)
