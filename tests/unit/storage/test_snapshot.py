"""A copy taken while the writer goes on is whole, of one moment, and keeps nobody waiting."""

import random
import threading
from pathlib import Path

from trackyard.log.sqlite import SqliteLog
from trackyard.store.snapshot import snapshot
from trackyard.store.sqlite_state import SqliteState

AT = 1_760_000_000_000


def test_copy_opens_as_the_original_and_goes_on_from_there(tmp_path: Path) -> None:
    state = SqliteState(tmp_path / "state.db", writer=True)
    with state.transaction() as transaction:
        transaction.remember_ids(AT, b"i" * 32)
        transaction.count(AT, [("web", "Order", "accepted", 2)])
        transaction.set_mark("reprocess", 3)
        transaction.set_position(0, 7)
    (tmp_path / "copy").mkdir()
    snapshot(tmp_path / "state.db", tmp_path / "copy" / "state.db")
    copy = SqliteState(tmp_path / "copy" / "state.db", writer=True)
    assert (copy.position(), copy.mark("reprocess"), copy.ids_since(0)) == (7, 3, [(AT, b"i" * 32)])
    assert list(copy.counts_since(0)) == list(state.counts_since(0))
    copy.close()
    state.close()


def test_copy_of_a_log_that_is_written_and_trimmed_meanwhile_is_sound(tmp_path: Path) -> None:
    log = SqliteLog(tmp_path / "received.db", writer=True)
    rng = random.Random(1)
    for _ in range(100):
        log.append([rng.randbytes(50_000)], AT)
    stop = threading.Event()

    def go_on() -> None:
        while not stop.is_set():
            log.append([rng.randbytes(50_000)], AT)
            log.trim(20)

    writing = threading.Thread(target=go_on)
    writing.start()
    (tmp_path / "copy").mkdir()
    snapshot(tmp_path / "received.db", tmp_path / "copy" / "received.db")
    stop.set()
    writing.join()
    copy = SqliteLog(tmp_path / "copy" / "received.db", writer=True)
    first, last = copy.bounds()
    assert first <= 21
    assert last >= 100
    found = [first - 1]
    while records := copy.read(found[-1], 1000):
        found += [record.offset for record in records]
    assert found == list(range(first - 1, last + 1))
    assert copy.append([b"next"], AT) == last + 1
    copy.close()
    log.close()
