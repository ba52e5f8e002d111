"""Export and restore: everything comes back as it was, or nothing does and it is said why."""

import json
import tarfile
import threading
from pathlib import Path

import apsw
import pytest
from click.testing import CliRunner

from trackyard.cli.main import main
from trackyard.control.backup import MANIFEST, export, restore
from trackyard.model.errors import RefusedError, StorageError
from trackyard.store.directory import DataDirectory

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
    for path in (data.received, data.state, data.deliveries):
        connection = database(path)
        connection.execute("INSERT INTO t VALUES (?)", (path.name,))
        connection.close()
    (directory / "ws" / "sources").mkdir(parents=True)
    (directory / "ws" / "trackyard.yaml").write_text("name: x\n")
    (directory / "ws" / "sources" / "web.yaml").write_text("name: web\n")
    (directory / "ws" / "unrelated.iso").write_text("large")
    return data


def database(path: Path) -> apsw.Connection:
    connection = apsw.Connection(str(path))
    connection.pragma("journal_mode", "wal")
    connection.set_busy_timeout(10_000)
    connection.execute("CREATE TABLE IF NOT EXISTS t (x)")
    return connection


def rows(path: Path) -> list[object]:
    connection = apsw.Connection(str(path))
    try:
        return [row[0] for row in connection.execute("SELECT x FROM t ORDER BY rowid")]
    finally:
        connection.close()


def test_everything_comes_back_as_it_was(tmp_path: Path) -> None:
    data = server(tmp_path)
    export(data, tmp_path / "ws", tmp_path / "all.tar", with_secrets=False, at=7)
    manifest = restore(tmp_path / "all.tar", tmp_path / "new", tmp_path / "ws2")
    assert manifest.at == 7
    for name, content in FILES.items():
        if name.startswith(("revisions", "archive", "ledger")):
            assert (tmp_path / "new" / name).read_bytes() == content
    for name in ("received.db", "state.db", "deliveries.db"):
        assert rows(tmp_path / "new" / name) == [name]
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
    received, state = database(data.received), database(data.state)
    received.execute(
        "WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30000) INSERT INTO t SELECT i FROM n"
    )
    stop = threading.Event()
    started = threading.Event()

    def engine() -> None:
        while not stop.is_set():
            received.execute("INSERT INTO t VALUES (0)")
            state.execute("INSERT INTO t VALUES (?)", (received.last_insert_rowid(),))
            started.set()

    writer = threading.Thread(target=engine)
    writer.start()
    started.wait(10)
    try:
        export(data, None, tmp_path / "all.tar", with_secrets=False, at=0)
    finally:
        stop.set()
        writer.join()
    restore(tmp_path / "all.tar", tmp_path / "new", None)
    position = rows(tmp_path / "new" / "state.db")[-1]
    assert isinstance(position, int)
    assert 30_000 < position <= len(rows(tmp_path / "new" / "received.db"))
    for name in ("received.db", "state.db"):
        copy = apsw.Connection(str(tmp_path / "new" / name))
        assert copy.pragma("integrity_check") == "ok"
        copy.close()


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
