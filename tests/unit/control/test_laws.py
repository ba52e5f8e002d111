"""Laws of reading and comparing workspaces."""

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trackyard.control.workspace.diff import changes_between
from trackyard.control.workspace.load import check_workspace
from trackyard.control.workspace.starter import write_starter
from trackyard.control.workspace.yaml import read_yaml
from trackyard.model.workspace import Connection, Source, Workspace
from trackyard.store.secrets import Secrets

YAML_PIECES = [
    "a",
    ": ",
    "- ",
    "\n",
    "  ",
    "{",
    "}",
    "[",
    "]",
    "&x ",
    "*x",
    "'",
    '"',
    "!!int ",
    "|",
    "? ",
    "#",
    "1",
    "é",
    "\0",
]
JUNK = ["", "x", "- x", "  x: 1", "x: [", "name: {}", "settings: 5", "sources: x", "rules: 3", "subscriptions: [1]"]
STARTER: dict[str, str] = {}
with TemporaryDirectory() as folder:
    for path in write_starter(Path(folder), "store", lambda length, keys=iter("abcdefgh"): next(keys) * length):
        if path.parent.name != "transforms":  # running those takes a process each
            STARTER[str(path.relative_to(folder))] = path.read_text()


@given(st.text() | st.lists(st.sampled_from(YAML_PIECES)).map("".join))
def test_any_text_is_read_or_its_problems_are_named(text: str) -> None:
    document = read_yaml(text, "f.yaml")
    assert document.problems or document.value is not None


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_check_never_raises_whatever_a_file_holds(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(list(STARTER)))
    lines = STARTER[name].splitlines()
    line = data.draw(st.integers(0, len(lines) - 1))
    junk = data.draw(
        st.sampled_from(["", "x", "- x", "  x: 1", "x: [", "name: {}", "settings: 5", "sources: x", "rules: 3"])
    )
    lines[line] = data.draw(st.sampled_from([junk, lines[line] + junk, "  " + lines[line]]))
    with TemporaryDirectory() as folder:
        for other, text in STARTER.items():
            (Path(folder) / other).parent.mkdir(exist_ok=True)
            (Path(folder) / other).write_text("\n".join(lines) if other == name else text)
        checked = check_workspace(Path(folder), Secrets(None, {}))
    for problem in checked.errors + checked.warnings:
        assert problem.file and problem.line >= 1 and problem.found and problem.expected


NAMES = st.sampled_from(["a", "b"])
SOURCES = st.builds(
    Source,
    name=NAMES,
    kind=st.just("server"),
    write_keys=st.dictionaries(NAMES, st.lists(st.sampled_from(["planted-key-1", "planted-key-2"]))),
    no_decision=st.just({}),
)
SETTINGS = st.fixed_dictionaries(
    {"token": st.just("planted"), "url": st.just("https://me:planted@x.example"), "n": st.integers(0, 1)}
)
CONNECTIONS = st.builds(Connection, destination=NAMES, settings=SETTINGS, sources=st.none() | st.lists(NAMES))
WORKSPACES = st.builds(
    Workspace,
    name=NAMES,
    sources=st.dictionaries(NAMES, SOURCES),
    connections=st.dictionaries(NAMES, CONNECTIONS),
    regions=st.dictionaries(NAMES, st.lists(NAMES)),
)


@given(WORKSPACES, WORKSPACES)
def test_changes_are_none_exactly_when_two_workspaces_are_equal(before: Workspace, after: Workspace) -> None:
    changes = changes_between(before, after)
    assert (changes == []) == (before == after)
    assert "planted" not in str(changes).replace("plan•••", "")


@given(WORKSPACES, WORKSPACES)
def test_changes_back_are_the_changes_there_turned_around(before: Workspace, after: Workspace) -> None:
    there, back = changes_between(before, after), changes_between(after, before)
    assert {c.path: (c.before, c.after) for c in there} == {c.path: (c.after, c.before) for c in back}
