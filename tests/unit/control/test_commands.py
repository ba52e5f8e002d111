"""The commands as scripts use them: exit codes, JSON, paths."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from trackyard.cli.main import main


@pytest.fixture
def place(tmp_path: Path) -> Path:
    assert run("init", str(tmp_path / "ws")).exit_code == 0
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def on(place: Path, *arguments: str) -> Result:
    return run(*arguments, "--workspace", str(place / "ws"), "--data", str(place / "data"))


def in_data(place: Path, *arguments: str) -> Result:
    return run(*arguments, "--data", str(place / "data"))


def edit(place: Path, old: str, new: str) -> None:
    file = place / "ws" / "trackyard.yaml"
    file.write_text(file.read_text().replace(old, new))


def listed(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_apply_history_rollback_and_back_again(place: Path) -> None:
    assert listed(on(place, "apply", "--who", "ada", "--why", "first", "--json"))["revision"] == 1
    edit(place, "My workspace", "Shop")
    (change,) = listed(on(place, "apply", "--dry-run", "--json"))["changes"]
    assert change == {"path": "name", "before": "My workspace", "after": "Shop"}
    assert listed(on(place, "apply", "--why", "renamed", "--json"))["revision"] == 2
    assert listed(in_data(place, "rollback", "1", "--why", "the name was right", "--json"))["revision"] == 3
    history = listed(in_data(place, "history", "--json"))
    assert [(entry["revision"], entry["why"], entry["restores"]) for entry in history] == [
        (3, "the name was right", 1),
        (2, "renamed", None),
        (1, "first", None),
    ]
    shown = listed(in_data(place, "history", "show", "2", "--json"))
    assert shown["changes"] == [{"path": "name", "before": "My workspace", "after": "Shop"}]
    assert (
        run("history", "--data", str(place / "data"), "show", "2", "--json").stdout
        == in_data(place, "history", "show", "2", "--json").stdout
    )


def test_broken_file_changes_nothing_and_ends_with_one(place: Path) -> None:
    assert on(place, "apply").exit_code == 0
    edit(place, "retention:", "retentoin:")
    for command in ("check", "apply"):
        result = on(place, command)
        assert result.exit_code == 1
        assert 'found the unknown key "retentoin"' in result.stderr
    assert len(listed(in_data(place, "history", "--json"))) == 1


def test_check_lists_errors_and_warnings_as_json(place: Path) -> None:
    edit(place, "retention:", "retentoin:")
    result = on(place, "check", "--json")
    assert result.exit_code == 1
    found = json.loads(result.stdout)
    assert found["ok"] is False
    assert found["errors"][0]["fix"] == 'did you mean "retention"?'
    assert set(found["errors"][0]) == {"file", "line", "path", "found", "expected", "fix"}


def test_freeze_ends_with_four_and_a_hotfix_passes(place: Path) -> None:
    window = "freeze_windows:\n  - {start: 2020-01-01T00:00:00Z, end: 2990-01-01T00:00:00Z, reason: for ever}\n"
    edit(place, "retention:", window + "retention:")
    assert on(place, "apply").exit_code == 0
    edit(place, "My workspace", "Shop")
    refused = on(place, "apply")
    assert refused.exit_code == 4
    assert "for ever" in refused.stderr
    assert on(place, "apply", "--hotfix", "checkout is down").exit_code == 0


def test_what_cannot_be_read_or_written_ends_with_three(place: Path) -> None:
    assert in_data(place, "history", "show", "9").exit_code == 3
    (place / "data").mkdir()
    (place / "data" / "revisions").write_text("a file where a directory should be")
    result = on(place, "apply")
    assert result.exit_code == 3
    assert str(place / "data" / "revisions") in result.stderr


@pytest.mark.parametrize("arguments", [["check", "--workspaces", "x"], ["rollback"], ["rollback", "0", "--why", "x"]])
def test_wrong_use_ends_with_two(arguments: list[str]) -> None:
    assert run(*arguments).exit_code == 2


def test_what_is_written_is_for_no_other_user(place: Path) -> None:
    assert on(place, "apply").exit_code == 0
    assert {path.name for path in place.rglob("*") if path.stat().st_mode & 0o007} == set()


def test_empty_history_is_an_empty_list(place: Path) -> None:
    assert listed(in_data(place, "history", "--json")) == []
    assert "no revision" in in_data(place, "history").stdout


def test_environment_variables_name_workspace_and_data(place: Path) -> None:
    places = {"TRACKYARD_WORKSPACE": str(place / "ws"), "TRACKYARD_DATA": str(place / "data")}
    assert CliRunner().invoke(main, ["apply"], env=places).exit_code == 0
    assert len(listed(in_data(place, "history", "--json"))) == 1


def test_init_makes_other_keys_each_time(tmp_path: Path) -> None:
    for name in ("one", "two"):
        assert run("init", str(tmp_path / name), "--template", "store").exit_code == 0
    texts = [(tmp_path / name / "sources" / "website.yaml").read_text() for name in ("one", "two")]
    keys = [line for text in texts for line in text.splitlines() if "wk_" in line]
    assert len(set(keys)) == 4
    assert run("init", str(tmp_path / "one")).exit_code == 4
