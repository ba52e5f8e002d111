"""`trackyard acceptance`: what each destination promises, checked against its stand-in."""

from datetime import UTC, datetime
from pathlib import Path

import click

from trackyard import __version__
from trackyard.cli.exit_codes import DONE, PROBLEMS_FOUND
from trackyard.cli.options import data_option, json_option
from trackyard.cli.output import print_json, print_rows
from trackyard.destinations import catalogue
from trackyard.kit.action import Destination
from trackyard.sandbox.acceptance.history import keep, runs
from trackyard.sandbox.acceptance.reports import html, junit
from trackyard.sandbox.acceptance.run import Run, run_suites
from trackyard.sandbox.partners import find_partners
from trackyard.store.directory import DataDirectory

# Half an hour after the sample events, so that they are never too old.
SAMPLE_TIME = datetime(2026, 1, 15, 12, tzinfo=UTC)


@click.group(name="acceptance")
def command() -> None:
    """Acceptance suites of the destinations."""


@command.command("run")
@click.argument("slugs", metavar="[DESTINATION]...", nargs=-1)
@click.option("--junit", "junit_file", type=click.Path(path_type=Path, dir_okay=False), help="Write JUnit XML here.")
@click.option(
    "--html", "html_file", type=click.Path(path_type=Path, dir_okay=False), help="Write a readable page here."
)
@data_option
@json_option
@click.pass_context
def run(
    ctx: click.Context,
    slugs: tuple[str, ...],
    junit_file: Path | None,
    html_file: Path | None,
    data: Path,
    as_json: bool,
) -> None:
    """Check each DESTINATION (all of them when none is named) against its stand-in; nothing leaves the machine.

    Examples, the specifications' events, hashing, ten currencies, identical retries, errors, consent, event age. The
    run is kept in the data directory. Ends with 1 when a case failed.
    """
    made = run_suites(_destinations(slugs), find_partners(), SAMPLE_TIME, datetime.now(UTC), __version__)
    keep(made, DataDirectory(data).acceptance)
    if junit_file is not None:
        junit_file.write_bytes(junit(made))
    if html_file is not None:
        html_file.write_text(html(made), encoding="utf-8")
    _print(made, as_json)
    ctx.exit(PROBLEMS_FOUND if made.failures else DONE)


@command.command("history")
@data_option
@json_option
def history(data: Path, as_json: bool) -> None:
    """List the runs, newest first."""
    rows = [
        {
            "at": kept.at,
            "version": kept.version,
            "destinations": len(kept.stand_in),
            "cases": len(kept.results),
            "failed": len(kept.failures),
        }
        for kept in runs(DataDirectory(data).acceptance)
    ]
    print_rows(rows, as_json, empty="no runs yet")


def _destinations(slugs: tuple[str, ...]) -> list[Destination]:
    known = catalogue()
    unknown = [slug for slug in slugs if slug not in known]
    if unknown:
        raise click.UsageError(f"found no destination {unknown[0]!r}, expected one of {', '.join(sorted(known))}")
    return [known[slug] for slug in sorted(slugs or known)]


def _print(made: Run, as_json: bool) -> None:
    if as_json:
        print_json(made)
        return
    rows = [
        {
            "destination": slug,
            "stand-in": made.stand_in[slug],
            "cases": sum(result.destination == slug for result in made.results),
            "failed": sum(result.destination == slug for result in made.failures),
        }
        for slug in made.stand_in
    ]
    print_rows(rows, as_json)
    for result in made.failures:
        click.echo(f"failed: {result.destination}, {result.check}, {result.case}: {result.fault}")
