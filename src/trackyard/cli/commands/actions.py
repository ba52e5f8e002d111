"""`trackyard actions`: test each action of each connection before it goes live, and see which were tested."""

import asyncio
import getpass
import json
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import msgspec

from trackyard.cli.exit_codes import DONE, PROBLEMS_FOUND
from trackyard.cli.options import data_option, json_option, rehearse_option, workspace_option
from trackyard.cli.output import print_json, print_rows, when
from trackyard.cli.trials_shown import print_trial
from trackyard.control.trials.deciding import Candidate, as_sent_now, decided_like_received, source_for
from trackyard.control.trials.find import latest_candidates, subjects_of, workspace_under_test
from trackyard.control.trials.record import record_of
from trackyard.control.trials.sending import Sender
from trackyard.control.trials.standing import standings
from trackyard.control.trials.trial import Subject, Trial, new_trial, try_event
from trackyard.destinations import catalogue
from trackyard.kit.sample_events import SAMPLES
from trackyard.model.event import rfc3339
from trackyard.model.workspace import Revision
from trackyard.pipeline.deliver.clock import SystemClock
from trackyard.pipeline.deliver.config import Configuration
from trackyard.pipeline.deliver.transport import HttpTransport
from trackyard.store.directory import DataDirectory
from trackyard.store.secrets import Secrets
from trackyard.store.tokens import TokenFiles
from trackyard.store.trials import Trials


@click.group(name="actions")
def command() -> None:
    """Test the actions of connections, and list how well tested they are."""


@command.command("test")
@click.argument("connection")
@click.argument("action")
@click.option("--sample", metavar="NAME", help='An event of the specifications, such as "Order Completed" or identify.')
@click.option("--event", "event_file", type=click.Path(path_type=Path, dir_okay=False), help="A file with one event.")
@click.option("--latest", type=click.IntRange(min=1, max=100), help="The newest events this connection gets.")
@click.option("--send", is_flag=True, help="Send it too: in the platform's own test mode where it has one.")
@click.option("--test-code", default="", metavar="CODE", help="The platform's test event code, where it asks for one.")
@rehearse_option
@workspace_option
@data_option
@json_option
@click.pass_context
def test(
    ctx: click.Context,
    connection: str,
    action: str,
    sample: str | None,
    event_file: Path | None,
    latest: int | None,
    send: bool,
    test_code: str,
    rehearse_at: str,
    workspace: Path,
    data: Path,
    as_json: bool,
) -> None:
    """Try events on ACTION (or the name of a subscription) of CONNECTION and say how far they get.

    The configuration is that of the workspace's files, or of the revision in force where there are none. Nothing is
    sent without --send; where a platform has no test mode, --send is a real delivery. Ends with 1 when nothing passed.
    """
    if sum(choice is not None for choice in (sample, event_file, latest)) != 1:
        raise click.UsageError("expected one of --sample, --event and --latest")
    directory = DataDirectory(data)
    secrets = Secrets(directory.secrets, os.environ)
    revision = workspace_under_test(workspace, directory, secrets)
    config = Configuration(_Standing(revision), catalogue(), secrets, SystemClock())
    subjects = subjects_of(revision.workspace, connection, action, catalogue())
    candidates = _candidates(revision, subjects[0], directory, sample, event_file, latest)
    trials = asyncio.run(
        _tried(
            subjects,
            candidates,
            config,
            _sender(config, directory, rehearse_at, test_code),
            send,
        )
    )
    now, who = time.time_ns() // 1_000_000, getpass.getuser()
    secret = config.secrets_of(connection)
    Trials(directory.trials).append(
        [record_of(trial, subject, revision.number, now, who, secret) for subject, trial in trials]
    )
    _show([trial for _, trial in trials], as_json)
    ctx.exit(DONE if any(trial.passed for _, trial in trials) else PROBLEMS_FOUND)


def _sender(config: Configuration, directory: DataDirectory, rehearse_at: str, test_code: str) -> Sender:
    tokens = TokenFiles(directory.tokens, directory.tokens_key)
    transport = HttpTransport(rehearse_at=rehearse_at)
    return Sender(config, transport, test_code, to_sandbox=bool(rehearse_at), tokens=tokens)


@command.command("list")
@click.option("--connection", metavar="NAME", help="Only of this connection.")
@workspace_option
@data_option
@json_option
def list_all(connection: str | None, workspace: Path, data: Path, as_json: bool) -> None:
    """List each action of each connection with its newest test.

    passed, failed, stale (the configuration was changed since) or never tested.
    """
    directory = DataDirectory(data)
    revision = workspace_under_test(workspace, directory, Secrets(directory.secrets, os.environ))
    found = standings(revision.workspace, Trials(directory.trials).all())
    rows = [
        {
            "connection": standing.connection,
            "mode": standing.mode,
            "action": standing.action,
            "subscription": standing.subscription,
            "enabled": standing.enabled,
            "state": standing.state,
            "result": standing.newest.result if standing.newest else None,
            "event": standing.newest.event if standing.newest else None,
            "at": _time(standing.newest.at if standing.newest else None, as_json),
            "who": standing.newest.who if standing.newest else None,
            "revision": standing.newest.revision or None if standing.newest else None,
            "test_mode": standing.newest.test_mode if standing.newest else None,
            "latency_ms": standing.newest.latency_ms or None if standing.newest else None,
        }
        for standing in found
        if connection in (None, standing.connection)
    ]
    print_rows(rows, as_json, empty="no actions: no connection has a subscription")


def _time(at: int | None, as_json: bool) -> int | str | None:
    return at if at is None or as_json else when(at)


class _Standing:
    """One workspace as the only revision there is, so that it can be tried before it is applied."""

    def __init__(self, revision: Revision) -> None:
        self._revision = msgspec.structs.replace(revision, number=max(revision.number, 1))

    def current_number(self) -> int:
        return self._revision.number

    def get(self, number: int) -> Revision:
        return self._revision


def _candidates(
    revision: Revision,
    subject: Subject,
    directory: DataDirectory,
    sample: str | None,
    event_file: Path | None,
    latest: int | None,
) -> list[Candidate | str]:
    workspace = revision.workspace
    if latest is not None:
        return list(latest_candidates(subject, directory, latest))
    source = source_for(workspace, subject.name, subject.connection)
    now = time.time_ns() // 1_000_000
    if event_file is not None:
        event = _event_in(event_file)
    else:
        event = as_sent_now(_sample(sample or ""), workspace, rfc3339(now), f"trackyard-test-{now}")
    return [decided_like_received(workspace, source, subject.connection.environment, event, now)]


def _event_in(file: Path) -> dict[str, Any]:
    try:
        event = json.loads(file.read_bytes())
    except (ValueError, RecursionError) as error:
        raise click.UsageError(f"{file}: found no JSON: {error}") from error
    if not isinstance(event, dict):
        raise click.UsageError(f"{file}: found {type(event).__name__}, expected one event as a JSON object")
    return event


def _sample(name: str) -> dict[str, Any]:
    found = next((sample for known, sample in SAMPLES.items() if known.lower() == name.lower()), None)
    if found is None:
        raise click.UsageError(f"found no sample {name!r}, expected one of {', '.join(SAMPLES)}")
    return found


async def _tried(
    subjects: Sequence[Subject],
    candidates: Sequence[Candidate | str],
    config: Configuration,
    sender: Sender,
    send: bool,
) -> list[tuple[Subject, Trial]]:
    trials = []
    try:
        for candidate in candidates:
            for subject in subjects:
                if isinstance(candidate, str):
                    trials.append((subject, new_trial(subject, "", "").stopped("dropped", candidate)))
                    continue
                trial, ready = try_event(subject, candidate, config, time.time())
                if send and ready is not None:
                    await sender.send(trial, ready)
                trials.append((subject, trial))
    finally:
        await sender.close()
    return trials


def _show(trials: Sequence[Trial], as_json: bool) -> None:
    if as_json:
        print_json([{"passed": trial.passed, **msgspec.to_builtins(trial)} for trial in trials])
    elif not trials:
        click.echo("no events reach this connection yet")
    else:
        for trial in trials:
            print_trial(trial)
