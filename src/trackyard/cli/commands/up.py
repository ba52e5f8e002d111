"""`trackyard up`: run the engine on one machine, all of it or one role."""

import os
from ipaddress import ip_network
from pathlib import Path

import click

from trackyard.cli.options import data_option, rehearse_option, workspace_option
from trackyard.store.directory import DataDirectory

ROLES = ("all", "collect", "process", "deliver")


@click.command()
@workspace_option
@data_option
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", default=8080, show_default=True, type=click.IntRange(0, 65535), help="0 takes a free one.")
@click.option("--role", type=click.Choice(ROLES), default="all", show_default=True, help="Run only this process.")
@click.option("--public-url", default="", envvar="TRACKYARD_PUBLIC_URL", help="How browsers reach this server.")
@click.option(
    "--trusted-proxy",
    multiple=True,
    metavar="CIDR",
    envvar="TRACKYARD_TRUSTED_PROXIES",
    help="Believe X-Forwarded-* and the country header of these addresses. May be given several times.",
)
@click.option("--country-header", default="", help="The header in which a trusted proxy says the country.")
@click.option(
    "--library",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    envvar="TRACKYARD_LIBRARY",
    help="An installed npm copy of @segment/analytics-next to serve to browsers.",
)
@rehearse_option
@click.option("--listen-fd", type=int, hidden=True)
@click.option("--lifeline-fd", type=int, hidden=True)
def command(
    workspace: Path,
    data: Path,
    host: str,
    port: int,
    role: str,
    public_url: str,
    trusted_proxy: tuple[str, ...],
    country_header: str,
    library: Path | None,
    rehearse_at: str,
    listen_fd: int | None,
    lifeline_fd: int | None,
) -> None:
    """Accept, decide and deliver events. Prints `ready http://HOST:PORT` once events are accepted.

    Workspace files that are new and sound are applied at the start; later changes with `trackyard apply`.
    """
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(DataDirectory(data).metrics)  # read when prometheus-client is imported
    DataDirectory(data).metrics.mkdir(parents=True, exist_ok=True)
    from trackyard.app.role import Place, run_role
    from trackyard.control.logs import configure_logs
    from trackyard.pipeline.collect.settings import CollectSettings

    configure_logs()

    place = Place(host=host, port=port, listen_fd=listen_fd, lifeline_fd=lifeline_fd)
    if role == "all":
        from trackyard.app.supervise import run_all

        options = _door_options(public_url, trusted_proxy, country_header, library)
        run_all(workspace, data, place, [*options, f"--rehearse-at={rehearse_at}"])
        return
    settings = CollectSettings(
        public_url=public_url,
        trusted_proxies=tuple(ip_network(cidr) for cidr in trusted_proxy),
        country_header=country_header,
        library_directory=library,
    )
    run_role(role, data, place, settings, rehearse_at)


def _door_options(
    public_url: str, trusted_proxy: tuple[str, ...], country_header: str, library: Path | None
) -> list[str]:
    """What the supervised door is started with, besides where the data lies."""
    options = [f"--trusted-proxy={cidr}" for cidr in trusted_proxy]
    options += [f"--public-url={public_url}"] if public_url else []
    options += [f"--country-header={country_header}"] if country_header else []
    options += [f"--library={library}"] if library else []
    return options
