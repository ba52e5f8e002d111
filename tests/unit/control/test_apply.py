"""Revisions: who, when, why, what; one after the other; never from a broken file, never inside a freeze."""

import hashlib
import itertools
import re
import threading
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner
from msgspec.structs import replace

from trackyard.cli.main import main
from trackyard.control.workspace.adopt import adopt
from trackyard.control.workspace.apply import Note, apply_workspace, preview, roll_back
from trackyard.control.workspace.history import history
from trackyard.control.workspace.starter import write_starter
from trackyard.model.errors import Frozen, StorageError, WorkspaceError
from trackyard.model.workspace import Change, Connection, FreezeWindow, Source, Workspace
from trackyard.store.directory import DataDirectory
from trackyard.store.revisions import Revisions
from trackyard.store.secrets import Secrets

NOW = int(datetime(2026, 1, 15, tzinfo=UTC).timestamp() * 1000)
NOTE = Note(who="ada", at=NOW, why="because")
ENVIRONMENT = Secrets(None, {})
SHOP = Workspace(
    name="Shop",
    sources={"web": Source(name="Web", kind="website", write_keys={"production": ["secretkey1"]}, no_decision={})},
    connections={"hook": Connection(destination="webhook", settings={"url": "https://example.com"})},
)


def test_revision_says_who_when_why_and_what_changed(tmp_path: Path) -> None:
    data = DataDirectory(tmp_path)
    apply_workspace(SHOP, data, NOTE)
    hook = replace(SHOP.connections["hook"], mode="shadow")
    apply_workspace(replace(SHOP, connections={"hook": hook}), data, Note(who="bob", at=NOW + 1, why="quiet"))
    revision = Revisions(data.revisions).current()
    assert revision is not None
    assert (revision.number, revision.who, revision.at, revision.why) == (2, "bob", NOW + 1, "quiet")
    assert revision.changes == [Change(path="connections.hook.mode", before="live", after="shadow")]


def test_write_keys_and_credentials_are_masked_in_changes(tmp_path: Path) -> None:
    settings = {"url": "https://me:pw@example.com", "token": "planted", "key_ref": "${env:T}"}
    workspace = replace(SHOP, connections={"hook": Connection(destination="webhook", settings=settings)})
    written = str(apply_workspace(workspace, DataDirectory(tmp_path), NOTE).changes)
    assert all(secret not in written for secret in ("secretkey1", "planted", "me:pw"))
    assert "${env:T}" in written


def test_secret_stands_in_no_file_that_apply_writes_and_in_nothing_it_prints(tmp_path: Path) -> None:
    keys = iter("abcdefgh")
    write_starter(tmp_path / "ws", "default", lambda length: next(keys) * length)
    connection = tmp_path / "ws" / "destinations" / "webhook.yaml"
    settings = "settings:\n  sharedSecret: ${secret:shared}\n  url: ${env:HOOK}\n"
    connection.write_text(re.sub(r"settings:\n(  .*\n)+", settings, connection.read_text()))
    (tmp_path / "data" / "secrets").mkdir(parents=True)
    (tmp_path / "data" / "secrets" / "shared").write_text("planted-in-a-file")
    told = ""
    for command in ("check", "apply", "doctor"):
        arguments = [command, "--workspace", str(tmp_path / "ws"), "--data", str(tmp_path / "data"), "--json"]
        told += CliRunner().invoke(main, arguments, env={"HOOK": "https://planted-in-the-environment"}).output
    revisions = (tmp_path / "data" / "revisions").iterdir()
    written = told + "".join(path.read_text() for path in revisions)
    assert "${secret:shared}" in written
    assert "planted" not in written


def test_applying_the_same_again_makes_no_revision(tmp_path: Path) -> None:
    data = DataDirectory(tmp_path)
    apply_workspace(SHOP, data, NOTE)
    assert apply_workspace(SHOP, data, NOTE).changes == []
    assert Revisions(data.revisions).current_number() == 1


def test_preview_shows_the_change_and_makes_none(tmp_path: Path) -> None:
    data = DataDirectory(tmp_path)
    apply_workspace(SHOP, data, NOTE)
    assert preview(replace(SHOP, name="Store"), data) == [Change(path="name", before="Shop", after="Store")]
    assert Revisions(data.revisions).current_number() == 1


def test_rollback_is_a_new_revision_equal_to_the_old(tmp_path: Path) -> None:
    data = DataDirectory(tmp_path)
    apply_workspace(SHOP, data, NOTE)
    apply_workspace(replace(SHOP, connections={}), data, NOTE)
    revision = roll_back(1, data, NOTE).revision
    assert (revision.number, revision.restores, revision.workspace) == (3, 1, SHOP)


def test_concurrent_applies_follow_each_other_and_each_sees_the_one_before(tmp_path: Path) -> None:
    data = DataDirectory(tmp_path)
    names = [f"name {number}" for number in range(8)]
    threads = [threading.Thread(target=apply_workspace, args=(replace(SHOP, name=name), data, NOTE)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    stored = [Revisions(data.revisions).get(number) for number in Revisions(data.revisions).numbers()]
    assert sorted(revision.workspace.name for revision in stored) == names
    for before, after in itertools.pairwise(stored):
        assert after.changes == [Change(path="name", before=before.workspace.name, after=after.workspace.name)]


def frozen_shop(data: DataDirectory) -> Workspace:
    day = 24 * 3600
    start, end = (datetime.fromtimestamp(NOW / 1000 + shift, UTC) for shift in (-day, day))
    workspace = replace(SHOP, freeze_windows=[FreezeWindow(start=start, end=end, reason="Black Friday")])
    apply_workspace(workspace, data, NOTE)
    return workspace


def test_nothing_is_applied_inside_a_freeze_window(tmp_path: Path) -> None:
    data = DataDirectory(tmp_path)
    workspace = frozen_shop(data)
    with pytest.raises(Frozen, match="Black Friday"):
        apply_workspace(replace(workspace, name="Other"), data, NOTE)
    with pytest.raises(Frozen):
        apply_workspace(replace(workspace, freeze_windows=[]), data, NOTE)
    assert Revisions(data.revisions).current_number() == 1


def test_hotfix_with_a_note_passes_the_freeze_and_the_note_is_kept(tmp_path: Path) -> None:
    data = DataDirectory(tmp_path)
    workspace = frozen_shop(data)
    applied = apply_workspace(replace(workspace, name="Other"), data, replace(NOTE, hotfix="checkout is down"))
    assert applied.revision.hotfix == "checkout is down"


def test_rollback_inside_a_freeze_needs_a_note_too(tmp_path: Path) -> None:
    data = DataDirectory(tmp_path)
    apply_workspace(SHOP, data, NOTE)
    frozen_shop(data)
    with pytest.raises(Frozen):
        roll_back(1, data, NOTE)
    assert roll_back(1, data, replace(NOTE, hotfix="wrong key")).revision.number == 3


def test_freeze_is_over_when_its_end_has_come(tmp_path: Path) -> None:
    data = DataDirectory(tmp_path)
    workspace = frozen_shop(data)
    assert apply_workspace(replace(workspace, name="x"), data, replace(NOTE, at=NOW + 86_400_000)).changes


def test_damaged_revision_is_named_and_does_not_bar_the_next(tmp_path: Path) -> None:
    data = DataDirectory(tmp_path)
    apply_workspace(SHOP, data, NOTE)
    file = Revisions(data.revisions).file(1)
    file.write_bytes(file.read_bytes().replace(b"Shop", b"Chop"))
    with pytest.raises(StorageError, match=r"revision 1 is damaged: .*000001\.json"):
        Revisions(data.revisions).current()
    apply_workspace(SHOP, data, NOTE)
    revision = Revisions(data.revisions).current()
    assert revision is not None
    assert (revision.number, revision.workspace) == (2, SHOP)


@pytest.mark.parametrize("cut", [0, 1, 50])
def test_cut_off_revision_is_named(cut: int, tmp_path: Path) -> None:
    data = DataDirectory(tmp_path)
    apply_workspace(SHOP, data, NOTE)
    file = Revisions(data.revisions).file(1)
    file.write_bytes(file.read_bytes()[:cut])
    with pytest.raises(StorageError, match="revision 1 is damaged"):
        Revisions(data.revisions).current()


def test_revision_stored_but_not_yet_current_is_written_over_by_the_next(tmp_path: Path) -> None:
    data = DataDirectory(tmp_path)
    apply_workspace(SHOP, data, NOTE)
    apply_workspace(replace(SHOP, name="lost"), data, NOTE)
    (data.revisions / "current").write_text("1")  # as after a power cut between the two writes
    apply_workspace(replace(SHOP, name="kept"), data, NOTE)
    assert [Revisions(data.revisions).get(number).workspace.name for number in (1, 2)] == ["Shop", "kept"]


def test_revision_of_a_newer_version_is_not_called_damaged(tmp_path: Path) -> None:
    data = DataDirectory(tmp_path)
    apply_workspace(SHOP, data, NOTE)
    file = Revisions(data.revisions).file(1)
    newer = msgspec.json.encode({**msgspec.json.decode(file.read_bytes())["revision"], "invented_later": 1})
    file.write_bytes(b'{"sha256":"%s","revision":%s}' % (hashlib.sha256(newer).hexdigest().encode(), newer))
    with pytest.raises(StorageError, match="newer version"):
        Revisions(data.revisions).current()


def test_history_names_damaged_revisions_and_filters_by_path(tmp_path: Path) -> None:
    data = DataDirectory(tmp_path)
    for workspace in (SHOP, replace(SHOP, name="Other"), replace(SHOP, name="Other", connections={})):
        apply_workspace(workspace, data, NOTE)
    revisions = Revisions(data.revisions)
    assert [entry.number for entry in history(revisions, "connections.hook.mode")] == [3, 1]
    revisions.file(1).write_bytes(b"")
    assert ["damaged" in entry.damage for entry in history(revisions)] == [False, False, True]


def files(directory: Path, name: str) -> Path:
    directory.mkdir(exist_ok=True)
    (directory / "trackyard.yaml").write_text(f"name: {name}\n")
    return directory


def test_start_applies_new_files_once(tmp_path: Path) -> None:
    data = DataDirectory(tmp_path / "data")
    for name, number in (("A", 1), ("A", 1), ("B", 2)):
        revision, error = adopt(files(tmp_path / "ws", name), data, ENVIRONMENT, NOTE)
        assert (revision.number, revision.workspace.name, error) == (number, name, None)


def test_start_does_not_undo_a_rollback(tmp_path: Path) -> None:
    data = DataDirectory(tmp_path / "data")
    for name in ("A", "B"):
        adopt(files(tmp_path / "ws", name), data, ENVIRONMENT, NOTE)
    roll_back(1, data, NOTE)
    revision, _ = adopt(tmp_path / "ws", data, ENVIRONMENT, NOTE)
    assert (revision.number, revision.workspace.name) == (3, "A")


def test_start_with_broken_files_goes_on_with_the_revision_in_force(tmp_path: Path) -> None:
    data = DataDirectory(tmp_path / "data")
    adopt(files(tmp_path / "ws", "A"), data, ENVIRONMENT, NOTE)
    revision, error = adopt(files(tmp_path / "ws", "[broken"), data, ENVIRONMENT, NOTE)
    assert revision.number == 1
    assert isinstance(error, WorkspaceError)


def test_first_start_with_broken_files_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError):
        adopt(files(tmp_path / "ws", "[broken"), DataDirectory(tmp_path / "data"), ENVIRONMENT, NOTE)


def test_start_inside_a_freeze_window_goes_on_with_the_revision_in_force(tmp_path: Path) -> None:
    data = DataDirectory(tmp_path / "data")
    frozen_shop(data)
    revision, error = adopt(files(tmp_path / "ws", "B"), data, ENVIRONMENT, NOTE)
    assert revision.number == 1
    assert isinstance(error, Frozen)
