"""What check says of a connection: every fault with its line, and no secret in any message."""

from pathlib import Path
from typing import Annotated, Any

import msgspec
import pytest

from trackyard.control.workspace.load import Checked, check_workspace
from trackyard.kit.action import Action, Destination
from trackyard.kit.fields import Field
from trackyard.kit.request import Request
from trackyard.store.secrets import Secrets


class Settings(msgspec.Struct, frozen=True):
    token: Annotated[str, Field(label="Token", secret=True)]
    region: str = "eu"
    retries: int = 3


class Payload(msgspec.Struct, frozen=True):
    text: Annotated[str, Field(label="Text")]
    name: Annotated[str, Field(label="Name", mapping={"@path": "$.event"})]
    link: Annotated[str | None, Field(label="Link", secret=True)] = None


post = Action(slug="post", title="Post", payload=Payload, build=lambda payload, settings, now: Request(url="https://x"))
DESTINATION = Destination(
    slug="board", name="Board", settings=Settings, actions=[post], purposes=frozenset({"functional"}), docs_url="x"
)
CONNECTION = """\
destination: board
purposes: [necessary]
settings:
  token: ${secret:board}
subscriptions:
  - action: post
    trigger: type = "track"
    mapping:
      text: {"@path": "$.properties.text"}
"""
SOURCE = "name: Web\nkind: website\nwrite_keys: {production: [key_of_web]}\nno_decision: {default: [necessary]}\n"


def checked(directory: Path, connection: str) -> Checked:
    texts = {"trackyard.yaml": "name: T\n", "sources/web.yaml": SOURCE, "destinations/a.yaml": connection}
    for name, text in texts.items():
        (directory / name).parent.mkdir(exist_ok=True)
        (directory / name).write_text(text)
    (directory / "secrets").mkdir(exist_ok=True)
    (directory / "secrets" / "board").write_text("planted-secret")
    return check_workspace(directory, Secrets(directory / "secrets", {"N": "7"}), {"board": DESTINATION})


def test_sound_connection_has_no_findings(tmp_path: Path) -> None:
    found = checked(tmp_path, CONNECTION)
    assert (found.errors, found.warnings) == ([], [])


ERRORS: list[tuple[str, str, str]] = [
    ("destination: board", "destination: boards", 'a.yaml:1 (destination): found the unknown destination "boards"'),
    ("destination: board", "destination: boards", 'did you mean "board"?'),
    ("purposes: [necessary]", "purposes: [necessity]", 'did you mean "necessary"?'),
    ("purposes", "environment: dev\npurposes", "(environment): found the unknown environment"),
    ("purposes", "sources: [shop]\npurposes", '(sources[0]): found the unknown source "shop"'),
    ("${secret:board}", "${secret:boards}", "a.yaml:4 (settings.token): found ${secret:boards}, which is not set"),
    ("${secret:board}", "${env:BOARD}", "set the environment variable BOARD"),
    ("${secret:board}", "${secrets:board}", "found the reference ${secrets:board}, expected ${env:NAME}"),
    ("${secret:board}", "planted-literal", "(settings.token): found a secret written out, expected a reference"),
    ("  token:", "  regions: eu\n  token:", '(settings.regions): found the unknown key "regions"'),
    ("  token:", "  retries: many\n  token:", "a.yaml:4 (settings.retries): found 'many', expected a whole number"),
    ("  token:", "  retries: ${env:N}\n  token:", "found what the reference stands for, expected a whole number"),
    ("  token: ${secret:board}", "  region: eu", '(settings): found no "token"'),
    ("action: post", "action: posts", "found the unknown action of board"),
    ('type = "track"', "type = ", "a.yaml:7 (subscriptions[0].trigger): found a trigger that cannot be read"),
    ('{"@path": "$.properties.text"}', '{"@pth": "x"}', "a.yaml:9 (subscriptions[0].mapping.text"),
    ('text: {"@path"', 'name: {"@path"', "found no text in the mapping of post"),
    (
        "      text:",
        "      link: ${env:N}\n      text:",
        "mapping.link): found ${env:N} in a mapping",
    ),
    ("      text:", "      link: https://planted-literal\n      text:", "mapping.link): found a secret written out"),
]


@pytest.mark.parametrize(("sound", "broken", "message"), ERRORS)
def test_fault_is_an_error_with_place_and_remedy(sound: str, broken: str, message: str, tmp_path: Path) -> None:
    assert sound in CONNECTION
    written = "\n".join(str(problem) for problem in checked(tmp_path, CONNECTION.replace(sound, broken)).errors)
    assert message in written
    assert "planted" not in written


WARNINGS: list[tuple[str, str, str]] = [
    ("purposes: [necessary]\n", "", "Board suggests [functional]"),
    ("purposes: [necessary]", "purposes: [necessary]\nsources: []", "no write key of production in any of its sources"),
    ("[necessary]", "[analytics]", 'found "analytics", which nobody can allow'),
    ("      text:", "      tetx: x\n      text:", 'found "tetx", no field of post'),
    ("      text:", "      api_key: planted\n      text:", "found what looks like a secret, written out"),
    ("purposes", "mode: off\npurposes", ""),
]


@pytest.mark.parametrize(("sound", "other", "message"), WARNINGS)
def test_what_may_be_meant_is_a_warning(sound: str, other: str, message: str, tmp_path: Path) -> None:
    found = checked(tmp_path, CONNECTION.replace(sound, other))
    assert found.errors == []
    assert message in "\n".join(str(problem) for problem in found.warnings)
    assert "planted" not in str(found.warnings)


@pytest.mark.parametrize("mode", ["off", "paused"])
def test_missing_secret_of_a_connection_that_sends_nothing_is_a_warning(mode: str, tmp_path: Path) -> None:
    text = CONNECTION.replace("${secret:board}", "${secret:later}").replace("purposes", f"mode: {mode}\npurposes")
    found = checked(tmp_path, text)
    assert found.errors == []
    assert "${secret:later}, which is not set" in str(found.warnings[0])


def test_reference_with_a_default_is_never_missing(tmp_path: Path) -> None:
    assert checked(tmp_path, CONNECTION.replace("${secret:board}", "${env:NOT_SET:-x}")).errors == []


def test_imported_trigger_that_means_something_else_in_fql_is_told_with_an_event(tmp_path: Path) -> None:
    text = CONNECTION.replace('type = "track"', 'type = "track" and event contains "A"')
    text = text.replace("    mapping", "    dialect: segment\n    mapping")
    found = checked(tmp_path, text)
    assert found.errors == []
    assert 'means something else in fql, for one on {"' in str(found.warnings[0])


def transform(directory: Path, source: str, fixtures: str) -> list[str]:
    (directory / "transforms").mkdir()
    (directory / "transforms" / "tidy.py").write_text(source)
    (directory / "transforms" / "tidy.fixtures.yaml").write_text(fixtures)
    return [str(problem) for problem in checked(directory, CONNECTION).errors]


FIXTURES = "- title: lower case\n  event: {event: ORDER}\n  expect: {event: order}\n"
TIDY = "def transform(event):\n    event['event'] = event['event'].lower()\n    return event\n"


def test_fixtures_that_come_out_as_expected_are_no_finding(tmp_path: Path) -> None:
    assert transform(tmp_path, TIDY, FIXTURES) == []


@pytest.mark.parametrize(
    ("source", "fixtures", "message"),
    [
        (TIDY.replace("lower", "upper"), FIXTURES, "transforms/tidy.fixtures.yaml:1 ([0]): found lower case: found"),
        (TIDY.replace("lower", "upper"), FIXTURES, 'lower case: found {"event":"ORDER"}, expected {"event":"order"}'),
        ("def other(event): ...", FIXTURES, "does not load"),
        (
            TIDY,
            FIXTURES.replace("expect", "expects"),
            ':3 ([0].expects): found the unknown key "expects"',
        ),
    ],
)
def test_transform_that_does_otherwise_is_an_error(source: str, fixtures: str, message: str, tmp_path: Path) -> None:
    assert message in "\n".join(transform(tmp_path, source, fixtures))


PLANS: list[tuple[str, str]] = [
    ("violatons: flag\n", 'plans/orders.yaml:1 (violatons): found the unknown key "violatons"'),
    (
        "rules: [{type: track, event: A, schema: {type: 5}}]\n",
        "orders.yaml:1 (rules[0]): found a rule that cannot",
    ),
    ("violations: drop\n", "expected one of allow, block, flag, omit"),
]


@pytest.mark.parametrize(("plan", "message"), PLANS)
def test_plan_that_cannot_be_used_is_an_error(plan: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "plans").mkdir()
    (tmp_path / "plans" / "orders.yaml").write_text(plan)
    written: Any = [str(problem) for problem in checked(tmp_path, CONNECTION).errors]
    assert message in "\n".join(written)
