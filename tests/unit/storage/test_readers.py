"""Readers beside a writer see whole batches, in order, and hold nobody up."""

import random
import threading
from pathlib import Path

from trackyard.log.sqlite import SqliteLog

AT = 1_760_000_000_000
BATCHES = 300


def test_reader_beside_a_writer_sees_every_record_once_and_batches_whole(tmp_path: Path) -> None:
    writer = SqliteLog(tmp_path / "received.db", writer=True)
    reader = SqliteLog(tmp_path / "received.db", writer=False)

    def write() -> None:
        for index in range(BATCHES):
            writer.append([b"%d.%d" % (index, place) for place in range(5)], AT)

    writing = threading.Thread(target=write)
    writing.start()
    found: list[bytes] = []
    while len(found) < BATCHES * 5:
        found += [record.data for record in reader.read(len(found), 1000)]
        assert len(found) % 5 == 0
    writing.join()
    assert found == [b"%d.%d" % (index, place) for index in range(BATCHES) for place in range(5)]
    reader.close()
    writer.close()


def test_reader_that_did_all_its_reading_does_not_hold_the_wal(tmp_path: Path) -> None:
    writer = SqliteLog(tmp_path / "received.db", writer=True)
    reader = SqliteLog(tmp_path / "received.db", writer=False)
    for index in range(120):
        writer.append([random.Random(index).randbytes(100_000)], AT)
        reader.read(index, 1)
    assert (tmp_path / "received.db-wal").stat().st_size < 8_000_000
    reader.close()
    writer.close()
