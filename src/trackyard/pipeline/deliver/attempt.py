"""One attempt: rows in, an outcome for each of them out. Decides nothing about what follows."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol

import msgspec
import structlog
from aiolimiter import AsyncLimiter

from trackyard.kit.action import Action, Conversation
from trackyard.kit.outcome import Outcome, Rejected, Retry, Unknown
from trackyard.kit.request import Request, Response
from trackyard.model.errors import MissingSecret
from trackyard.model.workspace import Connection
from trackyard.pipeline.deliver.authorized import Authorized
from trackyard.pipeline.deliver.clock import Clock
from trackyard.pipeline.deliver.config import Configuration
from trackyard.pipeline.deliver.row import Row
from trackyard.pipeline.deliver.transport import NoResponse, Wire, wire

CONVERSATION_REQUESTS_MAX = 100
TOO_LARGE = Rejected("the request is larger than batch_bytes_max", whole_request=True)
Answer = Response | NoResponse | Retry | Rejected | Unknown | Sequence[Outcome]  # the last: a conversation's own word
log = structlog.get_logger()


class Recorder(Protocol):
    """Keeps the exact request of a connection in shadow mode."""

    def record(
        self, connection: str, at: int, message_ids: Sequence[str], wire: Wire, secrets: Collection[str]
    ) -> None: ...

    def flush(self) -> None:
        """Make durable what was recorded."""
        ...


class Attempt(msgspec.Struct):
    """What one attempt came to."""

    started_at: float
    outcomes: Sequence[Outcome] = ()
    digest: str = ""
    status: int = 0
    built_ms: float = 0
    http_ms: float = 0
    shadow: bool = False


class Attempts:
    """Builds and sends for one connection, at its rate."""

    def __init__(
        self, name: str, config: Configuration, transport: Authorized, recorder: Recorder, clock: Clock
    ) -> None:
        self._name, self._config, self._transport = name, config, transport
        self._recorder, self._clock = recorder, clock
        self._limiter: tuple[float, AsyncLimiter] | None = None

    async def wait_for_rate(self, per_second: float | None) -> None:
        """Return when the connection's rate has room for a request, which may take long."""
        if per_second is None:
            return
        if self._limiter is None or self._limiter[0] != per_second:
            # one second's worth may go at once; below one a second, one request
            self._limiter = per_second, AsyncLimiter(max(1.0, per_second), max(1.0, 1 / per_second))
        await self._limiter[1].acquire()

    async def make(self, rows: Sequence[Row], connection: Connection) -> Attempt:
        """Build the request for `rows`, send it, read what became of each."""
        attempt = Attempt(self._clock.now())
        action = rows[0].subscription.action
        built = self._built(action, rows)
        if isinstance(built, Rejected | Retry):
            attempt.outcomes = [built] * len(rows)
            return attempt
        answer = await self._exchange(attempt, built, rows, connection)
        if attempt.shadow:
            return attempt
        attempt.http_ms = (self._clock.now() - attempt.started_at) * 1000 - attempt.built_ms
        attempt.outcomes = outcomes_of(answer, action, len(rows))
        return attempt

    async def ask(self, action: Action, ticket: str, revision: int, connection: Connection) -> Attempt:
        """Ask what became of `ticket`: the one outcome holds for all its rows. Asking has no effect there."""
        await self.wait_for_rate(connection.requests_per_second)
        attempt = Attempt(self._clock.now())
        settings = self._settings(revision)
        if isinstance(settings, Retry):
            attempt.outcomes = [settings]
            return attempt
        assert action.poll is not None and action.read_poll is not None
        try:
            answer = await self._through(attempt, wire(action.poll(ticket, settings)), connection)
            if isinstance(answer, Response):
                attempt.outcomes = [action.read_poll(answer, ticket)]
            else:
                attempt.outcomes = outcomes_of(answer, action, 1)
        except Exception as error:
            log.error("poll_failed", connection=self._name, action=action.slug, error=type(error).__name__)
            attempt.outcomes = [Unknown(f"what became of it cannot be read: {type(error).__name__}")]
        attempt.http_ms = (self._clock.now() - attempt.started_at) * 1000
        return attempt

    def _built(self, action: Action, rows: Sequence[Row]) -> Wire | Conversation | Rejected | Retry:
        now = datetime.fromtimestamp(rows[0].view.decided_at / 1000, UTC)
        settings = self._settings(rows[0].revision)
        if isinstance(settings, Retry):
            return settings
        try:
            if len(rows) > 1 and action.build_batch is not None:
                built = action.build_batch([row.shape.payload for row in rows], settings, now)
            else:
                built = action.build(rows[0].shape.payload, settings, now)
            return wire(built) if isinstance(built, Request) else built
        except Exception as error:
            # A fault in a destination's own code must cost the row that shows it, not the lane. Its text may hold
            # values of the event, so only its kind is told.
            log.error("build_failed", connection=self._name, action=action.slug, error=type(error).__name__)
            return Rejected(f"the request cannot be built: {type(error).__name__}", whole_request=True)

    def _settings(self, revision: int) -> Any:
        """The connection's settings, or a `Retry` that says what they lack."""
        try:
            return self._config.settings(self._name, revision)
        except MissingSecret as error:
            return Retry(str(error), scope="auth")
        except msgspec.ValidationError:
            return Retry("the settings do not fit the destination; run `trackyard check`", scope="auth")

    async def _exchange(
        self, attempt: Attempt, built: Wire | Conversation, rows: Sequence[Row], connection: Connection
    ) -> Answer:
        if not isinstance(built, Wire):
            return await self._converse(attempt, built, rows, connection)
        attempt.built_ms = (self._clock.now() - attempt.started_at) * 1000
        return await self._send(attempt, built, rows, connection)

    async def _converse(
        self, attempt: Attempt, conversation: Conversation, rows: Sequence[Row], connection: Connection
    ) -> Answer:
        """A conversation ends with its own word, its last answer, or the first answer that does not come."""
        answer: Answer = Rejected("the conversation made no request")
        try:
            request = next(conversation)
            for _ in range(CONVERSATION_REQUESTS_MAX):
                answer = await self._send(attempt, wire(request), rows, connection)
                if not isinstance(answer, Response) or attempt.shadow:
                    return answer
                request = conversation.send(answer)
        except StopIteration as ended:
            return answer if ended.value is None else list(ended.value)
        except Exception as error:
            log.error("conversation_failed", connection=self._name, error=type(error).__name__)
            return Unknown(f"the conversation broke off: {type(error).__name__}")
        return Rejected(f"the conversation did not end within {CONVERSATION_REQUESTS_MAX} requests")

    async def _send(self, attempt: Attempt, ready: Wire, rows: Sequence[Row], connection: Connection) -> Answer:
        bytes_max = connection.batch_bytes or rows[0].subscription.action.batch_bytes_max
        if len(rows) > 1 and len(ready.body) > bytes_max:
            return TOO_LARGE
        attempt.digest = ready.digest
        if connection.mode == "shadow":
            ids = [row.decided.message_id for row in rows]
            secrets = self._config.secrets_of(self._name)
            self._recorder.record(self._name, int(attempt.started_at * 1000), ids, ready, secrets)
            attempt.shadow = True
            return NoResponse("shadow", may_have_arrived=False)
        return await self._through(attempt, ready, connection)

    async def _through(self, attempt: Attempt, ready: Wire, connection: Connection) -> Response | NoResponse | Retry:
        answer = await self._transport.send(self._name, ready, connection.timeout_seconds)
        if isinstance(answer, Response):
            attempt.status = answer.status
        return answer


def outcomes_of(answer: Answer, action: Action, rows: int) -> Sequence[Outcome]:
    """An outcome for each of `rows`, whatever came back."""
    match answer:
        case Retry() | Rejected() | Unknown():
            return [answer] * rows
        case NoResponse(reason, may_have_arrived):
            return [Unknown(reason) if may_have_arrived else Retry(reason, scope="destination")] * rows
        case Response():
            return _read(answer, action, rows)
        case _:
            return _as_many(answer, rows, "the conversation")


def _read(answer: Response, action: Action, rows: int) -> Sequence[Outcome]:
    try:
        outcomes = action.read(answer, rows)
    except Exception as error:
        # An answer that the destination's code cannot read says nothing about the rows.
        log.error("answer_unreadable", action=action.slug, status=answer.status, error=type(error).__name__)
        return [Unknown(f"HTTP {answer.status} with an answer that cannot be read")] * rows
    return _as_many(outcomes, rows, f"HTTP {answer.status}")


def _as_many(outcomes: Sequence[Outcome], rows: int, who: str) -> Sequence[Outcome]:
    return outcomes if len(outcomes) == rows else [Unknown(f"{who} answers for {len(outcomes)} of {rows} rows")] * rows
