"""An event of one environment never reaches a connection of another, whatever the workspace."""

from hypothesis import given
from hypothesis import strategies as st

from trackyard.model.workspace import Connection, Source, Workspace, feeds

ENVIRONMENTS = ["development", "staging", "production"]
NAMES = ["a", "b", "c"]
connections = st.builds(
    Connection,
    destination=st.just("webhook"),
    environment=st.sampled_from(ENVIRONMENTS),
    sources=st.none() | st.lists(st.sampled_from(NAMES)),
)
sources = st.builds(
    Source,
    name=st.just("x"),
    kind=st.sampled_from(["website", "server"]),
    write_keys=st.dictionaries(st.sampled_from(ENVIRONMENTS), st.lists(st.text(min_size=1), max_size=2)),
    no_decision=st.just({}),
)
workspaces = st.builds(
    Workspace,
    name=st.just("w"),
    environments=st.just(ENVIRONMENTS),
    sources=st.dictionaries(st.sampled_from(NAMES), sources),
    connections=st.dictionaries(st.sampled_from(NAMES), connections),
)


@given(workspaces)
def test_development_key_never_reaches_a_production_connection(workspace: Workspace) -> None:
    for name, source in workspace.sources.items():
        for environment in source.write_keys:
            for connection in workspace.connections.values():
                if feeds(connection, name, environment):
                    assert connection.environment == environment
                    assert connection.sources is None or name in connection.sources
