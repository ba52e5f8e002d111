"""An event that was not received, decided as process would decide it."""

from collections.abc import Mapping
from typing import Any

import msgspec

from trackyard.model.errors import RefusedError
from trackyard.model.event import Decided, Received, full_event
from trackyard.model.workspace import Connection, Workspace, feeds
from trackyard.pipeline.process.channels import COPIES, decide_channels
from trackyard.pipeline.process.envelope import Dropped, Request, arrived
from trackyard.pipeline.process.fills import fill_in
from trackyard.pipeline.process.parse import parse
from trackyard.pipeline.process.seen import Seen
from trackyard.pipeline.process.steps import judging_steps, run_steps
from trackyard.pipeline.process.times import correct_times
from trackyard.pipeline.process.transforms import TransformWorker

CLIENT_KINDS = ("website", "mobile")


class Candidate(msgspec.Struct, frozen=True):
    """An event as destinations would see it, with what was decided about it."""

    decided: Decided
    event: dict[str, Any]


def decided_like_received(
    workspace: Workspace, source: str, environment: str, event: Mapping[str, Any], at: int
) -> Candidate | str:
    """The event as if `source` had sent it at `at` (ms), or why it would not have come through.

    It passes the very steps of process: transforms, tracking plan and consent record included, duplicates not.
    """
    received = Received(
        source=source,
        environment=environment,
        received_at=at,
        endpoint="batch",
        client_side=workspace.sources[source].kind in CLIENT_KINDS,
        body=b"",
    )
    worker = TransformWorker(workspace.transforms)
    try:
        knowing = [parse, decide_channels(workspace.sources), correct_times, fill_in]
        envelope = arrived(Request(received, 0, at), 0, msgspec.json.encode(event))
        (fate,) = run_steps([*knowing, *judging_steps(workspace, Seen(1), worker)], [envelope])
    finally:
        worker.close()
    if isinstance(fate, Dropped):
        return f"{fate.kind}: {fate.message}"
    return Candidate(fate.decided, full_event(fate.decided, fate.body))


def source_for(workspace: Workspace, name: str, connection: Connection) -> str:
    """The first source whose events reach `connection`. Raises `RefusedError` where there is none."""
    for source, settings in workspace.sources.items():
        if settings.kind not in COPIES and feeds(connection, source, connection.environment):
            return source
    raise RefusedError(f"no source feeds the connection {name}: name one in its `sources`, or write sources/*.yaml")


def as_sent_now(sample: Mapping[str, Any], workspace: Workspace, now: str, message_id: str) -> dict[str, Any]:
    """The sample as a person sends it now who has allowed every category of the workspace's banner."""
    categories = dict.fromkeys(workspace.consent.categories, True)
    context = {**sample["context"], "consent": {"categoryPreferences": categories}}
    return {**sample, "context": context, "timestamp": now, "messageId": message_id}
