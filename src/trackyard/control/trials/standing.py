"""How well tested each action of a workspace is: its newest trial, and whether that was of this configuration."""

import hashlib
from collections.abc import Iterator, Sequence
from typing import Literal

import msgspec

from trackyard.kit.canonical_json import canonical_json
from trackyard.kit.own.load import source_of
from trackyard.model.workspace import Connection, Subscription, Workspace
from trackyard.store.trials import TrialRecord

# Results that speak of the event that was tried, not of the action.
OF_THE_EVENT = frozenset({"dropped", "not_routed", "not_matched", "denied", "expired"})
State = Literal["passed", "failed", "stale", "never"]


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """One subscription of a connection, and its newest trial. `stale`: what was tried is not what stands here now."""

    connection: str
    mode: str
    action: str
    subscription: str
    enabled: bool
    state: State
    newest: TrialRecord | None


def standings(workspace: Workspace, trials: Sequence[TrialRecord]) -> Iterator[Standing]:
    """Every subscription of `workspace`, in its order."""
    by_configuration = newest_telling(trials)
    by_name = {(trial.connection, trial.action, trial.subscription): trial for trial in by_configuration.values()}
    for name, connection in workspace.connections.items():
        for subscription in connection.subscriptions:
            label = subscription.name or subscription.action
            code = source_of(connection.destination, workspace.destinations)
            exact = by_configuration.get(configuration_of(name, connection, subscription, code))
            newest = exact or by_name.get((name, subscription.action, label))
            yield Standing(
                connection=name,
                mode=connection.mode,
                action=subscription.action,
                subscription=label,
                enabled=subscription.enabled,
                state=_state(exact, newest),
                newest=newest,
            )


def _state(exact: TrialRecord | None, newest: TrialRecord | None) -> State:
    if exact is not None:
        return "passed" if exact.passed else "failed"
    return "stale" if newest else "never"


def newest_telling(trials: Sequence[TrialRecord]) -> dict[str, TrialRecord]:
    """The newest trial of each configuration that got as far as the action itself, oldest first."""
    telling = sorted((trial for trial in trials if trial.result not in OF_THE_EVENT), key=lambda trial: trial.at)
    return {trial.configuration: trial for trial in telling}


def untested(current: Workspace | None, workspace: Workspace, trials: Sequence[TrialRecord]) -> list[str]:
    """`CONNECTION ACTION` of what would go live in `workspace`, is not live in `current`, and passed no trial."""
    newest = newest_telling(trials)
    live = set(_live(current)) if current else set()
    return [
        f"{name} {action}"
        for (name, action, configuration) in _live(workspace)
        if (name, action, configuration) not in live and not (configuration in newest and newest[configuration].passed)
    ]


def _live(workspace: Workspace) -> Iterator[tuple[str, str, str]]:
    for name, connection in workspace.connections.items():
        if connection.mode == "live":
            for subscription in connection.subscriptions:
                if subscription.enabled:
                    code = source_of(connection.destination, workspace.destinations)
                    yield name, subscription.action, configuration_of(name, connection, subscription, code)


def configuration_of(name: str, connection: Connection, subscription: Subscription, code: str = "") -> str:
    """The fingerprint of all that decides what a subscription sends and of whom; not of how fast, nor of the mode.

    `code` is that of a destination which the workspace brings.
    """
    decisive = {
        "connection": name,
        "destination": connection.destination,
        "environment": connection.environment,
        "purposes": sorted(connection.purposes) if connection.purposes is not None else None,
        "settings": connection.settings,
        "action": subscription.action,
        "trigger": subscription.trigger,
        "dialect": subscription.dialect,
        "mapping": subscription.mapping,
        **({"code": code} if code else {}),
    }
    return hashlib.sha256(canonical_json(decisive)).hexdigest()
