"""Damage is found and named when it is read; nothing is ever decided on it."""

from collections.abc import Callable
from pathlib import Path

import apsw
import pytest

from trackyard.log.sqlite import SqliteLog
from trackyard.model.errors import StorageError

AT = 1_760_000_000_000


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "received.db"
    log = SqliteLog(path, writer=True)
    for index in range(5):
        log.append([b"%d" % index * 50] * 2, AT + index)
    log.close()
    return path


def changed(path: Path, statement: str) -> None:
    connection = apsw.Connection(str(path))
    connection.execute(statement)
    connection.close()


DAMAGES: dict[str, tuple[str, str]] = {
    "flipped bit": (
        "UPDATE block SET data = CAST(substr(data, 1, 5) || X'00' || substr(data, 7) AS BLOB) WHERE first = 3",
        "wrong checksum on offsets 3 to 4",
    ),
    "cut short": ("UPDATE block SET data = substr(data, 1, 9) WHERE first = 3", "wrong checksum on offsets 3 to 4"),
    "lost row": ("DELETE FROM block WHERE first = 3", "offsets 3 to 4 are missing"),
    "row at the wrong place": ("UPDATE block SET first = 11, last = 12 WHERE first = 3", "offsets 3 to 4 are missing"),
    "wrong time": ("UPDATE block SET at = at + 1 WHERE first = 3", "wrong checksum on offsets 3 to 4"),
    "swapped contents": (
        "UPDATE block SET data = (SELECT b.data FROM block b WHERE b.first = 5),"
        " crc = (SELECT b.crc FROM block b WHERE b.first = 5) WHERE first = 3",
        "wrong checksum on offsets 3 to 4",
    ),
}  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_block_is_named_and_nothing_past_it_is_read(path: Path, damage: str) -> None:
    statement, message = DAMAGES[damage]
    changed(path, statement)
    log = SqliteLog(path, writer=False)
    assert [record.offset for record in log.read(0, 2)] == [1, 2]
    with pytest.raises(StorageError, match=message) as raised:
        log.read(2, 10)
    assert str(path) in str(raised.value)
    log.close()


def flipped(data: bytes) -> bytes:
    return data[:4096] + bytes(value ^ 0xFF for value in data[4096:])


@pytest.mark.parametrize("harm", [flipped, lambda data: data[: len(data) // 2], lambda data: b"not a database" * 99])
def test_harmed_file_is_reported_as_damaged(path: Path, harm: Callable[[bytes], bytes]) -> None:
    path.write_bytes(harm(path.read_bytes()))
    with pytest.raises(StorageError, match=r"received\.db is damaged"):
        log = SqliteLog(path, writer=False)
        log.read(0, 100)


def test_file_of_a_newer_version_is_refused(path: Path) -> None:
    changed(path, "PRAGMA user_version = 99")
    for writer in (True, False):
        with pytest.raises(StorageError, match="schema 99"):
            SqliteLog(path, writer=writer)
