"""Received records go when they are decided and too old or too many."""

import random
from pathlib import Path

from trackyard.log.memory import MemoryLog
from trackyard.log.retention import expire_received
from trackyard.log.sqlite import SqliteLog
from trackyard.model.workspace import Retention

AT = 1_760_000_000_000
DAY = 86_400_000


def filled(records: int) -> MemoryLog:
    log = MemoryLog()
    for index in range(records):
        log.append([b"x" * 100], AT + index * DAY)
    return log


def expired(log: MemoryLog, decided: int, retention: Retention, now: int) -> int:
    while expire_received(log, decided, retention, now):
        pass
    return log.bounds()[0]


def test_decided_records_go_when_they_are_too_old() -> None:
    assert expired(filled(10), 10, Retention(days=4), now=AT + 9 * DAY) == 6


def test_records_that_are_not_decided_stay_however_old() -> None:
    assert expired(filled(10), 3, Retention(days=1), now=AT + 99 * DAY) == 4


def test_decided_records_go_when_they_are_too_many_however_young() -> None:
    assert expired(filled(10), 8, Retention(days=99, gigabytes=1e-6), now=AT) == 9


def test_records_within_retention_stay() -> None:
    assert expired(filled(10), 10, Retention(days=99), now=AT + 9 * DAY) == 1


def test_space_of_a_backlog_goes_back_to_the_disk(tmp_path: Path) -> None:
    log = SqliteLog(tmp_path / "received.db", writer=True)
    for index in range(25):
        log.append([random.Random(index).randbytes(3_000_000)], AT)
    grown = (tmp_path / "received.db").stat().st_size
    while log.trim(25):
        pass
    log.close()
    assert grown > 70_000_000
    assert (tmp_path / "received.db").stat().st_size < 45_000_000
    again = SqliteLog(tmp_path / "received.db", writer=False)
    assert [record.offset for record in again.read(0, 10)] == [25]
    again.close()
