"""How connections stand with OAuth, as doctor and `trackyard connections auth` tell it."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from trackyard.cli.main import main
from trackyard.control.access_tokens import token_standings
from trackyard.control.doctor.diagnosis import Installation
from trackyard.control.doctor.tokens import access_tokens
from trackyard.control.workspace.apply import Note, apply_workspace
from trackyard.destinations import catalogue
from trackyard.model.workspace import Connection, Workspace
from trackyard.pipeline.deliver.authorized import credentials_of
from trackyard.pipeline.deliver.clock import SystemClock
from trackyard.pipeline.deliver.config import Configuration
from trackyard.store.directory import DataDirectory
from trackyard.store.revisions import Revisions
from trackyard.store.secrets import Secrets
from trackyard.store.tokens import Token, TokenFiles

NOW = 1_780_000_000.0
APP = {"oauth_client_id": "app", "oauth_client_secret": "a-secret", "oauth_refresh_token": "a-refresh-token"}


class Place:
    """A data directory with one connection in force."""

    def __init__(self, path: Path, settings: dict[str, Any]) -> None:
        self.data = DataDirectory(path)
        hubspot = Connection(destination="hubspot", mode="live", settings=settings)
        other = Connection(destination="webhook", mode="off", settings={})
        workspace = Workspace(name="test", connections={"crm": hubspot, "hook": other})
        apply_workspace(workspace, self.data, Note(who="ada", at=0))
        self.config = Configuration(Revisions(self.data.revisions), catalogue(), Secrets(None, {}), SystemClock())
        self.tokens = TokenFiles(self.data.tokens, self.data.tokens_key)

    def keep(self, **token: Any) -> None:
        credentials = credentials_of(self.config, "crm")
        assert credentials is not None
        self.tokens.save("crm", Token(**{"credentials": credentials.digest, **token}))

    def state(self) -> tuple[str, str]:
        [one] = token_standings(self.config, self.tokens, NOW)
        assert one.connection == "crm"
        return one.state, one.reason

    def doctor(self) -> list[str]:
        installation = Installation(self.data, None, {}, NOW, "127.0.0.1", 0, False)
        return [found.level for found in access_tokens(installation)]


@pytest.mark.parametrize(
    ("token", "state", "level"),
    [
        ({"access_token": "t-1", "expires_at": NOW + 60}, "good", "ok"),
        ({"access_token": "t-1"}, "good", "ok"),
        ({"access_token": "t-1", "expires_at": NOW - 60}, "expired", "ok"),
        ({"credentials": "of other settings", "access_token": "t-1"}, "none yet", "ok"),
        ({"problem": "why", "is_refused": True}, "refused", "error"),
        ({"access_token": "t-1", "problem": "why"}, "unreachable", "warning"),
    ],
)
def test_the_state_of_a_token_is_told_without_it(tmp_path: Path, token: dict[str, Any], state: str, level: str) -> None:
    place = Place(tmp_path, APP)
    place.keep(**token)
    assert place.state()[0] == state and place.doctor() == [level]


def test_nothing_is_made_by_looking(tmp_path: Path) -> None:
    place = Place(tmp_path, APP)
    assert place.state() == ("none yet", "got with the first delivery")
    assert not place.data.tokens.exists() and not place.data.tokens_key.exists()


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({}, "oauth_client_id and oauth_client_secret and oauth_refresh_token"),
        (APP | {"oauth_refresh_token": "${secret:gone}"}, "${secret:gone} not set"),
        (APP | {"oauth_refresh_token": 7}, "do not fit"),
    ],
)
def test_settings_without_which_there_is_no_token_are_named(
    tmp_path: Path, settings: dict[str, Any], says: str
) -> None:
    place = Place(tmp_path, settings)
    state, reason = place.state()
    assert state == "incomplete" and says in reason and place.doctor() == ["error"]


def test_a_token_of_a_lost_key_is_unreadable(tmp_path: Path) -> None:
    place = Place(tmp_path, APP)
    place.keep(access_token="t-1")
    place.data.tokens_key.unlink()
    state, reason = place.state()
    assert state == "unreadable" and "oauth.key" in reason


def test_a_long_lived_token_is_called_one(tmp_path: Path) -> None:
    assert Place(tmp_path, {"oauth_access_token": "long"}).state()[0] == "long-lived"


def run(place: Place, *arguments: str) -> Any:
    return CliRunner().invoke(main, ["connections", *arguments, "--data", str(place.data.root)])


def test_the_command_shows_state_and_no_token(tmp_path: Path) -> None:
    place = Place(tmp_path, APP)
    place.keep(access_token="t-secret-1")
    shown = run(place, "auth", "crm")
    assert shown.exit_code == 0 and "good" in shown.output and "t-secret-1" not in shown.output
    [row] = json.loads(run(place, "auth", "--json").output)
    assert row == {
        "connection": "crm", "destination": "hubspot", "mode": "live", "state": "good",
        "since": 0, "until": None, "reason": None,
    }  # fmt: skip
    unknown = run(place, "auth", "hook")
    assert unknown.exit_code == 2 and "expected a connection that needs an access token: crm" in unknown.output


def test_the_command_rotates_the_key(tmp_path: Path) -> None:
    place = Place(tmp_path, APP)
    place.keep(access_token="t-1")
    before = place.data.tokens_key.read_bytes()
    assert "1 tokens" in run(place, "rotate-key").output
    assert place.data.tokens_key.read_bytes() != before and place.state()[0] == "good"
