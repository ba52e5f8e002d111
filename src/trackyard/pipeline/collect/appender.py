"""Group commit: all requests that wait go into one durable write, and wait no longer than that write takes."""

import asyncio
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import structlog

from trackyard.log.protocol import Log
from trackyard.model.errors import BadRequest, Fenced, StorageError
from trackyard.pipeline import metrics

WAITING_BYTES_MAX = 64 << 20  # of records not yet durable; above it requests are refused
COMMIT_BYTES_MAX = 16 << 20  # one write stays short even when much waits

log = structlog.get_logger()
T = TypeVar("T")


class Appender:
    """Makes records durable. One write at a time; what arrives meanwhile goes into the next."""

    def __init__(self, events: Log, on_commit: Callable[[], None], on_fenced: Callable[[], None]) -> None:
        self._log, self._on_commit, self._on_fenced = events, on_commit, on_fenced
        self._thread = ThreadPoolExecutor(1, "collect-append")
        self._waiting: list[tuple[Sequence[bytes], asyncio.Future[None]]] = []
        self._waiting_bytes = 0
        self._writing: asyncio.Task[None] | None = None
        self._at = _last_time(events)
        self.refusal: str | None = None  # why nothing is accepted just now

    def append(self, records: Sequence[bytes]) -> asyncio.Future[None]:
        """A future that is done once `records` are durable, all of them together.

        It fails with `BadRequest` 503 when they could not be kept: then none was. Raises the same at once when too
        much waits already.
        """
        if self.refusal is not None:
            raise BadRequest(503, "storage", "there is no room for events; try again", RETRY)
        size = sum(map(len, records))
        if self._waiting_bytes + size > WAITING_BYTES_MAX:
            raise BadRequest(503, "overloaded", "the log cannot keep up; try again", (("Retry-After", "1"),))
        future = asyncio.get_running_loop().create_future()
        self._waiting.append((records, future))
        self._waiting_bytes += size
        if self._writing is None:
            self._writing = asyncio.get_running_loop().create_task(self._write_all())
        return future

    async def between_writes(self, pace: Callable[[Log], T]) -> T:
        """What `pace` answers, called on the log while nothing is written."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, pace, self._log)

    async def close(self) -> None:
        """Return once nothing waits any more."""
        while self._writing is not None:
            await asyncio.shield(self._writing)
        self._thread.shutdown()

    async def _write_all(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while self._waiting:
                group = self._take()
                records = [record for records, _ in group for record in records]
                try:
                    await loop.run_in_executor(self._thread, self._write, records)
                except Exception as error:  # whatever it was, nobody may be told that it was kept
                    self._refuse(group, error)
                else:
                    _resolve(group)
                    self._on_commit()
        finally:
            self._writing = None

    def _take(self) -> list[tuple[Sequence[bytes], asyncio.Future[None]]]:
        size = count = 0
        for records, _ in self._waiting:
            count += 1
            size += sum(map(len, records))
            if size >= COMMIT_BYTES_MAX:
                break
        group, self._waiting = self._waiting[:count], self._waiting[count:]
        self._waiting_bytes -= size
        return group

    def _write(self, records: list[bytes]) -> None:
        started = time.perf_counter()
        self._at = max(self._at, time.time_ns() // 1_000_000)  # the log's time never goes back, whatever the clock does
        self._log.append(records, self._at)
        metrics.commit_seconds.observe(time.perf_counter() - started)

    def _refuse(self, group: list[tuple[Sequence[bytes], asyncio.Future[None]]], error: Exception) -> None:
        if isinstance(error, StorageError):
            log.error("collect.append_failed", error=str(error), requests=len(group))
        else:
            log.exception("collect.append_failed", requests=len(group))
        for _, future in group:
            if not future.done():
                future.set_exception(BadRequest(503, "storage", "the events could not be stored; try again", RETRY))
        if isinstance(error, Fenced):
            self._on_fenced()


RETRY = (("Retry-After", "5"),)


def _resolve(group: list[tuple[Sequence[bytes], asyncio.Future[None]]]) -> None:
    for _, future in group:
        if not future.done():  # done: its connection is gone and the request was cancelled
            future.set_result(None)


def _last_time(events: Log) -> int:
    first, last = events.bounds()
    found = events.read(last - 1, 1) if last >= first else ()
    return found[0].at if found else 0
