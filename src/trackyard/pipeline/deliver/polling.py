"""Asking what became of accepted rows, until the platform says so or has had its time."""

import random
from collections.abc import Callable, Collection
from typing import assert_never

import msgspec

from trackyard.kit.action import Action
from trackyard.kit.outcome import Accepted, Delivered, Rejected, Retry, Unknown
from trackyard.model.workspace import Connection
from trackyard.pipeline import metrics
from trackyard.pipeline.deliver.attempt import Attempt, Attempts
from trackyard.pipeline.deliver.backoff import RETRY_FIRST_SECONDS, RETRY_LONGEST_SECONDS, full_jitter
from trackyard.pipeline.deliver.books import Books
from trackyard.pipeline.deliver.breaker import Breaker
from trackyard.pipeline.deliver.clock import Clock
from trackyard.pipeline.deliver.config import Configuration
from trackyard.pipeline.deliver.ledger import Entry
from trackyard.pipeline.deliver.redaction import fit_to_tell
from trackyard.pipeline.deliver.row import dead_of
from trackyard.pipeline.deliver.sending import ATTEMPTS_MIN
from trackyard.pipeline.deliver.subscription import Compiled
from trackyard.pipeline.deliver.tickets import Ticket, Tickets
from trackyard.pipeline.deliver.waiting import ParkedRows
from trackyard.store.deliveries import Parked

IDLE_SECONDS = 60.0
ASK_LONGEST_SECONDS = 900.0  # between two questions for the same ticket


class Poller:
    """Asks for one connection's tickets, one at a time. What is still being processed costs no write."""

    def __init__(
        self,
        name: str,
        books: Books,
        breaker: Breaker,
        attempts: Attempts,
        tickets: Tickets,
        waiting: ParkedRows,
        config: Configuration,
        clock: Clock,
        rng: random.Random,
        on_done: Callable[[], None],
    ) -> None:
        self._name, self._books, self._breaker, self._attempts = name, books, breaker, attempts
        self._tickets, self._waiting, self._config = tickets, waiting, config
        self._clock, self._rng, self._on_done = clock, rng, on_done

    async def step(self) -> float:
        """Ask for the ticket that is due, if one is; returns how long to wait for the next."""
        connection, first = self._config.connection(self._name), self._tickets.first()
        if connection is None or connection.mode != "live" or first is None:
            return IDLE_SECONDS
        now, (due, ticket) = self._clock.now(), first
        if due > now * 1000:
            return min(IDLE_SECONDS, max(0.01, due / 1000 - now))
        if not self._breaker.may_send():
            return min(IDLE_SECONDS, max(0.01, self._breaker.next_try - now))
        if self._config.fault(ticket.revision, self._name):
            self._ask_in(ticket, IDLE_SECONDS)
            return 0
        await self._ask(ticket, connection)
        self._on_done()
        return 0

    async def _ask(self, ticket: Ticket, connection: Connection) -> None:
        compiled = self._compiled(ticket)
        if compiled is None or compiled.action.poll is None:
            attempt = Attempt(self._clock.now())
            return self._bury(ticket, compiled, "unknown outcome: nobody is left to ask what became of it", attempt)
        self._breaker.start()
        attempt = await self._attempts.ask(compiled.action, ticket.text, ticket.revision, connection)
        return self._judge(ticket, compiled, attempt, connection)

    def _compiled(self, ticket: Ticket) -> Compiled | None:
        plan = self._config.plan(ticket.revision, self._name)
        return next((c for c in plan.subscriptions if c.index == ticket.subscription), None) if plan else None

    def _judge(self, ticket: Ticket, compiled: Compiled, attempt: Attempt, connection: Connection) -> None:
        (outcome,) = attempt.outcomes
        match outcome:
            case Accepted():
                self._breaker.success()
                self._later(ticket, compiled, "still being processed", attempt, connection)
            case Delivered():
                self._breaker.success()
                self._confirm(ticket, compiled, attempt)
            case Rejected(reason):
                self._breaker.success()
                self._bury(ticket, compiled, reason, attempt)
            case Retry(reason, "event", after_seconds):
                self._breaker.success()
                self._send_again(ticket, compiled, reason, attempt, connection, after_seconds=after_seconds)
            case Retry(reason, scope, after_seconds):
                auth, reason = scope == "auth", fit_to_tell(reason, self._config.secrets_of(self._name))
                delay = self._breaker.failure(reason, auth=auth, after_seconds=after_seconds)
                if auth or not attempt.status:
                    self._ask_in(ticket, max(delay, compiled.action.poll_seconds))
                else:
                    self._later(ticket, compiled, reason, attempt, connection, delay)
            case Unknown(reason):
                if attempt.status:
                    self._breaker.success()
                    self._later(ticket, compiled, reason, attempt, connection)
                else:  # asking has no effect: it is only asked again
                    self._ask_in(ticket, max(self._breaker.failure(reason), compiled.action.poll_seconds))
            case _:
                assert_never(outcome)

    # When to ask again

    def _later(
        self,
        ticket: Ticket,
        compiled: Compiled,
        reason: str,
        attempt: Attempt,
        connection: Connection,
        delay: float = 0.0,
    ) -> None:
        """Ask again, ever less often, or end as unknown where the platform has had its time."""
        action, age = compiled.action, self._clock.now() - self._accepted_at(ticket)
        if age < action.poll_seconds_max:
            left = action.poll_seconds_max - age
            return self._ask_in(ticket, max(delay, min(left, _pause(action, age))))
        reason = f"accepted, then no word for {age / 3600:.1f} h: {reason}"
        if connection.on_unknown == "hold":
            return self._bury(ticket, compiled, f"unknown outcome, held: {reason}", attempt, outcome="unknown")
        return self._send_again(ticket, compiled, reason, attempt, connection, outcome="unknown")

    def _ask_in(self, ticket: Ticket, seconds: float) -> None:
        self._tickets.ask_at(ticket, int((self._clock.now() + seconds) * 1000))

    def _accepted_at(self, ticket: Ticket) -> float:
        return min(parked.accepted_at for parked in self._tickets.rows(ticket)) / 1000

    # Into the books

    def _confirm(self, ticket: Ticket, compiled: Compiled, attempt: Attempt) -> None:
        rows = self._tickets.rows(ticket)
        self._books.confirm(rows)
        self._record(ticket, compiled, "delivered", "", attempt)
        self._tickets.drop(ticket)

    def _bury(
        self, ticket: Ticket, compiled: Compiled | None, reason: str, attempt: Attempt, outcome: str = "dead"
    ) -> None:
        reason = fit_to_tell(reason, self._config.secrets_of(self._name))
        now = int(self._clock.now() * 1000)
        for parked in self._tickets.rows(ticket):
            self._books.unpark(parked, dead_of(parked, now, reason))
        self._record(ticket, compiled, outcome, reason, attempt)
        self._tickets.drop(ticket)

    def _send_again(
        self,
        ticket: Ticket,
        compiled: Compiled,
        reason: str,
        attempt: Attempt,
        connection: Connection,
        *,
        after_seconds: float | None = None,
        outcome: str = "retry",
    ) -> None:
        """The rows failed by themselves: another attempt, or a dead letter where the budget is spent."""
        reason, now = fit_to_tell(reason, self._config.secrets_of(self._name)), self._clock.now()
        attempts, first_at = _spent(self._tickets.rows(ticket))
        if attempts >= ATTEMPTS_MIN and now - first_at / 1000 > connection.retry_hours * 3600:
            return self._bury(ticket, compiled, f"{reason}; given up after {attempts} attempts", attempt)
        for parked in self._tickets.rows(ticket):
            delay = full_jitter(self._rng, RETRY_FIRST_SECONDS, RETRY_LONGEST_SECONDS, parked.attempts, after_seconds)
            again = msgspec.structs.replace(
                parked, ticket="", accepted_at=0, next_at=int((now + delay) * 1000), reason=reason
            )
            self._books.park_again(again)
            self._waiting.add(again)
        self._record(ticket, compiled, outcome, reason, attempt)
        return self._tickets.drop(ticket)

    def _record(self, ticket: Ticket, compiled: Compiled | None, outcome: str, reason: str, attempt: Attempt) -> None:
        rows = self._tickets.rows(ticket)
        metrics.outcomes_total.labels(self._name, outcome).inc(len(rows))
        entry = Entry(
            at=int(self._clock.now() * 1000),
            connection=self._name,
            subscription=compiled.name if compiled else "",
            action=compiled.action.slug if compiled else "",
            revision=ticket.revision,
            gate="",  # nothing of the event left
            outcome=outcome,
            reason=reason,
            attempt=max(parked.attempts for parked in rows) + 1,
            status=attempt.status,
            http_ms=round(attempt.http_ms, 3),
            message_id=[parked.message_id for parked in rows],
            offset=[parked.offset for parked in rows],
            queued_ms=[int(attempt.started_at * 1000) - parked.accepted_at for parked in rows],
        )
        self._books.record(msgspec.json.encode(entry))


def _pause(action: Action, age_seconds: float) -> float:
    """As long again as it has taken so far: questions after 1, 2, 4, 8 minutes, then every 15."""
    return max(action.poll_seconds, min(age_seconds, ASK_LONGEST_SECONDS))


def _spent(rows: Collection[Parked]) -> tuple[int, int]:
    """The attempts that the rows of a ticket have had, and when the first began to wait."""
    return max(parked.attempts for parked in rows), min(parked.first_at for parked in rows)
