"""A log whose newest file was cut or flipped anywhere opens with whole batches from the start."""

import random
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trackyard.log.sqlite import SqliteLog
from trackyard.model.errors import StorageError

AT = 1_760_000_000_000
BATCHES = [[random.Random(number).randbytes(number * 700) for number in range(1, size)] for size in (2, 5, 3, 6, 2, 4)]


@pytest.fixture(scope="module")
def crashed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of a log whose process was killed: everything is in the WAL."""
    directory = tmp_path_factory.mktemp("log")
    log = SqliteLog(directory / "received.db", writer=True)
    for bodies in BATCHES:
        log.append(bodies, AT)
    killed = directory / "killed"
    killed.mkdir()
    for name in ("received.db", "received.db-wal"):
        shutil.copyfile(directory / name, killed / name)
    log.close()
    return killed


def opened(crashed: Path, harm: Callable[[bytes], bytes]) -> list[bytes]:
    """What can be read after `harm` was done to the WAL."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        for path in crashed.iterdir():
            shutil.copyfile(path, directory / path.name)
        wal = directory / "received.db-wal"
        wal.write_bytes(harm(wal.read_bytes()))
        log = SqliteLog(directory / "received.db", writer=True)
        try:
            found = [record.data for record in log.read(0, 1000)]
            assert log.append([b"next"], AT) == len(found) + 1
        finally:
            log.close()
        return found


def whole_batches() -> list[list[bytes]]:
    return [[body for bodies in BATCHES[:count] for body in bodies] for count in range(len(BATCHES) + 1)]


def test_unharmed_tail_keeps_everything(crashed: Path) -> None:
    assert opened(crashed, lambda data: data) == whole_batches()[-1]


@settings(max_examples=40, deadline=None)
@given(part=st.floats(0, 1))
def test_log_cut_anywhere_keeps_whole_batches_from_the_start(crashed: Path, part: float) -> None:
    try:
        assert opened(crashed, lambda data: data[: int(len(data) * part)]) in whole_batches()
    except StorageError as error:
        assert part < 0.5, f"only a log without its schema may be refused: {error}"


@settings(max_examples=40, deadline=None)
@given(part=st.floats(0, 1, exclude_max=True), flip=st.integers(1, 255))
def test_flipped_byte_anywhere_never_yields_a_wrong_record(crashed: Path, part: float, flip: int) -> None:
    def harm(data: bytes) -> bytes:
        place = int(len(data) * part)
        return data[:place] + bytes([data[place] ^ flip]) + data[place + 1 :]

    assert opened(crashed, harm) in whole_batches()
