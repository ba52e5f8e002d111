"""Deciding received events again after a faulty rule: same message ids, a higher version, appended to the events log.

What a job has come to is a mark in the state that moves in the same transaction as its events: after a crash it goes on
there and decides nothing twice. The events that were decided first stay; deliver sends the new version only where no
delivery was made yet.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
import structlog

from trackyard.kit.trigger import compile_trigger
from trackyard.log.protocol import Log, Record
from trackyard.model.errors import StorageError
from trackyard.model.workspace import Revision
from trackyard.pipeline.process.duplicates import id_of_event
from trackyard.pipeline.process.envelope import Answer, Dropped, Envelope, Step
from trackyard.pipeline.process.outcome import Labels, asides_of, audit_counts
from trackyard.pipeline.process.seen import Seen, refusals_among
from trackyard.pipeline.process.steps import judging_steps, knowing_steps, run_steps
from trackyard.pipeline.process.storing import append_decided, living, stored
from trackyard.pipeline.process.transforms import TransformWorker
from trackyard.pipeline.process.unwrap import unwrap
from trackyard.store.reprocess_jobs import Job, ReprocessJobs
from trackyard.store.state import State

BATCH_RECORDS_MAX = 200
BATCH_BYTES_MAX = 1_000_000
UNREADABLE_WAIT_MILLISECONDS = 60_000
NOT_CHOSEN = "not_chosen"
FINISHED = "reprocess"  # the mark that holds the number of the last finished job
REPORTED = frozenset({"blocked", "quarantined"})  # what is put aside again; the rest is there since the first time

log = structlog.get_logger()


class Live(msgspec.Struct, frozen=True):
    """What the engine decides live events with."""

    revision: Revision
    worker: TransformWorker
    seen: Seen
    labels: Labels
    at: int  # the log's time


class Reprocess:
    """Carries out the jobs, one after the other, a batch at a time between live batches."""

    def __init__(self, received: Log, state: State, jobs: ReprocessJobs, clock: Callable[[], int]) -> None:
        self._received, self._state, self._jobs, self._clock = received, state, jobs, clock
        self._finished = state.mark(FINISHED)
        self._running: _Running | None = None
        self._look_again = 0

    def step(self, live: Live) -> int:
        """Decide one batch again and return how many received records it held; 0 when there is nothing to do.

        `live.seen` learns the ids of events that were not decided the first time.
        """
        job = self._running.job if self._running else self._next_job()
        if job is None or job.last > self._state.position():  # never ahead of the first decision
            return 0
        if self._running is None:
            self._running = self._begun(job, live)
        records = self._running.next_records(self._received)
        if not records:
            self._finish(job)
            return 0
        answers = self._running.decide(records, live)
        stored(lambda final: self._commit(final, job, records[-1].offset, live), answers)
        self._running.keep(records[-1].offset)
        return len(records)

    def _next_job(self) -> Job | None:
        """The next job. A file that cannot be read is named now and then, and keeps no live event waiting."""
        now = self._clock()
        if now < self._look_again <= now + UNREADABLE_WAIT_MILLISECONDS:
            return None
        try:
            return self._jobs.after(self._finished)
        except StorageError as error:
            log.error("reprocess_job_unreadable", error=str(error))
            self._look_again = now + UNREADABLE_WAIT_MILLISECONDS
            return None

    def _begun(self, job: Job, live: Live) -> "_Running":
        begun = _Running(job, self._state, self._received, live.seen.window)
        while records := begun.next_records(self._received, until=self._state.mark(job.mark)):
            begun.meet(records, live)
            begun.keep(records[-1].offset)
        log.info("reprocess_begun", job=job.number, after=begun.done, last=job.last)
        return begun

    def _commit(self, answers: Sequence[Answer], job: Job, done: int, live: Live) -> None:
        again = living(answers)
        for envelope in again:
            envelope.decided.version = job.number
        live.seen.drop()
        live.seen.channels_of([id_of_event(envelope.decided) for envelope in again], live.at)
        with self._state.transaction() as transaction:
            append_decided(transaction, again, live.revision.number, self._clock())
            if ids := live.seen.added():
                transaction.remember_ids(live.at, ids)
            if asides := [aside for aside in asides_of(answers) if aside.kind in REPORTED]:
                transaction.put_aside(asides)
            for day, rows in audit_counts(again, live.labels).items():
                transaction.count(day, [(*row[:2], "reprocessed", row[3]) for row in rows if row[2] == "raw"])
            transaction.set_mark(job.mark, done)
        live.seen.keep(live.at)

    def _finish(self, job: Job) -> None:
        with self._state.transaction() as transaction:
            transaction.set_mark(job.mark, job.last)
            transaction.set_mark(FINISHED, job.number)
        self._finished, self._running = job.number, None
        log.info("reprocess_finished", job=job.number, first=job.first, last=job.last)


class _Running:
    """A job on its way. It has its own memory of ids, so that its duplicates are those of the first time."""

    def __init__(self, job: Job, state: State, received: Log, window: int) -> None:
        self.job = job
        self.done = job.first - 1
        self._at = 0
        self._seen = Seen(window, _ids_before(job, state, received, window))
        self._chosen = chosen(job.where)
        self._decide: tuple[Revision, list[Step]] | None = None

    def next_records(self, received: Log, until: int | None = None) -> Sequence[Record]:
        """The next batch up to record `until`, or the job's last one."""
        end = self.job.last if until is None else until
        if self.done >= end:
            return []
        size = 0
        records: list[Record] = []
        for record in received.read(self.done, BATCH_RECORDS_MAX):
            size += len(record.data)
            if record.offset > end or (records and size > BATCH_BYTES_MAX):
                break
            records.append(record)
        return records

    def decide(self, records: Sequence[Record], live: Live) -> Sequence[Answer]:
        """What becomes of the events now; those not asked for are dropped as `NOT_CHOSEN`."""
        if self._decide is None or self._decide[0] is not live.revision:
            workspace = live.revision.workspace
            judging = judging_steps(workspace, self._seen, live.worker)
            self._decide = live.revision, [*knowing_steps(workspace, self._seen), self._chosen, *judging]
        return run_steps(self._decide[1], self._opened(records))

    def meet(self, records: Sequence[Record], live: Live) -> None:
        """Learn again which ids were met before the job was interrupted."""
        run_steps(knowing_steps(live.revision.workspace, self._seen), self._opened(records))

    def _opened(self, records: Sequence[Record]) -> Sequence[Answer]:
        self._seen.drop()
        arrived: list[Answer] = []
        for record in records:
            self._at = max(self._at, record.at)
            arrived += unwrap(record, self._at)
        return arrived

    def keep(self, done: int) -> None:
        """The batch up to record `done` is stored."""
        self._seen.keep(self._at)
        self.done = done


def _ids_before(job: Job, state: State, received: Log, window: int) -> list[tuple[int, bytes]]:
    """What was seen before the job's events, and every refusal: `where` may leave out the event that made it."""
    first = received.read(job.first - 1, 1)
    if not first:
        return []
    begin = first[0].at
    return [(at, ids if at < begin else refusals_among(ids)) for at, ids in state.ids_since(begin - window)]


def chosen(where: str) -> Step:
    """The step that drops every event for which the FQL expression `where` does not hold; "" keeps all.

    Raises `TriggerError` for what is no expression.
    """
    if not where:
        return list
    trigger = compile_trigger(where)

    def step(envelopes: Sequence[Envelope]) -> Sequence[Answer]:
        return [one if trigger(_as_asked(one)) else Dropped(one, NOT_CHOSEN, NOT_CHOSEN, where) for one in envelopes]

    return step


def _as_asked(envelope: Envelope) -> Mapping[str, Any]:
    return {**envelope.event, "type": envelope.decided.type, "messageId": envelope.decided.message_id}
