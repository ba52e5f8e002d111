"""Received events become decided events: one reader, one batch at a time, one transaction for all that it changes."""

import gc
import threading
import time
from collections.abc import Callable, Sequence

import msgspec
import structlog

from trackyard.log.doorbell import Listener
from trackyard.log.protocol import Log, Record
from trackyard.model.errors import Fenced, StorageError, TrackyardError
from trackyard.model.workspace import Revision
from trackyard.pipeline import metrics
from trackyard.pipeline.process.envelope import Answer, Step
from trackyard.pipeline.process.housekeeping import Housekeeping
from trackyard.pipeline.process.outcome import Labels, asides_of, audit_counts
from trackyard.pipeline.process.reprocess import Live, Reprocess
from trackyard.pipeline.process.seen import Seen
from trackyard.pipeline.process.steps import run_steps, steps_of
from trackyard.pipeline.process.storing import append_decided, living, measure, stored
from trackyard.pipeline.process.transforms import TransformWorker
from trackyard.pipeline.process.unwrap import unwrap
from trackyard.store.reprocess_jobs import ReprocessJobs
from trackyard.store.revisions import Revisions
from trackyard.store.state import State

BATCH_RECORDS_MAX = 1000
BATCH_BYTES_MAX = 2_000_000  # about 1,500 events: enough to spread a commit's cost, short enough for a steady tail
IDLE_WAIT_SECONDS = 0.5
RETRY_WAIT_SECONDS = 1.0
HOUR_MILLISECONDS = 3_600_000
LIVE_BATCHES_PER_OLD_ONE = 4  # a reprocess under load takes about a fifth of the engine, live events the rest
LIVE_BATCHES_PER_TIDYING = 4  # when there is no idle moment; `Housekeeping` knows how often there is something to do

log = structlog.get_logger()


def wall_clock_milliseconds() -> int:
    """Now, in ms since 1970 UTC."""
    return time.time_ns() // 1_000_000


class Processor:
    """The only reader of the received log and the only writer of the state."""

    def __init__(
        self,
        received: Log,
        state: State,
        revisions: Revisions,
        jobs: ReprocessJobs,
        clock: Callable[[], int] = wall_clock_milliseconds,
    ) -> None:
        self._received, self._state, self._revisions, self._clock = received, state, revisions, clock
        self._position = state.position()
        self._ahead: list[Record] = []  # read, not yet decided
        self._at = _time_of(received, self._position)  # the log's time, never going back
        self._labels = Labels(state.counts_since(self._at))
        self._revision: Revision | None = None
        self._refused_revision = 0
        self._waiting_since = 0  # when the oldest record under way was received; 0: nothing waits
        self._seen = Seen(HOUR_MILLISECONDS * 24)
        self._worker = TransformWorker({})
        self._steps: list[Step] = []
        self._reprocess = Reprocess(received, state, jobs, clock)
        self._housekeeping = Housekeeping(state)
        self._turns = 0

    def run(self, stop: threading.Event, listener: Listener, on_decided: Callable[[], None]) -> None:
        """Decide until `stop`. Raises `Fenced` when another engine has taken over; waits out other storage errors."""
        gc.collect()
        gc.freeze()
        gc.disable()  # a full collection under load would be a pause; `Housekeeping` collects
        try:
            while not stop.is_set():
                self._turn(stop, listener, on_decided)
        finally:
            gc.enable()
            gc.unfreeze()
            self._worker.close()

    def _turn(self, stop: threading.Event, listener: Listener, on_decided: Callable[[], None]) -> None:
        """One live batch; then, at times or when there was none, what can wait."""
        try:
            decided = self.step()
            self._turns += 1
            if not decided or self._turns % LIVE_BATCHES_PER_OLD_ONE == 0:
                decided += self.reprocess_step()
            if not decided or self._turns % LIVE_BATCHES_PER_TIDYING == 0:
                self._housekeeping.pace(self._clock(), self._revision, self._seen, self._at)
        except Fenced:
            raise
        except StorageError as error:
            log.error("process_cannot_write", error=str(error), waits_seconds=RETRY_WAIT_SECONDS)
            stop.wait(RETRY_WAIT_SECONDS)
            return
        if decided:
            on_decided()
        else:
            listener.wait(IDLE_WAIT_SECONDS)

    def facts(self) -> dict[str, int | float]:
        """What an operator wants to know of this process; read from another thread."""
        return {
            "position": self._position,
            "revision": self._revision.number if self._revision else 0,
            "refused_revision": self._refused_revision,
            "waiting_seconds": max(0, self._clock() - self._waiting_since) / 1000 if self._waiting_since else 0.0,
        }

    def close(self) -> None:
        """End the process of the user functions."""
        self._worker.close()

    def step(self) -> int:
        """Decide one batch and return how many received records it held; 0 when there is nothing to do.

        When this raises, nothing of the batch was stored and the next call begins it anew.
        """
        self._take_over_revision()
        if self._revision is None:
            return 0
        records = self._next_records()
        if not records:
            return 0
        self._seen.drop()
        position = records[-1].offset
        stored(lambda answers: self._commit(answers, position), run_steps(self._steps, self._opened(records)))
        self._seen.keep(self._at)
        self._position = position
        del self._ahead[: len(records)]
        metrics.process_position.set(position)
        return len(records)

    def reprocess_step(self) -> int:
        """Decide one batch again, if that was asked for, and return how many received records it held."""
        if self._revision is None:
            return 0
        return self._reprocess.step(Live(self._revision, self._worker, self._seen, self._labels, self._at))

    def _next_records(self) -> Sequence[Record]:
        if not self._ahead:
            self._ahead = list(self._received.read(self._position, BATCH_RECORDS_MAX))
        self._waiting_since = self._ahead[0].at if self._ahead else 0
        size = 0
        for count, record in enumerate(self._ahead, start=1):
            size += len(record.data)
            if size >= BATCH_BYTES_MAX:
                return self._ahead[:count]
        return self._ahead[:]

    def _opened(self, records: Sequence[Record]) -> list[Answer]:
        answers: list[Answer] = []
        for record in records:
            self._at = max(self._at, record.at)
            answers += unwrap(record, self._at)
        return answers

    def _commit(self, answers: Sequence[Answer], position: int) -> None:
        assert self._revision is not None
        asides, counts = asides_of(answers), audit_counts(answers, self._labels)
        with self._state.transaction() as transaction:
            append_decided(transaction, living(answers), self._revision.number, self._clock())
            if ids := self._seen.added():
                transaction.remember_ids(self._at, ids)
            if asides:
                transaction.put_aside(asides)
            for at, rows in counts.items():
                transaction.count(at, rows)
            transaction.set_position(self._position, position)
        for rows in counts.values():
            measure(rows)

    def _take_over_revision(self) -> None:
        """Between batches: one that cannot be used is named once and never replaces a working one.

        An engine that has just started goes back to the newest that can be used.
        """
        number = self._revisions.current_number()
        if number in (self._refused_revision, self._revision.number if self._revision else 0):
            return
        while not self._took_over(number) and self._revision is None and number > 1:
            number -= 1

    def _took_over(self, number: int) -> bool:
        try:
            self._use(self._revisions.get(number))
        except (TrackyardError, msgspec.MsgspecError, ValueError) as error:
            self._refused_revision = max(self._refused_revision, number)
            log.error("revision_refused", revision=number, error=str(error))
            return False
        return True

    def _use(self, revision: Revision) -> None:
        window = int(revision.workspace.duplicate_window_hours * HOUR_MILLISECONDS)
        seen = self._seen
        if self._revision is None or window != seen.window:
            rows = self._state.ids_since(0)
            self._at = max([self._at, *(at for at, _ in rows)])
            seen = Seen(window, rows)
        worker = self._worker
        if worker.functions != revision.workspace.transforms:
            worker = TransformWorker(revision.workspace.transforms)
        steps = steps_of(revision.workspace, seen, worker)
        if worker is not self._worker:
            self._worker.close()
        self._revision, self._seen, self._worker, self._steps = revision, seen, worker, steps


def _time_of(received: Log, offset: int) -> int:
    """When the record was appended; 0 before the first one."""
    records = received.read(offset - 1, 1) if offset else ()
    return records[0].at if records else 0
