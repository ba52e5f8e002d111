"""`trackyard init`: a workspace to start from."""

import secrets
from pathlib import Path

import click

from trackyard.control.workspace.starter import TEMPLATES, write_starter


@click.command()
@click.argument("directory", type=click.Path(path_type=Path, file_okay=False))
@click.option("--template", type=click.Choice(TEMPLATES), default=TEMPLATES[0], show_default=True)
def command(directory: Path, template: str) -> None:
    """Write a commented workspace to DIRECTORY, with fresh write keys. Nothing that is there is overwritten."""
    for path in write_starter(directory, template, secrets.token_urlsafe):
        click.echo(f"wrote {path}")
    click.echo(f"\nnext: trackyard check --workspace {directory}")
    click.echo(f"      trackyard up --workspace {directory} --data data")
