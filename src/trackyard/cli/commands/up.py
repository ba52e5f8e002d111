"""`trackyard up`: run the engine on one machine, all of it or one role."""

from pathlib import Path

import click

ROLES = ("all", "collect", "process", "deliver")


@click.command("up")
@click.option("--workspace", type=click.Path(path_type=Path, file_okay=False), help="The workspace's folder.")
@click.option(
    "--data", type=click.Path(path_type=Path, file_okay=False), required=True, help="Where everything durable is kept."
)
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", default=8080, show_default=True, type=click.IntRange(0, 65535), help="0 takes any free port.")
@click.option("--role", type=click.Choice(ROLES), default="all", show_default=True, help="Run only one of the processes.")
@click.option("--listen-fd", type=int, hidden=True, help="A socket that is already listening (from the supervisor).")
@click.option("--lifeline-fd", type=int, hidden=True, help="Stop when this pipe closes (from the supervisor).")
def command(
    workspace: Path | None,
    data: Path,
    host: str,
    port: int,
    role: str,
    listen_fd: int | None,
    lifeline_fd: int | None,
) -> None:
    """Accept, decide and deliver events. Prints `ready http://HOST:PORT` once events are accepted.

    The first start applies the workspace; later changes take effect with `trackyard apply`, without a restart.
    """
    from trackyard import app

    if role == "all":
        app.run_all(workspace, data, host, port)
    else:
        app.run_role(role, data, host, port, listen_fd, lifeline_fd)
