"""Export and restore: everything comes back as it was, or nothing does and it is said why."""

import json
import tarfile
import threading
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from trackyard.cli.main import main
from trackyard.control.backup import MANIFEST, export, restore
from trackyard.log.sqlite import SqliteLog
from trackyard.model.errors import RefusedError, StorageError
from trackyard.store.deliveries_sqlite import SqliteDeliveries
from trackyard.store.directory import DataDirectory
from trackyard.store.sqlite_state import SqliteState

FILES = {
    "revisions/000001.json": b"one",
    "revisions/current": b"1",
    "archive/2026/a.parquet": b"\0" * 3000,
    "ledger/seg-1": b"",
    "secrets/token": b"planted",
    "token.key": b"planted too",
    "run/process.bell": b"x",
    "state.db-wal": b"x",
}


def server(directory: Path) -> DataDirectory:
    data = DataDirectory(directory / "data")
    for name, content in FILES.items():
        (data.root / name).parent.mkdir(parents=True, exist_ok=True)
        (data.root / name).write_bytes(content)
    (data.root / "state.db-wal").unlink()
    with closing(SqliteLog(data.received, writer=True)) as log, closing(SqliteState(data.state, writer=True)) as state:
        decide(log, state, 3)
    SqliteDeliveries(data.deliveries, writer=True).close()
    (directory / "ws" / "sources").mkdir(parents=True)
    (directory / "ws" / "trackyard.yaml").write_text("name: x\n")
    (directory / "ws" / "sources" / "web.yaml").write_text("name: web\n")
    (directory / "ws" / "unrelated.iso").write_text("large")
    return data


def decide(log: SqliteLog, state: SqliteState, count: int) -> None:
    """Append so many records and let the state's position follow."""
    before = state.position()
    last = log.append([b"received"] * count, at=1)
    with state.transaction() as transaction:
        transaction.set_position(before, last)


def positions(directory: Path) -> tuple[int, int]:
    """(decided, received) in a data directory."""
    data = DataDirectory(directory)
    with (
        closing(SqliteLog(data.received, writer=False)) as log,
        closing(SqliteState(data.state, writer=False)) as state,
    ):
        return state.position(), log.bounds()[1]


def test_everything_comes_back_as_it_was(tmp_path: Path) -> None:
    data = server(tmp_path)
    export(data, tmp_path / "ws", tmp_path / "all.tar", with_secrets=False, at=7)
    manifest = restore(tmp_path / "all.tar", tmp_path / "new", tmp_path / "ws2")
    assert manifest.at == 7
    for name, content in FILES.items():
        if name.startswith(("revisions", "archive", "ledger")):
            assert (tmp_path / "new" / name).read_bytes() == content
    assert positions(tmp_path / "new") == (3, 3)
    assert (tmp_path / "new" / "deliveries.db").exists()
    assert sorted(path.name for path in (tmp_path / "ws2").rglob("*.yaml")) == ["trackyard.yaml", "web.yaml"]
    assert not (tmp_path / "ws2" / "unrelated.iso").exists()
    assert not (tmp_path / "new" / "run").exists()
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


@pytest.mark.parametrize("wanted", [True, False])
def test_secret_files_are_exported_only_when_asked_for(wanted: bool, tmp_path: Path) -> None:
    data = server(tmp_path)
    export(data, tmp_path / "ws", tmp_path / "all.tar", with_secrets=wanted, at=0)
    assert (b"planted" in (tmp_path / "all.tar").read_bytes()) is wanted
    assert (tmp_path / "all.tar").stat().st_mode & 0o077 == 0


def test_commands_take_relative_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server(tmp_path)
    monkeypatch.chdir(tmp_path)
    for arguments in (
        ["export", "all.tar", "--workspace", "ws", "--data", "data", "--json"],
        ["restore", "all.tar", "--workspace", "ws2", "--data", "new", "--json"],
    ):
        result = CliRunner().invoke(main, arguments)
        assert result.exit_code == 0, result.output
        assert json.loads(result.stdout)["files"] == 9
    assert (tmp_path / "ws2" / "sources" / "web.yaml").exists()


def test_copy_of_a_busy_server_has_no_position_ahead_of_its_log(tmp_path: Path) -> None:
    data = server(tmp_path)
    log, state = SqliteLog(data.received, writer=True), SqliteState(data.state, writer=True)
    decide(log, state, 30_000)
    stop, started = threading.Event(), threading.Event()

    def engine() -> None:
        while not stop.is_set():
            decide(log, state, 1)
            started.set()

    writer = threading.Thread(target=engine)
    writer.start()
    started.wait(10)
    try:
        export(data, None, tmp_path / "all.tar", with_secrets=False, at=0)
    finally:
        stop.set()
        writer.join()
        log.close()
        state.close()
    restore(tmp_path / "all.tar", tmp_path / "new", None)
    decided, received = positions(tmp_path / "new")
    assert 30_003 < decided <= received


def test_log_that_was_trimmed_past_the_copied_state_is_no_export(tmp_path: Path) -> None:
    data = server(tmp_path)
    with closing(SqliteLog(data.received, writer=True)) as log:
        for _ in range(5):
            log.append([b"received"], at=1)  # as if state had been copied before these were decided
        while log.trim(before=7):
            pass
    with pytest.raises(StorageError, match="state is at 3: trimmed"):
        export(data, None, tmp_path / "all.tar", with_secrets=False, at=0)
    assert not (tmp_path / "all.tar").exists()


def test_restore_refuses_a_directory_that_holds_anything(tmp_path: Path) -> None:
    data = server(tmp_path)
    export(data, None, tmp_path / "all.tar", with_secrets=False, at=0)
    with pytest.raises(RefusedError, match="not empty"):
        restore(tmp_path / "all.tar", data.root, None)


def test_export_never_overwrites_and_never_lies_inside_the_data(tmp_path: Path) -> None:
    data = server(tmp_path)
    (tmp_path / "taken.tar").write_text("mine")
    for target in (tmp_path / "taken.tar", data.root / "inside.tar"):
        with pytest.raises(RefusedError):
            export(data, None, target, with_secrets=False, at=0)
    assert (tmp_path / "taken.tar").read_text() == "mine"


def exported(directory: Path) -> Path:
    export(server(directory), directory / "ws", directory / "all.tar", with_secrets=False, at=0)
    return directory / "all.tar"


def refuses(file: Path, directory: Path, message: str) -> None:
    with pytest.raises(StorageError, match=message):
        restore(file, directory / "new", None)
    assert not (directory / "new").exists()
    assert [path.name for path in directory.iterdir() if path.name.startswith(".restore")] == []


def test_changed_byte_is_found_and_its_file_named(tmp_path: Path) -> None:
    file = exported(tmp_path)
    file.write_bytes(file.read_bytes().replace(b"name: web", b"name: wob"))
    refuses(file, tmp_path, r"workspace/sources/web\.yaml is not what was exported")


@pytest.mark.parametrize("part", [0.0, 0.3, 0.6])
def test_cut_off_export_is_refused(part: float, tmp_path: Path) -> None:
    file = exported(tmp_path)
    file.write_bytes(file.read_bytes()[: int(file.stat().st_size * part)])
    refuses(file, tmp_path, "cut off|cannot be restored")


def rebuilt(source: Path, target: Path, rename: dict[str, str]) -> Path:
    with tarfile.open(source) as old, tarfile.open(target, "w") as new:
        for member in old:
            content = old.extractfile(member)
            member.name = rename.get(member.name, member.name)
            new.addfile(member, content)
    return target


@pytest.mark.parametrize("name", ["../outside", "/etc/outside", "data/../../outside", "other/file"])
def test_export_cannot_write_outside_of_its_target(name: str, tmp_path: Path) -> None:
    file = rebuilt(exported(tmp_path), tmp_path / "evil.tar", {"data/revisions/current": name})
    refuses(file, tmp_path, "is no export")


def test_missing_manifest_means_cut_off(tmp_path: Path) -> None:
    file = rebuilt(exported(tmp_path), tmp_path / "evil.tar", {MANIFEST: "data/x"})
    refuses(file, tmp_path, "cut off")
