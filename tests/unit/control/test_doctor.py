"""Doctor says what is wrong with an installation, and only that."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import apsw
import msgspec
import pytest
from click.testing import CliRunner
from msgspec.structs import replace

from trackyard.cli.main import main
from trackyard.control.doctor.diagnosis import Diagnosis, Installation
from trackyard.control.doctor.examine import examine
from trackyard.control.status import Status
from trackyard.control.workspace.apply import Note, apply_workspace
from trackyard.log.sqlite import SqliteLog
from trackyard.model.workspace import Connection, Workspace
from trackyard.store.archive import SUFFIX
from trackyard.store.directory import DataDirectory
from trackyard.store.lease import Lease
from trackyard.store.revisions import Revisions
from trackyard.store.sqlite_state import SqliteState

NOW = 1_770_000_000.0
NOTE = Note(who="ada", at=int(NOW * 1000))


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    """A sound one: files, a revision of them, databases with content, a free port."""
    data = DataDirectory(tmp_path / "data")
    (tmp_path / "ws").mkdir()
    (tmp_path / "ws" / "trackyard.yaml").write_text("name: Test\n")
    apply_workspace(Workspace(name="Test"), data, NOTE)
    log = SqliteLog(data.received, writer=True)
    log.append([b"x" * 500] * 2000, int(NOW * 1000))
    log.close()
    SqliteState(data.state, writer=True).close()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    yield Installation(data, tmp_path / "ws", {}, NOW, "127.0.0.1", port, False)


def wrong(installation: Installation) -> list[Diagnosis]:
    """What is not ok, but for what the machine running the tests is to blame for."""
    machine = {"free space", "open files", "data directory"}
    return [found for found in examine(installation) if found.level != "ok" and found.check not in machine]


def the_one(installation: Installation) -> Diagnosis:
    (found,) = wrong(installation)
    assert found.fix
    return found


def test_sound_installation_has_nothing_wrong(installation: Installation) -> None:
    assert wrong(installation) == []


def test_damaged_database_is_named(installation: Installation) -> None:
    path = installation.data.received
    content = bytearray(path.read_bytes())
    content[8192:] = b"\xff" * (len(content) - 8192)
    path.write_bytes(content)
    found = [diagnosis for diagnosis in wrong(installation) if diagnosis.check == "received.db"]
    assert found[0].level == "error"
    assert "damaged" in found[0].found


def test_file_that_is_no_database_is_named(installation: Installation) -> None:
    installation.data.state.write_bytes(b"not a database" * 1000)
    assert the_one(installation).check == "state.db"


def test_damage_that_sqlite_does_not_see_is_found_when_looking_deep(installation: Installation) -> None:
    database = apsw.Connection(str(installation.data.received))
    database.execute("UPDATE block SET data = zeroblob(length(data)) WHERE rowid = (SELECT max(rowid) FROM block)")
    database.close()
    assert wrong(installation) == [] or wrong(installation)[0].check == "clock"
    found = [diagnosis.check for diagnosis in wrong(replace(installation, deep=True))]
    assert "received.db contents" in found


def test_sound_installation_is_sound_when_looking_deep(installation: Installation) -> None:
    assert wrong(replace(installation, deep=True)) == []


def test_archive_segment_that_was_cut_is_named(installation: Installation) -> None:
    installation.data.archive.mkdir()
    (installation.data.archive / f"1-100-0-0{SUFFIX}").write_bytes(b"cut")
    found = the_one(installation)
    assert (found.check, found.level) == ("archive", "error")


def test_clock_that_went_back_is_noticed(installation: Installation) -> None:
    found = the_one(replace(installation, now=NOW - 3600))
    assert (found.check, found.level) == ("clock", "error")
    assert "3600 s ahead" in found.found


def test_address_in_use_by_another_program_is_an_error(installation: Installation) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", installation.port))
        other.listen()
        assert the_one(installation).check == "address"


def test_address_in_use_by_this_installation_is_not(installation: Installation) -> None:
    lease = Lease(installation.data.run / "up.lease")
    try:
        with socket.socket() as ours:
            ours.bind(("127.0.0.1", installation.port))
            ours.listen()
            assert "address" not in {found.check for found in wrong(installation)}
            running = next(found for found in examine(installation) if found.check == "running")
            assert "up by pid" in running.found
    finally:
        lease.close()


def test_processes_that_say_nothing_and_lanes_that_wait_are_told(installation: Installation) -> None:
    lease = Lease(installation.data.run / "up.lease")
    lanes = [{"connection": "hook", "state": "auth", "reason": "HTTP 401"}]
    for role, facts in (("collect", {}), ("deliver", {"lanes": lanes})):
        status = Status(role=role, pid=1, at=NOW, facts=facts)
        (installation.data.run / f"{role}.status.json").write_bytes(msgspec.json.encode(status))
    try:
        found = [diagnosis.found for diagnosis in wrong(installation)]
        assert found == ["process not running", "hook lane auth: HTTP 401"]
    finally:
        lease.close()


def test_damaged_revision_in_force_is_an_error_and_an_old_one_a_warning(installation: Installation) -> None:
    apply_workspace(Workspace(name="Second"), installation.data, NOTE)
    apply_workspace(Workspace(name="Test"), installation.data, NOTE)
    store = Revisions(installation.data.revisions)
    for number, level in ((1, "warning"), (3, "error")):
        store.file(number).write_bytes(b"{")
        found = [diagnosis for diagnosis in wrong(installation) if f"revision {number} is damaged" in diagnosis.found]
        assert found[0].level == level


def test_pointer_that_cannot_be_read_does_not_stop_the_other_checks(installation: Installation) -> None:
    (installation.data.revisions / "current").write_text("x")
    found = list(examine(installation))
    assert {"sqlite", "revisions", "received.db", "address"} <= {diagnosis.check for diagnosis in found}
    assert any("does not hold a number" in diagnosis.found for diagnosis in found)


def test_files_that_differ_from_the_revision_are_told(installation: Installation) -> None:
    assert installation.workspace is not None
    (installation.workspace / "trackyard.yaml").write_text("name: Changed\n")
    found = the_one(installation)
    assert (found.level, found.found) == ("warning", "differ from revision 1 in 1 places: name")


def test_broken_files_are_told_with_their_first_problem(installation: Installation) -> None:
    assert installation.workspace is not None
    (installation.workspace / "trackyard.yaml").write_text("nam: x\n")
    assert 'found no "name"' in the_one(installation).found


@pytest.mark.parametrize(("mode", "level"), [("live", "error"), ("shadow", "error"), ("off", "warning")])
def test_secret_that_is_missing_is_told_with_its_connection(installation: Installation, mode: str, level: str) -> None:
    settings = {"t": "${secret:token}"}
    connection = Connection(destination="webhook", mode=mode, settings=settings)  # type: ignore[arg-type]
    apply_workspace(Workspace(name="Test", connections={"hook": connection}), installation.data, NOTE)
    found = the_one(replace(installation, workspace=None))
    assert (found.level, found.check) == (level, "secrets")
    assert "${secret:token}, which connection hook refers to" in found.found


def test_secret_file_that_others_can_read_is_told(installation: Installation) -> None:
    installation.data.secrets.mkdir()
    (installation.data.secrets / "token").write_text("planted")
    (installation.data.secrets / "token").chmod(0o644)
    found = the_one(installation)
    assert found.check == "secret files"
    assert "planted" not in str(found)
    (installation.data.secrets / "token").chmod(0o600)
    assert wrong(installation) == []


def test_missing_data_directory_is_told(installation: Installation) -> None:
    nowhere = replace(installation, data=DataDirectory(installation.data.root / "nowhere"), workspace=None)
    checks = {diagnosis.check: diagnosis.level for diagnosis in examine(nowhere)}
    assert checks["data directory"] == "error"


def test_command_ends_with_one_when_something_is_wrong(tmp_path: Path) -> None:
    arguments = ["doctor", "--data", str(tmp_path / "nowhere"), "--workspace", str(tmp_path), "--json"]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 1
    assert json.loads(result.stdout)["ok"] is False
