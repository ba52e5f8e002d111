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
from trackyard.model.event import CHUNK_EVENTS_MAX, Chunk
from trackyard.model.workspace import Revision
from trackyard.pipeline import metrics
from trackyard.pipeline.process.envelope import Answer, Envelope, Step
from trackyard.pipeline.process.outcome import asides_of, audit_counts
from trackyard.pipeline.process.seen import Seen
from trackyard.pipeline.process.steps import quarantined, run_steps, steps_of
from trackyard.pipeline.process.transforms import TransformWorker
from trackyard.pipeline.process.unwrap import unwrap
from trackyard.store.revisions import Revisions
from trackyard.store.state import State, Transaction

BATCH_RECORDS_MAX = 1000
BATCH_BYTES_MAX = 2_000_000  # about 1,500 events: enough to spread a commit's cost, short enough for a steady tail
IDLE_WAIT_SECONDS = 0.5
RETRY_WAIT_SECONDS = 1.0
HOUR_MILLISECONDS = 3_600_000
COLLECT_GARBAGE_EVERY = 500  # batches, when there is no idle moment

log = structlog.get_logger()


def wall_clock_milliseconds() -> int:
    """Now, in ms since 1970 UTC."""
    return time.time_ns() // 1_000_000


class Processor:
    """The only reader of the received log and the only writer of the state."""

    def __init__(
        self, received: Log, state: State, revisions: Revisions, clock: Callable[[], int] = wall_clock_milliseconds
    ) -> None:
        self._received, self._state, self._revisions, self._clock = received, state, revisions, clock
        self._position = state.position()
        self._ahead: list[Record] = []  # read, not yet decided
        self._at = 0  # the log's time, never going back
        self._revision: Revision | None = None
        self._refused_revision = 0
        self._seen = Seen(HOUR_MILLISECONDS * 24)
        self._worker = TransformWorker({})
        self._steps: list[Step] = []

    def run(self, stop: threading.Event, listener: Listener, on_decided: Callable[[], None]) -> None:
        """Decide until `stop`. Raises `Fenced` when another engine has taken over; waits out other storage errors."""
        gc.collect()
        gc.freeze()
        gc.disable()  # a full collection under load would be a pause; see `_tidy`
        batches = 0
        while not stop.is_set():
            try:
                decided = self.step()
            except Fenced:
                raise
            except StorageError as error:
                log.error("process_cannot_write", error=str(error), waits_seconds=RETRY_WAIT_SECONDS)
                stop.wait(RETRY_WAIT_SECONDS)
                continue
            batches += 1
            if decided:
                on_decided()
            if not decided or batches % COLLECT_GARBAGE_EVERY == 0:
                self._tidy()
            if not decided:
                listener.wait(IDLE_WAIT_SECONDS)

    def facts(self) -> dict[str, int | float]:
        """What an operator wants to know of this process; read from another thread."""
        return {
            "position": self._position,
            "revision": self._revision.number if self._revision else 0,
            "refused_revision": self._refused_revision,
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
        answers = run_steps(self._steps, self._opened(records))
        self._store(answers, records[-1].offset)
        del self._ahead[: len(records)]
        return len(records)

    def _next_records(self) -> Sequence[Record]:
        if not self._ahead:
            self._ahead = list(self._received.read(self._position, BATCH_RECORDS_MAX))
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

    def _store(self, answers: Sequence[Answer], position: int) -> None:
        try:
            self._commit(answers, position)
        except (TypeError, ValueError, OverflowError) as error:
            # a header that cannot be written (an integer above 64 bits in `integrations`): leave out only its event
            log.warning("batch_cannot_be_encoded", error=type(error).__name__)
            answers = [_encodable(answer) for answer in answers]
            self._commit(answers, position)
        self._seen.keep(self._at)
        self._position = position
        metrics.process_position.set(position)

    def _commit(self, answers: Sequence[Answer], position: int) -> None:
        living = [answer for answer in answers if isinstance(answer, Envelope)]
        asides = asides_of(answers)
        counts = audit_counts(answers)
        now = self._clock()
        with self._state.transaction() as transaction:
            self._append(transaction, living, now)
            if ids := self._seen.added():
                transaction.remember_ids(self._at, ids)
            if asides:
                transaction.put_aside(asides)
            for at, rows in counts.items():
                transaction.count(at, rows)
            transaction.set_position(self._position, position)
        for rows in counts.values():
            _measure(rows)

    def _append(self, transaction: Transaction, living: Sequence[Envelope], now: int) -> None:
        assert self._revision is not None
        first = transaction.next_offset()
        for start in range(0, len(living), CHUNK_EVENTS_MAX):
            part = living[start : start + CHUNK_EVENTS_MAX]
            events, bodies = [one.decided for one in part], [one.body for one in part]
            transaction.append_events(Chunk(first + start, self._revision.number, now, events, bodies))

    def _take_over_revision(self) -> None:
        """Between batches: one that cannot be used is named once and never replaces a working one."""
        number = self._revisions.current_number()
        if number in (self._refused_revision, self._revision.number if self._revision else 0):
            return
        try:
            self._use(self._revisions.get(number))
        except (TrackyardError, msgspec.MsgspecError, ValueError) as error:
            self._refused_revision = number
            log.error("revision_refused", revision=number, error=str(error))

    def _use(self, revision: Revision) -> None:
        window = int(revision.workspace.duplicate_window_hours * HOUR_MILLISECONDS)
        seen = self._seen
        if self._revision is None or window != seen.window:
            seen = Seen(window, self._state.ids_since(0))
        worker = self._worker
        if worker.functions != revision.workspace.transforms:
            worker = TransformWorker(revision.workspace.transforms)
        steps = steps_of(revision.workspace, seen, worker)
        if worker is not self._worker:
            self._worker.close()
        self._revision, self._seen, self._worker, self._steps = revision, seen, worker, steps

    def _tidy(self) -> None:
        gc.collect()
        if self._at:
            self._state.forget_ids_before(self._seen.useless_before(self._at))


def _measure(rows: Sequence[tuple[str, str, str, int]]) -> None:
    for source, _, what, count in rows:
        if what in FATES:
            metrics.decided_events_total.labels(source, what).inc(count)


FATES = frozenset({"decided", "rejected", "duplicate", "blocked", "quarantined"})  # every event has one of them


def _encodable(answer: Answer) -> Answer:
    if isinstance(answer, Envelope):
        try:
            msgspec.msgpack.encode(answer.decided)
        except (TypeError, ValueError, OverflowError) as error:
            return quarantined(answer, error)
    return answer
