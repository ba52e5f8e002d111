"""A trial that is sent: through the lanes' own transport, in the platform's own test mode where it has one."""

from time import perf_counter

from trackyard.control.trials.trial import Ready, Result, Sent, Trial, masked
from trackyard.kit.outcome import Accepted, Delivered, Outcome, Rejected, Retry, Unknown
from trackyard.kit.request import Request, Response
from trackyard.model.errors import RefusedError
from trackyard.pipeline.deliver.attempt import CONVERSATION_REQUESTS_MAX, Answer, outcomes_of
from trackyard.pipeline.deliver.authorized import Authorized
from trackyard.pipeline.deliver.clock import SystemClock
from trackyard.pipeline.deliver.config import Configuration
from trackyard.pipeline.deliver.redaction import without_secrets
from trackyard.pipeline.deliver.transport import Transport, wire
from trackyard.store.tokens import MemoryTokens, TokenStore

BODY_CHARACTERS_MAX = 4_000


class Sender:
    """Sends what trials made ready, each once: no retry, whatever the outcome."""

    def __init__(
        self,
        config: Configuration,
        transport: Transport,
        test_code: str,
        *,
        to_sandbox: bool = False,
        tokens: TokenStore | None = None,
    ) -> None:
        self._authorized = Authorized(config, transport, tokens or MemoryTokens(), SystemClock())
        self._config, self._transport, self._test_code = config, transport, test_code
        self._to_sandbox = to_sandbox

    async def close(self) -> None:
        await self._transport.close()

    async def send(self, trial: Trial, ready: Ready) -> None:
        """Send and write into `trial` what came back. Raises `RefusedError` where a test code is needed."""
        await self._transport.allow(self._config.private_hosts)
        exchange = _Exchange(ready, self._authorized, self._test_code or ("SANDBOX" if self._to_sandbox else ""))
        answer = await exchange.run()
        (outcome,) = outcomes_of(answer, ready.subject.action, 1)
        secrets = self._config.secrets_of(trial.connection)
        trial.requests = [masked(trial, request, ready, self._config) for request in exchange.requests]
        trial.result, trial.reason = result_of(outcome), without_secrets(getattr(outcome, "reason", ""), secrets)
        body = exchange.response.body.decode("utf-8", "replace") if exchange.response else ""
        trial.sent = Sent(
            test_mode="sandbox" if self._to_sandbox else exchange.test_mode,
            status=exchange.response.status if exchange.response else 0,
            latency_ms=round(exchange.seconds * 1000, 1),
            body=without_secrets(body[:BODY_CHARACTERS_MAX], secrets),
            outcome=trial.result,
        )


def result_of(outcome: Outcome) -> Result:
    """The word of a trial for an outcome."""
    match outcome:
        case Delivered():
            return "delivered"
        case Accepted():
            return "accepted"
        case Retry():
            return "retry"
        case Rejected():
            return "rejected"
        case Unknown():
            return "unknown"


class _Exchange:
    """The requests of one row and what came back."""

    def __init__(self, ready: Ready, transport: Authorized, test_code: str) -> None:
        self._ready, self._transport, self._test_code = ready, transport, test_code
        self.requests: list[Request] = []
        self.response: Response | None = None
        self.test_mode = ""
        self.seconds = 0.0

    async def run(self) -> Answer:
        built = self._ready.build()
        if isinstance(built, Request):
            return await self._send(built)
        answer: Answer = Rejected("the conversation made no request")
        try:
            request = next(built)
            for _ in range(CONVERSATION_REQUESTS_MAX):
                answer = await self._send(request)
                if not isinstance(answer, Response):
                    return answer
                request = built.send(answer)
        except StopIteration as ended:
            return answer if ended.value is None else list(ended.value)
        return Rejected(f"the conversation did not end within {CONVERSATION_REQUESTS_MAX} requests")

    async def _send(self, request: Request) -> Answer:
        request, subject = self._marked(request), self._ready.subject
        self.requests.append(request)
        started = perf_counter()
        answer = await self._transport.send(subject.name, wire(request), subject.connection.timeout_seconds)
        self.seconds += perf_counter() - started
        if isinstance(answer, Response):
            self.response = answer
        return answer

    def _marked(self, request: Request) -> Request:
        mode = self._ready.subject.destination.trial_mode
        marked = mode.mark(request, self._test_code) if mode else None
        if mode and marked is None and mode.code_from and not self._test_code:
            raise RefusedError(f"{mode.name} is needed to send a test: --test-code, from {mode.code_from}")
        if mode is None or marked is None:
            return request
        self.test_mode = mode.name
        return marked
