"""`trackyard export`: everything in one file."""

import time
from pathlib import Path

import click

from trackyard.cli.options import data_option, json_option, workspace_option
from trackyard.cli.output import print_json
from trackyard.control.backup import export
from trackyard.control.workspace.files import MAIN
from trackyard.store.directory import DataDirectory


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@workspace_option
@data_option
@click.option("--with-secrets", is_flag=True, help="Also the files below secrets/; guard the export accordingly.")
@json_option
def command(file: Path, workspace: Path, data: Path, with_secrets: bool, as_json: bool) -> None:
    """Write workspace, revisions, logs, state, deliveries, ledger and archive to FILE (a tar). The server may run.

    Without --with-secrets what `${secret:NAME}` refers to stays out; write keys are part of the workspace.
    """
    files = workspace if (workspace / MAIN).is_file() else None
    at = time.time_ns() // 1_000_000
    manifest = export(DataDirectory(data), files, file.absolute(), with_secrets=with_secrets, at=at)
    size = sum(entry.bytes for entry in manifest.files.values())
    if as_json:
        print_json({"file": str(file), "files": len(manifest.files), "bytes": size, "secrets": with_secrets})
        return
    click.echo(f"wrote {file}: {len(manifest.files)} files, {size} bytes")
    if files is None:
        click.echo(f"without workspace files: there is no {MAIN} in {workspace}", err=True)
