"""The door: a raw ASGI callable. Finds what a path means and says the answer, in JSON whatever happens."""

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

import structlog

from trackyard.model.errors import BadRequest
from trackyard.pipeline import metrics
from trackyard.pipeline.collect.answers import PIXEL, SUCCESS, Answer, complete, preflight, refusal
from trackyard.pipeline.collect.body import BodyReader, Disconnected, Receive
from trackyard.pipeline.collect.browser import BrowserSide
from trackyard.pipeline.collect.facts import HeaderReader
from trackyard.pipeline.collect.intake import Intake
from trackyard.pipeline.collect.ownership import Asked
from trackyard.pipeline.collect.tokens import Tokens
from trackyard.sources.segment.endpoints import INGEST, METRICS, PIXELS, TOKENS, Endpoint, normal
from trackyard.sources.segment.pixel import event_of

Scope = MutableMapping[str, Any]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Page = Callable[[], Awaitable[Answer]]

log = structlog.get_logger()
_PIXEL_NAME = "pixel"


class Door:
    """Answers every request. `pages` are further documents by path, such as /health, made by the composition root."""

    def __init__(
        self,
        intake: Intake,
        headers: HeaderReader,
        browser: BrowserSide,
        tokens: Tokens,
        pages: Mapping[str, Page],
    ) -> None:
        self._intake, self._headers, self._browser = intake, headers, browser
        self._tokens, self._pages = tokens, pages
        self._bodies = BodyReader()
        self._answered: Counter[tuple[str, int]] = Counter()
        self._accepted: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        headers = self._headers.read(scope["headers"])
        origin = headers.get(b"origin", b"")
        method = scope["method"]
        if method == "OPTIONS":
            status, lines = preflight(origin, headers.get(b"access-control-request-headers", b""))
            await _say(send, status, lines, b"")
            return
        path = scope["path"]
        endpoint = INGEST.get(path) or INGEST.get(path := normal(path))
        name = endpoint.name if endpoint else "other"
        try:
            if endpoint is not None and method == "POST":
                answer = await self._take(endpoint, scope, headers, receive)
            else:
                answer = await self._other(path, method, scope, headers, receive)
        except BadRequest as error:
            answer = refusal(error)
        except Disconnected:
            return
        except Exception:
            log.exception("collect.failed", path=path)
            answer = refusal(BadRequest(500, "internal_error", "the server failed to handle this request; try again"))
        self._answered[name, answer.status] += 1
        await _say(send, answer.status, complete(answer, origin), answer.body)

    def report(self) -> None:
        """Bring the metrics up to date; counting in between is cheaper than a locked counter per request."""
        answered, self._answered = self._answered, Counter()
        accepted, self._accepted = self._accepted, Counter()
        for (endpoint, status), count in answered.items():
            metrics.requests_total.labels(endpoint, str(status)).inc(count)
        for source, count in accepted.items():
            metrics.accepted_events_total.labels(source).inc(count)

    async def _take(self, endpoint: Endpoint, scope: Scope, headers: dict[bytes, bytes], receive: Receive) -> Answer:
        asked = Asked(endpoint.name, endpoint.client_side, _peer(scope), headers, scope["query_string"])
        known = self._intake.of_headers(asked)
        body = await self._bodies.read(receive, headers)
        self._count(await self._intake.keep(asked, body, known))
        return SUCCESS

    def _count(self, accepted: Mapping[str, int]) -> None:
        for source, events in accepted.items():
            self._accepted[source] += events

    async def _other(
        self, path: str, method: str, scope: Scope, headers: dict[bytes, bytes], receive: Receive
    ) -> Answer:
        if path in METRICS and method == "POST":
            await self._bodies.read(receive, {})
            return SUCCESS  # the clients' own telemetry is of no use here
        if path in TOKENS and method == "POST":
            form = await self._bodies.read(receive, {})
            hosts = self._browser.own_hosts(headers, _peer(scope), scope["scheme"])
            return self._tokens.answer(form, self._intake.keys.workspace, hosts)
        if method in ("GET", "HEAD"):
            return await self._get(path, scope, headers)
        raise _nothing_here(path, method)

    async def _get(self, path: str, scope: Scope, headers: dict[bytes, bytes]) -> Answer:
        if path in PIXELS:
            return await self._pixel(PIXELS[path], scope, headers)
        page = self._pages.get(path)
        if page is not None:
            return await page()
        answer = self._browser.get(
            path, scope["query_string"], headers, _peer(scope), scope["scheme"], self._intake.keys
        )
        if answer is not None:
            return answer
        raise _nothing_here(path, "GET")

    async def _pixel(self, kind: str, scope: Scope, headers: dict[bytes, bytes]) -> Answer:
        """Always the image: a mail or a page shows nothing else. What is sound in it is kept first."""
        try:
            body = event_of(kind, scope["query_string"])
            asked = Asked(_PIXEL_NAME, True, _peer(scope), headers, b"")
            self._count(await self._intake.keep(asked, body, None))
        except BadRequest as error:
            self._answered[_PIXEL_NAME, error.status] += 1
        return PIXEL


async def _say(send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _peer(scope: Scope) -> str:
    client = scope["client"]
    return client[0] if client else ""


def _nothing_here(path: str, method: str) -> BadRequest:
    if path in INGEST or path in METRICS or path in TOKENS:
        return BadRequest(405, "method_not_allowed", f"{method} found, expected POST", (("Allow", "POST, OPTIONS"),))
    return BadRequest(404, "not_found", f"there is nothing at {path[:200]}; events go to POST /v1/batch or /v1/track")
