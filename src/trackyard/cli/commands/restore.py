"""`trackyard restore`: a data directory out of an export."""

from pathlib import Path

import click

from trackyard.cli.options import json_option
from trackyard.cli.output import print_json, when
from trackyard.control.backup import restore


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--data", type=click.Path(path_type=Path, file_okay=False), required=True, help="A new data directory.")
@click.option(
    "--workspace", type=click.Path(path_type=Path, file_okay=False), help="Also put the workspace's files here."
)
@json_option
def command(file: Path, data: Path, workspace: Path | None, as_json: bool) -> None:
    """Put back what `trackyard export` wrote, after holding every file against its digest.

    Stop the server that the export came from first: two that send the same events send them twice.
    """
    manifest = restore(file, data.absolute(), workspace.absolute() if workspace else None)
    if as_json:
        print_json({"files": len(manifest.files), "at": manifest.at, "secrets": manifest.has_secrets})
        return
    click.echo(f"restored {len(manifest.files)} files as of {when(manifest.at)} to {data}")
    if not manifest.has_secrets:
        click.echo(f"secrets were not exported: put the files that ${{secret:NAME}} refers to in {data}/secrets")
