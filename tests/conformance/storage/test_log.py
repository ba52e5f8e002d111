"""What every log promises."""

import random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trackyard.log.protocol import Log, Record

AT = 1_760_000_000_000


def test_new_log_is_empty(log: Log) -> None:
    assert log.bounds() == (1, 0)
    assert list(log.read(0, 10)) == []


def test_offsets_start_at_one_and_follow_each_other(log: Log) -> None:
    assert log.append([b"a", b"b"], AT) == 2
    assert log.append([b"c"], AT + 1) == 3
    assert list(log.read(0, 10)) == [Record(1, AT, b"a"), Record(2, AT, b"b"), Record(3, AT + 1, b"c")]
    assert log.bounds() == (1, 3)


def test_append_of_nothing_changes_nothing(log: Log) -> None:
    log.append([b"a"], AT)
    assert log.append([], AT) == 1
    assert log.bounds() == (1, 1)


def test_read_goes_on_after_the_given_offset_and_stops_at_the_limit(log: Log) -> None:
    log.append([b"a", b"b", b"c"], AT)
    log.append([b"d"], AT)
    assert [record.data for record in log.read(1, 2)] == [b"b", b"c"]
    assert [record.data for record in log.read(3, 10)] == [b"d"]
    assert list(log.read(4, 10)) == []


def test_empty_and_binary_records_come_back_as_they_were(log: Log) -> None:
    bodies = [b"", bytes(range(256)), b"\x00" * 1000]
    log.append(bodies, AT)
    assert [record.data for record in log.read(0, 10)] == bodies


def test_large_batch_comes_back_whole_over_several_reads(log: Log) -> None:
    bodies = [bytes([index]) * 1_500_000 for index in range(20)]
    log.append(bodies, AT)
    found: list[bytes] = []
    while records := log.read(len(found), 100):
        found += [record.data for record in records]
    assert found == bodies


def test_trimmed_records_are_given_up_and_the_rest_stays(log: Log) -> None:
    for index in range(10):
        log.append([b"%d" % index], AT)
    while log.trim(6):
        pass
    assert log.bounds() == (6, 10)
    assert [record.offset for record in log.read(0, 100)] == [6, 7, 8, 9, 10]


def test_trim_never_gives_up_what_is_not_below_the_offset(log: Log) -> None:
    log.append([b"a", b"b", b"c"], AT)
    while log.trim(3):
        pass
    assert [record.data for record in log.read(2, 10)] == [b"c"]


def test_trim_by_age_stops_at_the_first_record_that_is_young_enough(log: Log) -> None:
    for at in (AT, AT + 1, AT + 9, AT + 2):  # a clock may step back: order holds, nothing young is given up
        log.append([b"x"], at)
    while log.trim(100, appended_before=AT + 5):
        pass
    assert log.bounds() == (3, 4)
    while log.trim(2, appended_before=AT + 50):
        pass
    assert log.bounds() == (3, 4)


def test_size_grows_with_what_is_held_and_shrinks_with_trim(log: Log) -> None:
    sizes = [log.size()]
    for index in range(10):
        log.append([random.Random(index).randbytes(50_000)], AT)
    sizes.append(log.size())
    while log.trim(9):
        pass
    sizes.append(log.size())
    assert sizes[0] + 500_000 <= sizes[1]
    assert sizes[2] < sizes[1] - 350_000


def test_offsets_go_on_after_everything_was_trimmed(log: Log) -> None:
    log.append([b"a", b"b"], AT)
    while log.trim(100):
        pass
    assert log.bounds() == (3, 2)
    assert log.append([b"c"], AT) == 3
    assert list(log.read(0, 10)) == [Record(3, AT, b"c")]


batches = st.lists(st.lists(st.binary(max_size=20), max_size=5), max_size=8)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(batches=batches, limit=st.integers(1, 7))
def test_reading_on_sees_every_record_once_and_in_order(log: Log, batches: list[list[bytes]], limit: int) -> None:
    start = log.bounds()[1]
    for batch in batches:
        log.append(batch, AT)
    found: list[Record] = []
    while records := log.read(found[-1].offset if found else start, limit):
        assert len(records) <= limit
        found += records
    assert [record.data for record in found] == [body for batch in batches for body in batch]
    assert [record.offset for record in found] == list(range(start + 1, start + 1 + len(found)))
