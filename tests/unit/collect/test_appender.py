"""Group commit: durable before answered, all or none."""

import asyncio
import threading
from collections.abc import Sequence

import pytest

from trackyard.log.memory import MemoryLog
from trackyard.log.protocol import Record
from trackyard.model.errors import BadRequest, Fenced, StorageError
from trackyard.pipeline.collect.appender import WAITING_BYTES_MAX, Appender


class GatedLog(MemoryLog):
    """A log whose writes wait for a gate, or fail; it notes what each write held."""

    def __init__(self, error: Exception | None = None) -> None:
        super().__init__()
        self.gate, self.started, self.error = threading.Event(), threading.Event(), error
        self.groups: list[list[bytes]] = []

    def append(self, batch: Sequence[bytes], at: int) -> int:
        self.started.set()
        assert self.gate.wait(10)
        self.groups.append(list(batch))
        if self.error is not None:
            raise self.error
        return super().append(batch, at)


def appender(log: MemoryLog, rings: list[str] | None = None) -> Appender:
    noted = rings if rings is not None else []
    return Appender(log, lambda: noted.append("commit"), lambda: noted.append("fenced"))


def test_what_arrives_during_a_write_goes_into_the_next_one_together() -> None:
    log, rings = GatedLog(), []

    async def run() -> None:
        door = appender(log, rings)
        first = door.append([b"a"])
        await asyncio.to_thread(log.started.wait)
        rest = [door.append([b"b", b"c"]), door.append([b"d"])]
        assert not first.done()
        log.gate.set()
        await asyncio.gather(first, *rest)
        await door.close()

    asyncio.run(run())
    assert log.groups == [[b"a"], [b"b", b"c", b"d"]]
    assert rings == ["commit", "commit"]


@pytest.mark.parametrize("error", [StorageError("disk full"), RuntimeError("a bug")])
def test_a_failed_write_refuses_every_request_of_it_and_the_next_may_succeed(error: Exception) -> None:
    log = GatedLog(error)
    log.gate.set()

    async def run() -> None:
        door = appender(log)
        refused = await asyncio.gather(door.append([b"a"]), door.append([b"b"]), return_exceptions=True)
        assert [(one.status, one.code) for one in refused if isinstance(one, BadRequest)] == [(503, "storage")] * 2
        log.error = None
        await door.append([b"c"])
        await door.close()

    asyncio.run(run())
    assert [record.data for record in log.read(0, 10)] == [b"c"]


def test_being_replaced_is_told() -> None:
    log, rings = GatedLog(Fenced("another engine")), []
    log.gate.set()

    async def run() -> None:
        door = appender(log, rings)
        with pytest.raises(BadRequest):
            await door.append([b"a"])
        await door.close()

    asyncio.run(run())
    assert rings == ["fenced"]


def test_a_backlog_is_bounded_and_recovers() -> None:
    log = GatedLog()
    part = b"x" * (WAITING_BYTES_MAX // 4)

    async def run() -> None:
        door = appender(log)
        taken = [door.append([part])]
        await asyncio.to_thread(log.started.wait)
        with pytest.raises(BadRequest) as refused:
            while True:
                taken.append(door.append([part]))
        assert (refused.value.status, refused.value.code) == (503, "overloaded")
        log.gate.set()
        await asyncio.gather(*taken)
        await door.append([part])
        await door.close()

    asyncio.run(run())


def test_a_request_whose_client_left_disturbs_nobody() -> None:
    log = GatedLog()

    async def run() -> None:
        door = appender(log)
        left, stays = door.append([b"a"]), door.append([b"b"])
        left.cancel()
        log.gate.set()
        await stays
        await door.close()

    asyncio.run(run())
    assert log.groups == [[b"a", b"b"]]


def test_the_logs_time_never_goes_back() -> None:
    log = MemoryLog()
    future = 4_000_000_000_000
    log.append([b"from a clock that was wrong"], future)

    async def run() -> None:
        door = appender(log)
        await door.append([b"a"])
        await door.close()

    asyncio.run(run())
    assert list(log.read(1, 1)) == [Record(2, future, b"a")]
