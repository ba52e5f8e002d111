"""`trackyard identity`: what is known of a person, and what platforms would receive of it."""

from itertools import groupby

import click

from trackyard.cli.options import json_option
from trackyard.cli.output import print_json
from trackyard.kit.identifiers.explain import KINDS, Explanation, Line, explain


@click.group(name="identity")
def command() -> None:
    """What is known of a person, and what platforms would receive of it."""


@command.command(name="explain")
@click.argument("value")
@click.option("--kind", type=click.Choice(KINDS), help="What the value is; guessed where it is not given.")
@click.option("--country", metavar="CODE", help="Two letters: where a national phone number belongs.")
@json_option
def explain_value(value: str, kind: str | None, country: str | None, as_json: bool) -> None:
    """Show what each platform would receive for VALUE and why the answers differ."""
    explanation = explain(value, kind, country.upper() if country else None)  # type: ignore[arg-type]  # click chose it
    if as_json:
        print_json(explanation)
    else:
        _print(explanation)


def _print(explanation: Explanation) -> None:
    click.echo(f"{explanation.kind}, canonical form: {explanation.canonical or 'none'}\n")
    for (sent, encoding, form, why), lines in groupby(sorted(explanation.lines, key=_answer), key=_answer):
        click.echo(", ".join(line.platform for line in lines))
        click.echo(f"  {sent or '(nothing)'}" + (f"  {encoding} of {form}" if form and encoding != "plain" else ""))
        click.echo(f"  {why}\n")
    different = {line.group for line in explanation.lines} - {None}
    click.echo(f"{len(different)} different values over {len(explanation.lines)} platforms")


def _answer(line: Line) -> tuple[str, str, str, str]:
    return line.sent or "", line.encoding, line.form or "", line.why
