"""Sending a batch until every row of it has an outcome: ask the gate, attempt, settle, bisect, park, bury or wait."""

import random
from collections import deque
from collections.abc import Collection, Sequence
from typing import Protocol, assert_never

import msgspec

from trackyard.kit.outcome import Accepted, Delivered, Outcome, Rejected, Retry, Unknown
from trackyard.model.workspace import Connection
from trackyard.people.gate import Denied
from trackyard.pipeline import metrics
from trackyard.pipeline.deliver.attempt import Attempt, Attempts
from trackyard.pipeline.deliver.backoff import RETRY_FIRST_SECONDS, RETRY_LONGEST_SECONDS, full_jitter
from trackyard.pipeline.deliver.books import Books
from trackyard.pipeline.deliver.breaker import Breaker
from trackyard.pipeline.deliver.clock import Clock
from trackyard.pipeline.deliver.config import Configuration
from trackyard.pipeline.deliver.ledger import Entry
from trackyard.pipeline.deliver.redaction import fit_to_tell
from trackyard.pipeline.deliver.row import SUSPECT, Row
from trackyard.pipeline.deliver.subscription import Unmappable
from trackyard.pipeline.deliver.tickets import Tickets
from trackyard.store.deliveries import Parked

PERMISSION_SECONDS = 0.5  # a first attempt this soon after the gate was asked does not ask again
FAILURES_TO_SPLIT = 3  # then a batch goes on in halves: one of its rows may be what breaks the destination
ATTEMPTS_MIN = 4  # a clock that jumps must not spend the whole budget of a row at once
IDLE_SECONDS = 3600.0


class Stopping(Exception):
    """The lane is to stop. Rows that are still open stay so, and are read again at the next start."""


class Part:
    """Rows that go out together, and how often they failed for reasons that are not their own."""

    __slots__ = ("failures", "rows", "successes_seen")

    def __init__(self, rows: list[Row], failures: int, successes_seen: int) -> None:
        self.rows, self.failures, self.successes_seen = rows, failures, successes_seen


class Waiting(Protocol):
    """The rows of a lane that wait for another attempt."""

    @property
    def people(self) -> Collection[str]:
        """On an ordered connection those with deliveries that wait."""
        ...

    def behind(self, row: Row) -> bool:
        """Whether an earlier delivery of the row's person waits on an ordered connection."""
        ...

    def add(self, parked: Parked) -> None: ...

    def done(self, row: Row) -> None:
        """`row`, which waited, waits no more."""
        ...


class Sender:
    """Brings rows of one connection to their outcomes and writes these into the lane's books."""

    def __init__(
        self,
        name: str,
        books: Books,
        breaker: Breaker,
        attempts: Attempts,
        waiting: Waiting,
        tickets: Tickets,
        config: Configuration,
        clock: Clock,
        rng: random.Random,
    ) -> None:
        self._name, self._books, self._breaker, self._attempts = name, books, breaker, attempts
        self._waiting, self._tickets = waiting, tickets
        self._config, self._clock, self._rng = config, clock, rng
        self.stopping = False

    async def deliver(self, rows: list[Row]) -> None:
        """Return when every row is delivered, parked, buried or denied. Raises `Stopping`."""
        parts = deque([Part(rows, 0, self._breaker.successes)])
        while parts:
            part = parts.popleft()
            connection = await self._its_turn()
            part.rows = self._allowed(part, connection)
            if part.rows:
                self._breaker.start()
                attempt = await self._attempts.make(part.rows, connection)
                parts.extendleft(reversed(await self._judge(part, attempt, connection)))

    async def _its_turn(self) -> Connection:
        """The connection as it is now that it may send and its rate allows: nothing that is asked before is old."""
        connection = await self._ready()
        if connection.requests_per_second is None:
            return connection
        await self._attempts.wait_for_rate(connection.requests_per_second)
        return await self._ready()

    async def _ready(self) -> Connection:
        """The connection as it is now, once it may send."""
        while not self.stopping:
            connection = self._config.connection(self._name)
            if connection is not None and connection.mode != "paused" and self._breaker.may_send():
                return connection
            if self._breaker.may_send():
                await self._clock.wait(self._breaker.changed, IDLE_SECONDS)
            else:
                await self._breaker.permit()
        raise Stopping

    # Which rows may go

    def _allowed(self, part: Part, connection: Connection) -> list[Row]:
        """The rows that may go now. What was asked long ago, or has failed, is asked again."""
        now = self._clock.now()
        if connection.mode == "off":
            self._close(part.rows, "off")
            return []
        if self._all_fresh(part, now):
            return part.rows
        return [row for row in part.rows if self._may_go(row, now, part.failures == 0)]

    def _all_fresh(self, part: Part, now: float) -> bool:
        """Whether nothing can have changed for any row since it was selected a moment ago."""
        oldest, *_ = part.rows
        if part.failures or oldest.parked is not None or not self._just_asked(oldest, now):
            return False
        return oldest.age_seconds_max is None and not self._waiting.people

    def _may_go(self, row: Row, now: float, first: bool) -> bool:
        if row.parked is None and self._waiting.behind(row):
            self._park(row, "behind an earlier delivery of the same person", None, attempts=0)
            return False
        if not (first and row.parked is None and self._just_asked(row, now)):
            return self._permitted_again(row, now) and not self._expired(row, now)
        return not self._expired(row, now)

    def _just_asked(self, row: Row, now: float) -> bool:
        """Whether the gate of the current revision was asked for `row` a moment ago."""
        return row.asked_gate is self._config.gate(self._name) and now - row.asked_at <= PERMISSION_SECONDS

    def _permitted_again(self, row: Row, now: float) -> bool:
        gate = self._config.gate(self._name)
        answer = gate.ask(row.decided, row.event)
        if isinstance(answer, Denied):
            row.gate = answer.reason
            self._close([row], "denied")
            return False
        if answer.event is not row.permitted.event:
            try:
                row.shape = row.subscription.shape(answer)
            except Unmappable as error:
                self._bury(row, str(error), None)
                return False
        row.permitted, row.asked_at, row.asked_gate = answer, now, gate
        return True

    def _expired(self, row: Row, now: float) -> bool:
        limit = row.age_seconds_max
        if limit is None or now - row.decided.timestamp / 1000 < limit:
            return False
        self._bury(row, f"expired: the platform takes no event older than {limit:.0f} s", None, outcome="expired")
        return True

    # What became of them

    async def _judge(self, part: Part, attempt: Attempt, connection: Connection) -> list[Part]:
        """Deal with every outcome; returns what is still to be sent, in order."""
        if attempt.shadow:
            self._breaker.success()
            self._close(part.rows, "shadow", attempt)
            return []
        first = attempt.outcomes[0]
        if attempt.outcomes.count(first) == len(part.rows):
            return await self._judge_all(part, first, attempt, connection)
        again: list[Part] = []
        for outcome in sorted(dict.fromkeys(attempt.outcomes), key=_waits):
            rows = [row for row, became in zip(part.rows, attempt.outcomes, strict=True) if became == outcome]
            some = Part(rows, part.failures, part.successes_seen)
            again += await self._judge_all(some, outcome, attempt, connection)
        return again

    async def _judge_all(self, part: Part, outcome: Outcome, attempt: Attempt, connection: Connection) -> list[Part]:
        """The same outcome for every row of `part`."""
        match outcome:
            case Delivered():
                self._breaker.success()
                self._close(part.rows, "delivered", attempt, sent=True)
            case Accepted(ticket):
                self._breaker.success()
                self._accept(part.rows, ticket, attempt)
            case Rejected(reason, whole_request):
                if attempt.status:
                    self._breaker.success()
                else:
                    self._breaker.unused()
                if whole_request and len(part.rows) > 1:
                    return self._halves(part)
                for row in part.rows:
                    self._bury(row, reason, attempt)
            case Retry(reason, "event", after_seconds):
                self._breaker.success()
                for row in part.rows:
                    self._park(row, reason, attempt, attempts=row.attempts + 1, after_seconds=after_seconds)
            case Retry(reason, scope, after_seconds):
                return await self._wait(part, attempt, reason, scope == "auth", after_seconds)
            case Unknown(reason):
                if connection.on_unknown == "hold":
                    self._hold(part.rows, reason, attempt)
                    return []
                return await self._wait(part, attempt, reason, False, None)
            case _:
                assert_never(outcome)
        return []

    async def _wait(
        self, part: Part, attempt: Attempt, reason: str, auth: bool, after_seconds: float | None
    ) -> list[Part]:
        """A destination-wide failure: the same rows again, later, at no cost to them.

        Unless everything else goes through: then the rows themselves are what breaks the destination.
        """
        reason = fit_to_tell(reason, self._config.secrets_of(self._name))
        if part.rows[0].is_suspect:
            self._breaker.unused()
            self._park(part.rows[0], SUSPECT + reason, attempt, attempts=part.rows[0].attempts + 1)
            return []
        part.failures += 1
        metrics.retries_total.labels(self._name).inc(len(part.rows))
        others_pass = self._breaker.successes > part.successes_seen
        part.successes_seen = self._breaker.successes
        delay = self._breaker.failure(reason, auth=auth, after_seconds=after_seconds)
        if part.failures >= FAILURES_TO_SPLIT and not auth:
            if len(part.rows) > 1:
                return self._halves(part)
            if others_pass:
                self._park(part.rows[0], SUSPECT + reason, attempt, attempts=part.rows[0].attempts + 1)
                return []
        if self._breaker.state == "closed" and not self.stopping:
            await self._clock.wait(self._breaker.changed, delay)
        return [part]

    def _halves(self, part: Part) -> list[Part]:
        """Batches only shrink: the bad row is found by halving."""
        middle = len(part.rows) // 2
        halves = part.rows[:middle], part.rows[middle:]
        return [Part(rows, max(1, part.failures), part.successes_seen) for rows in halves]

    # Into the books

    def _close(
        self, rows: list[Row], outcome: str, attempt: Attempt | None = None, *, sent: bool = False, reason: str = ""
    ) -> None:
        for row in rows:
            if row.parked is not None:
                self._waiting.done(row)
        if sent:
            self._books.sent(rows)
        else:
            self._books.close(rows)
        self._record(rows, outcome, attempt, reason)

    def _accept(self, rows: list[Row], ticket: str, attempt: Attempt) -> None:
        """The last word, unless the action can ask what became of `ticket`."""
        action = rows[0].subscription.action
        if action.poll is None or action.read_poll is None or self._tickets.full:
            return self._close(rows, "accepted", attempt, sent=True, reason=ticket)
        now = self._clock.now()
        for row in rows:
            if row.parked is not None:
                self._waiting.done(row)
            parked = row.as_accepted(self._name, ticket, int(now * 1000), int((now + action.poll_seconds) * 1000))
            self._books.park(row, parked)
            self._tickets.add(parked)
        return self._record(rows, "accepted", attempt, ticket)

    def _park(
        self, row: Row, reason: str, attempt: Attempt | None, *, attempts: int, after_seconds: float | None = None
    ) -> None:
        """Another attempt later, or a dead letter where the budget is spent."""
        reason = fit_to_tell(reason, self._config.secrets_of(self._name))
        now = self._clock.now()
        first_at = row.parked.first_at if row.parked else int(now * 1000)
        connection = self._config.connection(self._name)
        budget = connection.retry_hours * 3600 if connection else 0.0
        if attempts >= ATTEMPTS_MIN and now - first_at / 1000 > budget:
            return self._bury(row, f"{reason}; given up after {attempts} attempts", attempt)
        failures = max(1, attempts)
        delay = full_jitter(self._rng, RETRY_FIRST_SECONDS, RETRY_LONGEST_SECONDS, failures, after_seconds)
        parked = row.as_parked(self._name, attempts, first_at, int((now + delay) * 1000), reason)
        self._record([row], "retry", attempt, reason)
        self._books.park(row, parked)
        self._waiting.add(parked)
        return None

    def _hold(self, rows: list[Row], reason: str, attempt: Attempt) -> None:
        """What may have had its effect is not repeated unless somebody decides so."""
        for row in rows:
            self._bury(row, f"unknown outcome, held: {reason}", attempt, outcome="unknown")

    def _bury(self, row: Row, reason: str, attempt: Attempt | None, outcome: str = "dead") -> None:
        reason = fit_to_tell(reason, self._config.secrets_of(self._name))
        if row.parked is not None:
            self._waiting.done(row)
        attempts = row.attempts + (1 if attempt else 0)
        digest = attempt.digest if attempt else ""
        self._books.bury(row, row.as_dead(self._name, int(self._clock.now() * 1000), attempts, reason, digest))
        self._record([row], outcome, attempt, reason)

    def _record(self, rows: Sequence[Row], outcome: str, attempt: Attempt | None = None, reason: str = "") -> None:
        metrics.outcomes_total.labels(self._name, outcome).inc(len(rows))
        now = self._clock.now()
        started = attempt.started_at if attempt else now
        row = rows[0]
        entry = Entry(
            at=int(now * 1000),
            connection=self._name,
            subscription=row.subscription.name,
            action=row.subscription.action.slug,
            revision=row.revision,
            gate=row.gate or row.permitted.basis,
            outcome=outcome,
            reason=reason,
            attempt=row.attempts + 1,
            message_id=[row.decided.message_id for row in rows],
            offset=[row.offset for row in rows],
            queued_ms=[int(started * 1000) - row.decided.received_at for row in rows],
        )
        if attempt is not None:
            entry.status, entry.digest = attempt.status, attempt.digest
            entry.built_ms, entry.http_ms = round(attempt.built_ms, 3), round(attempt.http_ms, 3)
            self._measure(rows, outcome, attempt, now)
        self._books.record(msgspec.json.encode(entry))

    def _measure(self, rows: Sequence[Row], outcome: str, attempt: Attempt, now: float) -> None:
        metrics.build_seconds.labels(self._name).observe(attempt.built_ms / 1000)
        metrics.http_seconds.labels(self._name).observe(attempt.http_ms / 1000)
        if outcome == "delivered":
            metrics.observe_all(
                metrics.door_to_sink_seconds.labels(self._name), [now - row.decided.received_at / 1000 for row in rows]
            )


def _waits(outcome: Outcome) -> bool:
    """Whether dealing with `outcome` may take long: such rows come after those that are done."""
    return isinstance(outcome, Unknown) or (isinstance(outcome, Retry) and outcome.scope != "event")
