"""`trackyard destinations`: the catalogue, what each entry takes, and where it is not Segment's."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
import msgspec

from trackyard.cli.options import json_option, workspace_option
from trackyard.cli.output import print_json, print_rows
from trackyard.control.workspace.files import read_files
from trackyard.destinations import catalogue
from trackyard.kit.action import Action, Destination
from trackyard.kit.fields import fields_of
from trackyard.kit.own.load import own_destinations


@click.group(name="destinations")
def command() -> None:
    """The destinations that can be connected."""


@command.command("list")
@workspace_option
@json_option
def list_all(workspace: Path, as_json: bool) -> None:
    """List every destination, those of the workspace's own files too."""
    rows = [
        {
            "slug": destination.slug,
            "name": destination.name,
            "actions": len(destination.actions),
            "purposes": " ".join(sorted(destination.purposes)),
            "differences": len(destination.differences),
            "evidence": destination.evidence,
        }
        for _, destination in sorted(_known(workspace).items())
    ]
    print_rows(rows, as_json)


@command.command("show")
@click.argument("slug")
@workspace_option
@json_option
def show(slug: str, workspace: Path, as_json: bool) -> None:
    """Show what destination SLUG takes: settings, actions with their fields, facts with their sources."""
    described = described_destination(_destination(slug, workspace))
    if as_json:
        print_json(described)
    else:
        _print_described(described)


@command.command("differences")
@click.argument("slug")
@workspace_option
@json_option
def differences(slug: str, workspace: Path, as_json: bool) -> None:
    """List where the requests to SLUG are not Segment's, on purpose, with the reason."""
    rows = [msgspec.to_builtins(difference) for difference in _destination(slug, workspace).differences]
    print_rows(rows, as_json, empty="none: every request is Segment's own")


def described_destination(destination: Destination) -> dict[str, Any]:
    """A catalogue entry as JSON."""
    return {
        "slug": destination.slug,
        "name": destination.name,
        "docs_url": destination.docs_url,
        "purposes": sorted(destination.purposes),
        "ordering": destination.ordering,
        "can_deduplicate": destination.can_deduplicate,
        "dedupe_window_seconds": destination.dedupe_window_seconds,
        "event_age_seconds_max": destination.event_age_seconds_max,
        "evidence": destination.evidence,
        "facts": destination.facts,
        "oauth": destination.oauth,
        "hosted_by_segment": destination.hosted_by_segment,
        "settings": fields_of(destination.settings),
        "presets": [msgspec.to_builtins(preset) for preset in destination.presets],
        "actions": [_described_action(action) for action in destination.actions],
    }


def _described_action(action: Action) -> dict[str, Any]:
    return {
        "slug": action.slug,
        "title": action.title,
        "trigger": action.trigger,
        "batch": action.build_batch is not None,
        "batch_rows_max": action.batch_rows_max if action.build_batch else 1,
        "batch_keys": action.batch_keys,
        "fields": fields_of(action.payload),
        "examples": [{"title": example.title, "event": example.event} for example in action.examples],
    }


def _destination(slug: str, workspace: Path) -> Destination:
    known = _known(workspace)
    if slug not in known:
        raise click.UsageError(f"found no destination {slug!r}, expected one of {', '.join(sorted(known))}")
    return known[slug]


def _known(workspace: Path) -> Mapping[str, Destination]:
    """The catalogue and the workspace's own; what is wrong with a file of it is told beside."""
    own, faults = own_destinations(read_files(workspace).own_destinations)
    for fault in faults:
        click.echo(str(fault), err=True)
    return {**own, **catalogue()}


def _print_described(described: Mapping[str, Any]) -> None:
    click.echo(f"{described['name']} ({described['slug']}), {described['docs_url']}")
    click.echo(f"purposes: {', '.join(described['purposes'])}; evidence: {described['evidence']}\n")
    for fact in described["facts"]:
        click.echo(f"  {fact.topic}: {fact.text} ({fact.source})")
    click.echo("\nsettings")
    _print_fields(described["settings"])
    if described["presets"]:
        click.echo("\npresets (`presets: default` on a connection)")
    for preset in described["presets"]:
        click.echo(f"  {preset['name']}: {preset['action']}, when {preset['trigger']}")
    for action in described["actions"]:
        click.echo(
            f"\n{action['slug']}: {action['title']}" + (f", when {action['trigger']}" if action["trigger"] else "")
        )
        _print_fields(action["fields"])


def _print_fields(fields: Mapping[str, Any]) -> None:
    for name, field in fields.items():
        kind = field["type"] + ("[]" if field.get("multiple") else "")
        needed = ", required" if field.get("required") else ""
        about = f": {field['label']}" + (f" ({field['description']})" if field.get("description") else "")
        click.echo(f"  {name} ({kind}{needed}){about}")
