"""The door stays within its disk: it refuses before the disk is full and gives up what is past retention."""

import asyncio
from pathlib import Path

import pytest

from trackyard.log.memory import MemoryLog
from trackyard.model.errors import BadRequest
from trackyard.model.workspace import Retention, Revision, Workspace
from trackyard.pipeline.collect.appender import Appender
from trackyard.pipeline.collect.housekeeping import Housekeeping
from trackyard.store.revisions import Revisions
from trackyard.store.space import DiskSpace


def keeping(tmp_path: Path, log: MemoryLog, free: list[int], decided: int = 0) -> tuple[Appender, Housekeeping]:
    appender = Appender(log, lambda: None, lambda: None)
    space = DiskSpace(tmp_path, lambda directory: free[0])
    return appender, Housekeeping(appender, Revisions(tmp_path / "revisions"), space, lambda: decided)


def test_events_are_refused_while_the_disk_is_nearly_full_and_accepted_again_by_itself(tmp_path: Path) -> None:
    log, free = MemoryLog(), [10_000_000]

    async def run() -> None:
        appender, housekeeping = keeping(tmp_path, log, free)
        await housekeeping.look()
        with pytest.raises(BadRequest) as refused:
            appender.append([b"a"])
        assert refused.value.status == 503
        free[0] = 10_000_000_000
        await housekeeping.look()
        await appender.append([b"b"])
        await appender.close()

    asyncio.run(run())
    assert [record.data for record in log.read(0, 10)] == [b"b"]


def test_decided_records_past_retention_are_given_up_and_the_rest_stays(tmp_path: Path) -> None:
    log = MemoryLog()
    for index in range(6):
        log.append([b"%d" % index], at=1_000)
    workspace = Workspace(name="shop", retention=Retention(days=1))
    Revisions(tmp_path / "revisions").put(Revision(number=1, workspace=workspace, who="me", at=1, why=""))

    async def run() -> None:
        appender, housekeeping = keeping(tmp_path, log, [10_000_000_000], decided=4)
        while await housekeeping.expire():
            pass
        await appender.close()

    asyncio.run(run())
    assert log.bounds() == (5, 6)
