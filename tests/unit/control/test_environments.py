"""From its write key to the lane, in any workspace: an event never reaches a connection of another environment."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from trackyard.destinations import catalogue
from trackyard.model.event import Decided
from trackyard.model.workspace import Connection, Revision, Source, Workspace
from trackyard.pipeline.collect.keys import Keys
from trackyard.pipeline.deliver.routing import Route

ENVIRONMENTS = ["development", "staging", "production"]
WEBHOOK = catalogue()["webhook"]
NAMES = ["web", "app", "shop"]
WISHES = st.none() | st.dictionaries(
    st.sampled_from(["All", "webhook", "Webhook", "web", "hook"]), st.sampled_from([True, False, {}, {"x": 1}])
)


@st.composite
def workspaces(draw: st.DrawFn) -> Workspace:
    """Any number of sources, keys and connections over three environments; each key stands in one place."""
    keys = iter(f"key-{number}" for number in range(1000))

    def source() -> Source:
        counts = draw(st.dictionaries(st.sampled_from(ENVIRONMENTS), st.integers(0, 3)))
        write_keys = {environment: [next(keys) for _ in range(count)] for environment, count in counts.items()}
        return Source(
            name="x", kind=draw(st.sampled_from(["website", "server"])), write_keys=write_keys, no_decision={}
        )

    connection = st.builds(
        Connection,
        destination=st.just("webhook"),
        name=st.sampled_from(["", "All", "production"]),
        environment=st.sampled_from(ENVIRONMENTS),
        mode=st.sampled_from(["live", "shadow"]),
        sources=st.none() | st.lists(st.sampled_from(NAMES)),
    )
    return Workspace(
        name="w",
        environments=ENVIRONMENTS,
        sources={name: source() for name in draw(st.sets(st.sampled_from(NAMES)))},
        connections=draw(st.dictionaries(st.sampled_from(["hook", *NAMES]), connection)),
    )


@settings(deadline=None)
@given(workspaces(), WISHES)
def test_key_of_one_environment_never_reaches_a_connection_of_another(
    workspace: Workspace, wishes: dict[str, Any] | None
) -> None:
    known = Keys(Revision(number=1, workspace=workspace, who="", at=0, why=""))
    for source_name, source in workspace.sources.items():
        for environment, key in ((name, key) for name, keys in source.write_keys.items() for key in keys):
            found = known.get(key)
            assert found is not None
            assert (found.slug, found.environment) == (source_name, environment)
            event = decided(found.slug, found.environment, wishes)
            for name, connection in workspace.connections.items():
                if Route(name, connection, WEBHOOK).takes(event):
                    assert connection.environment == environment
                    assert connection.sources is None or source_name in connection.sources


def decided(source: str, environment: str, integrations: dict[str, Any] | None) -> Decided:
    return Decided(
        type="track",
        message_id="m",
        name="x",
        source=source,
        environment=environment,
        channel="server",
        received_at=0,
        timestamp=0,
        integrations=integrations,
    )
