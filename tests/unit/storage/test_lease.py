"""A second engine on the same data directory is refused or fenced."""

import multiprocessing
import os
from multiprocessing.connection import Connection
from pathlib import Path

import apsw
import pytest

from trackyard.log.sqlite import SqliteLog
from trackyard.model.errors import Fenced, StorageError
from trackyard.store.lease import Lease
from trackyard.store.sqlite_state import SqliteState

AT = 1_760_000_000_000


def test_second_writer_is_refused_and_told_who_holds_the_file(tmp_path: Path) -> None:
    log = SqliteLog(tmp_path / "received.db", writer=True)
    with pytest.raises(StorageError, match=f"is held by pid {os.getpid()} on "):
        SqliteLog(tmp_path / "received.db", writer=True)
    log.close()
    SqliteLog(tmp_path / "received.db", writer=True).close()


def test_lease_given_up_twice_does_not_give_up_that_of_another(tmp_path: Path) -> None:
    first = Lease(tmp_path / "a.lease")
    first.close()
    second = Lease(tmp_path / "b.lease")  # has the file descriptor that the first one had
    first.close()
    with pytest.raises(StorageError, match="is held by"):
        Lease(tmp_path / "b.lease")
    second.close()


def test_directory_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageError, match=r"run/received\.db\.lease cannot be locked: Not a directory"):
        SqliteLog(tmp_path / "file" / "received.db", writer=True)


def test_lease_of_a_killed_process_is_free(tmp_path: Path) -> None:
    child = os.fork()
    if not child:
        Lease(tmp_path / "a.lease")
        os._exit(9)
    os.waitpid(child, 0)
    Lease(tmp_path / "a.lease").close()


def test_child_process_does_not_keep_the_lease_of_its_parent(tmp_path: Path) -> None:
    lease = Lease(tmp_path / "a.lease")
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe()
    child = context.Process(target=says_hello_and_waits, args=(theirs,), daemon=True)
    child.start()
    ours.recv()
    lease.close()
    Lease(tmp_path / "a.lease").close()
    ours.send("done")
    child.join()


def says_hello_and_waits(pipe: Connection) -> None:
    pipe.send("hello")
    pipe.recv()


def taken_over(path: Path) -> None:
    """What a writer on a machine that the lock does not reach does."""
    connection = apsw.Connection(str(path))
    connection.execute("UPDATE holder SET epoch = epoch + 1, who = 'pid 7 on elsewhere'")
    connection.close()


def test_log_writer_that_was_replaced_is_fenced_and_writes_nothing(tmp_path: Path) -> None:
    log = SqliteLog(tmp_path / "received.db", writer=True)
    log.append([b"ours"], AT)
    taken_over(tmp_path / "received.db")
    for batch in ([b"late"], [b"x" * 3_000_000, b"y" * 3_000_000]):
        with pytest.raises(Fenced, match="pid 7 on elsewhere"):
            log.append(batch, AT)
    with pytest.raises(Fenced):
        log.trim(2)
    assert [record.data for record in log.read(0, 10)] == [b"ours"]
    log.close()


def test_state_writer_that_was_replaced_is_fenced_and_writes_nothing(tmp_path: Path) -> None:
    state = SqliteState(tmp_path / "state.db", writer=True)
    taken_over(tmp_path / "state.db")
    with pytest.raises(Fenced), state.transaction() as transaction:
        transaction.set_position(0, 1)
    assert state.position() == 0
    state.close()


def test_reader_sees_what_the_writer_committed_and_may_not_write(tmp_path: Path) -> None:
    writer = SqliteLog(tmp_path / "received.db", writer=True)
    reader = SqliteLog(tmp_path / "received.db", writer=False)
    writer.append([b"a"], AT)
    assert [record.data for record in reader.read(0, 10)] == [b"a"]
    with pytest.raises(StorageError, match="opened for reading"):
        reader.append([b"b"], AT)
    reader.close()
    writer.close()
