"""A trial as text for people."""

import click
import msgspec

from trackyard.control.trials.trial import Trial, said
from trackyard.pipeline.deliver.shadow import Recorded


def print_trial(trial: Trial) -> None:
    """What was tried, each step with its answer, and how it ended."""
    click.echo(f"{trial.event or 'event'} ({trial.message_id or 'no id'}) on {trial.connection}: {trial.subscription}")
    for clause in trial.because:
        click.echo(f"  trigger  {said(clause)}")
    if trial.gate:
        click.echo(f"  gate     {'denied' if trial.result == 'denied' else 'allowed'}: {trial.gate}")
    _print_payload(trial)
    for request in trial.requests:
        _print_request(request)
    if trial.sent:
        mode = f"test mode {trial.sent.test_mode}" if trial.sent.test_mode else "NO test mode: a real delivery"
        click.echo(f"  response HTTP {trial.sent.status or '-'} in {trial.sent.latency_ms:g} ms ({mode})")
        click.echo(f"           {trial.sent.body}" if trial.sent.body else "           (empty)")
    click.echo(f"  result   {trial.result.replace('_', ' ')}" + (f": {trial.reason}" if trial.reason else ""))


def _print_payload(trial: Trial) -> None:
    if trial.payload is not None:
        written = msgspec.json.format(msgspec.json.encode(trial.payload), indent=2).decode()
        click.echo("  payload  " + written.replace("\n", "\n           "))
    for missing in trial.missing:
        click.echo(f"  missing  {missing.place}: {missing.path} is {missing.found}")
    for change in trial.coerced:
        click.echo(f"  coerced  {change.path}: {_json(change.before)} became {_json(change.after)}")
    for problem in trial.problems:
        click.echo(f"  problem  {problem.path}: {problem.message}")


def _print_request(request: Recorded) -> None:
    click.echo(f"  request  {request.method} {request.url}")
    for name, value in request.headers.items():
        click.echo(f"           {name}: {value}")
    click.echo(f"           {request.body}")


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
