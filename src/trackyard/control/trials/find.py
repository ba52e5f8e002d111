"""What a trial is made with: the workspace, the subscriptions meant, real events."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from trackyard.control.trials.deciding import Candidate
from trackyard.control.trials.trial import Subject
from trackyard.control.workspace.files import MAIN
from trackyard.control.workspace.load import load_workspace
from trackyard.kit.action import Destination
from trackyard.kit.own.load import destination_of, source_of
from trackyard.model.errors import RefusedError
from trackyard.model.event import full_event
from trackyard.model.workspace import Revision, Workspace
from trackyard.pipeline.deliver.routing import Route
from trackyard.store.directory import DataDirectory
from trackyard.store.revisions import Revisions
from trackyard.store.secrets import Secrets
from trackyard.store.sqlite_state import SqliteState

CHUNKS_READ = 20
EVENTS_SEARCHED_MAX = 200_000


def workspace_under_test(directory: Path, data: DataDirectory, secrets: Secrets) -> Revision:
    """The files in `directory`; where there are none, the revision in force. Its number is 0 where it is not applied.

    Raises `WorkspaceError` for files with faults, `RefusedError` where there is neither.
    """
    current = Revisions(data.revisions).current()
    if not (directory / MAIN).is_file():
        if current is None:
            raise RefusedError(f"no {MAIN} in {directory} and no revision in {data.root}: give --workspace or --data")
        return current
    workspace = load_workspace(directory, secrets)
    if current is not None and current.workspace == workspace:
        return current
    return Revision(number=0, workspace=workspace, who="", at=0, why="")


def subjects_of(workspace: Workspace, name: str, action: str, catalogue: Mapping[str, Destination]) -> list[Subject]:
    """The subscriptions of connection `name` that `action` names: by their own name, else by the action's."""
    connection = workspace.connections.get(name)
    if connection is None:
        raise RefusedError(
            f"no connection {name}, expected one of {', '.join(workspace.connections) or 'none there is'}"
        )
    numbered = list(enumerate(connection.subscriptions))
    meant = [entry for entry in numbered if entry[1].name == action]
    meant = meant or [entry for entry in numbered if entry[1].action == action]
    if not meant:
        known = ", ".join(sorted({subscription.action for subscription in connection.subscriptions}))
        raise RefusedError(f"{name} has no subscription to {action}, expected one of {known or 'none there is'}")
    destination = destination_of(connection.destination, workspace.destinations, catalogue)
    if destination is None:
        raise RefusedError(f"{name} is of the unknown destination {connection.destination}; run `trackyard check`")
    code = source_of(connection.destination, workspace.destinations)
    return [
        Subject(name, connection, destination, index, subscription, found, code)
        for index, subscription in meant
        if (found := destination.action(subscription.action)) is not None
    ]


def latest_candidates(subject: Subject, data: DataDirectory, latest: int) -> Iterator[Candidate]:
    """The newest `latest` decided events that are this connection's business, newest first."""
    route = Route(subject.name, subject.connection, subject.destination)
    state = SqliteState(data.state, writer=False)
    try:
        first, last = state.events.bounds()
        stop = max(first - 1, last - EVENTS_SEARCHED_MAX)
        found = 0
        while last > stop and found < latest:
            after = max(stop, last - CHUNKS_READ)
            for candidate in reversed(list(_between(state, after, last, route))):
                if found < latest:
                    found += 1
                    yield candidate
            last = after
    finally:
        state.close()


def _between(state: SqliteState, after: int, last: int, route: Route) -> Iterator[Candidate]:
    while after < last and (chunks := state.events.read(after, CHUNKS_READ)):
        for chunk in chunks:
            for offset, decided, body in chunk:
                if after < offset <= last and route.takes(decided):
                    yield Candidate(decided, full_event(decided, body))
        after = max(after, chunks[-1].last)
