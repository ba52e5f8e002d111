"""`trackyard connections`: how connections stand with their platforms' OAuth."""

import asyncio
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import msgspec

from trackyard.cli.exit_codes import DONE, PROBLEMS_FOUND
from trackyard.cli.options import data_option, json_option, rehearse_option
from trackyard.cli.output import print_rows, when
from trackyard.control.access_tokens import BAD, TokenStanding, token_standings
from trackyard.destinations import catalogue
from trackyard.model.errors import StorageError
from trackyard.pipeline.deliver.authorized import Authorized, credentials_of
from trackyard.pipeline.deliver.clock import SystemClock
from trackyard.pipeline.deliver.config import Configuration
from trackyard.pipeline.deliver.transport import HttpTransport
from trackyard.store.directory import DataDirectory
from trackyard.store.revisions import Revisions
from trackyard.store.secrets import Secrets
from trackyard.store.tokens import TokenFiles


@click.group(name="connections")
def command() -> None:
    """See and check how connections stand with their platforms' OAuth."""


@command.command("auth")
@click.argument("connection", required=False)
@click.option("--check", is_flag=True, help="Get a new access token now, and keep it.")
@rehearse_option
@data_option
@json_option
@click.pass_context
def auth(ctx: click.Context, connection: str | None, check: bool, rehearse_at: str, data: Path, as_json: bool) -> None:
    """Say in which state the access token of CONNECTION is, or of every connection that needs one. Shows no token.

    The configuration is the revision in force. The server may be running; run it as the
    server's user and with the server's environment. Ends with 1 when there is no token to be had.
    """
    directory = DataDirectory(data)
    tokens = TokenFiles(directory.tokens, directory.tokens_key)
    secrets = Secrets(directory.secrets, os.environ)
    config = Configuration(Revisions(directory.revisions), catalogue(), secrets, SystemClock())
    found = _standings(config, tokens, connection)
    if check:
        names = [one.connection for one in found if one.state not in ("incomplete", "long-lived")]
        asyncio.run(_renew(config, tokens, names, rehearse_at))
        found = _standings(config, tokens, connection)
    print_rows([_row(one, as_json) for one in found], as_json, empty="no connection needs an access token")
    ctx.exit(PROBLEMS_FOUND if any(one.state in BAD for one in found) else DONE)


@command.command("rotate-key")
@data_option
def rotate_key(data: Path) -> None:
    """Encrypt the kept access tokens with a new key and forget the old one. The server may be running."""
    directory = DataDirectory(data)
    count = TokenFiles(directory.tokens, directory.tokens_key).rotate()
    click.echo(f"{count} tokens encrypted with a new key in {directory.tokens_key}")


def _standings(config: Configuration, tokens: TokenFiles, connection: str | None) -> Sequence[TokenStanding]:
    found = list(token_standings(config, tokens, time.time()))
    if connection is None:
        return found
    chosen = [one for one in found if one.connection == connection]
    if not chosen:
        known = ", ".join(one.connection for one in found) or "none"
        raise click.UsageError(f"found {connection}, expected a connection that needs an access token: {known}")
    return chosen


async def _renew(config: Configuration, tokens: TokenFiles, names: Sequence[str], rehearse_at: str) -> None:
    """Ask for a new token, however good the kept one is: what comes of it is in the store."""
    transport = HttpTransport(config.private_hosts, rehearse_at=rehearse_at)
    authorized = Authorized(config, transport, tokens, SystemClock())
    try:
        for name in names:
            credentials = credentials_of(config, name)
            if credentials is not None:
                await authorized.token(name, credentials, refused=_kept(tokens, name))
    finally:
        await transport.close()


def _kept(tokens: TokenFiles, name: str) -> str:
    try:
        token = tokens.load(name)
    except StorageError:
        return ""
    return token.access_token if token else ""


def _row(standing: TokenStanding, as_json: bool) -> dict[str, Any]:
    row = msgspec.structs.asdict(standing)
    if not as_json:
        row |= {name: when(row[name]) if row[name] else None for name in ("since", "until")}
    return row | {"reason": row["reason"] or None}
