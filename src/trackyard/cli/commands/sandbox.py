"""`trackyard sandbox`: local stand-ins of the partners' APIs that tell what they took."""

import asyncio
import errno
import signal
from pathlib import Path

import click
import uvloop

from trackyard.model.errors import WorkspaceError
from trackyard.sandbox.book import KEPT_REQUESTS, Book
from trackyard.sandbox.partners import find_partners
from trackyard.sandbox.script import Script, load_script
from trackyard.sandbox.server import Sandbox, address, start


@click.command("sandbox", short_help="Stand-ins of the partners' APIs, for rehearsals and tests.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), required=True, help="Port to listen on; 0 takes a free one.")
@click.option(
    "--script",
    "script_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="YAML or JSON list of failures to show.",
)
@click.option(
    "--keep",
    type=click.IntRange(min=0),
    default=KEPT_REQUESTS,
    show_default=True,
    help="Last requests kept whole; 0 keeps counts only.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of the script's `share`.")
def command(host: str, port: int, script_file: Path | None, keep: int, seed: int) -> None:
    """Take requests as the partners would, at http://HOST:PORT/DESTINATION/CONNECTION.

    GET /_sandbox/received?destination=SLUG lists what was taken, GET /_sandbox/summary counts it, DELETE
    /_sandbox/received forgets it. Prints `ready URL` once it takes requests; SIGINT and SIGTERM end it.
    Exit codes: 0 ended by a signal, 1 port not free, 2 wrong use or script.
    """
    try:
        rules = load_script(script_file) if script_file else []
    except WorkspaceError as error:
        raise click.BadParameter(f"\n{error}", param_hint="--script") from error
    try:
        uvloop.run(serve(Sandbox(find_partners(), Book(keep), Script(rules, seed)), host, port))
    except OSError as error:
        if error.errno not in (errno.EADDRINUSE, errno.EACCES, errno.EADDRNOTAVAIL):
            raise
        raise click.ClickException(
            f"cannot listen on {host}:{port} ({error.strerror}); choose another --port"
        ) from error


async def serve(sandbox: Sandbox, host: str, port: int) -> None:
    """Serve until SIGINT or SIGTERM."""
    ended = asyncio.Event()
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(signal_number, ended.set)
    server = await start(sandbox, host, port)
    click.echo(f"ready {address(server)}")
    await ended.wait()
    server.close()
