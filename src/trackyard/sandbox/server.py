"""A small, fast HTTP/1.1 server for stand-ins: one thread takes some ten thousand requests a second.

`/{destination}/...` is a partner's API, as is `/{host}/...` of one of its hosts; a host that nobody stands in for is a
receiver of webhooks. `/_sandbox/...` tells what was taken:

    GET    /_sandbox/received?destination=SLUG&after=SEQUENCE&limit=N
    DELETE /_sandbox/received
    GET    /_sandbox/summary
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, cast
from urllib.parse import parse_qs

import httptools
import msgspec

from trackyard.sandbox.book import LISTED_REQUESTS, Book, Tally
from trackyard.sandbox.partner import Answer, Judgement, Partner, Taken
from trackyard.sandbox.script import Rule, Script

BODY_BYTES_MAX = 32_000_000
PIPELINED_REQUESTS_MAX = 64
TICKETS_MAX = 10_000
NO_CONTENT = 204  # has no body, and says nothing of one
NOT_FOUND = Answer(404, b'{"error":"no such stand-in: use /{destination}/... or /_sandbox/received"}')
TOO_LARGE = Answer(413, b'{"error":"body over 32 MB"}')
GARBAGE = b"\x00\xff\x17 this is not HTTP\r\n"
REASONS = {
    200: b"OK",
    204: b"No Content",
    400: b"Bad Request",
    404: b"Not Found",
    429: b"Too Many Requests",
    503: b"Service Unavailable",
}


class Sandbox:
    """The stand-ins with their book and script; decides what to answer, without touching a socket."""

    def __init__(
        self, partners: Mapping[str, Partner], book: Book, script: Script, now: Callable[[], float] = time.time
    ) -> None:
        self.partners, self.book, self.script, self.now = partners, book, script, now
        self.started_at = now()
        self._by_host = {host: partner for partner in partners.values() for host in partner.hosts}
        self._tickets: dict[str, Any] = {}

    def decide(self, method: str, target: str, headers: tuple[tuple[bytes, bytes], ...], body: bytes) -> "Decision":
        """What to send back for one request, after which wait; the request is in the book when this returns."""
        path, _, query = target.partition("?")
        slug, _, rest = path[1:].partition("/")
        if slug == "_sandbox":
            return Decision(self.told(method, rest, query))
        partner = self.partners.get(slug) or self._by_host.get(slug)
        if partner is None and "." in slug:
            partner, rest = self.partners.get("webhook"), path[1:]
        if partner is None:
            return Decision(NOT_FOUND)
        taken = Taken(method=method, path=rest, query=query, headers=headers, body=body)
        return self._decide_for(partner, msgspec.structs.replace(taken, connection=partner.connection(taken)))

    def _decide_for(self, partner: Partner, taken: Taken) -> "Decision":
        now = self.now()
        rule = self.script.rule_for(partner.slug, taken, now - self.started_at)
        judgement = self._judged(partner, taken, rule, now)
        fault = rule.fault if rule else None
        self.book.write(partner, taken, None if fault else judgement.answer.status, judgement, now)
        return Decision(judgement.answer, rule.latency_seconds if rule else 0, fault)

    def _judged(self, partner: Partner, taken: Taken, rule: Rule | None, now: float) -> Judgement:
        """What the partner says, but where the script overrules it: then nothing has an effect, unless it says so."""
        if rule is not None and rule.fault is not None and not rule.taken:
            return Judgement(Answer(200))
        if rule is not None and rule.status is not None and not 200 <= rule.status < 300:
            return Judgement(scripted(rule), refused=[f"script: HTTP {rule.status}"])
        tally = self.book.tally(partner, taken, now)
        bad_rows = rule.bad_rows.encode() if rule else b""
        judgement = partner.judge(taken, Notes(now, tally, partner.window_seconds, self._tickets, bad_rows))
        if rule is not None and rule.status is not None:
            return Judgement(scripted(rule), judgement.rows, judgement.refused)
        return judgement

    def told(self, method: str, what: str, query: str) -> Answer:
        """The answer to a question about what was taken."""
        asked = {name: values[-1] for name, values in parse_qs(query).items()}
        if (method, what) == ("DELETE", "received"):
            self.book.clear()
            return Answer(200, b"{}")
        if (method, what) == ("GET", "summary"):
            return Answer(200, msgspec.json.encode(self.book.summary()))
        if (method, what) != ("GET", "received"):
            return NOT_FOUND
        try:
            after, limit = int(asked.get("after", 0)), int(asked.get("limit", LISTED_REQUESTS))
        except ValueError:
            return Answer(400, b'{"error":"after and limit are whole numbers"}')
        return Answer(200, msgspec.json.encode(self.book.received(asked.get("destination", ""), after, limit)))


class Notes:
    """A partner's desk for one request."""

    def __init__(
        self, now: float, tally: Tally, window_seconds: float, tickets: dict[str, Any], bad_rows: bytes
    ) -> None:
        self.now, self._tally, self._window_seconds = now, tally, window_seconds
        self._tickets, self._bad_rows = tickets, bad_rows

    def has(self, row_id: str) -> bool:
        return self._tally.has(row_id, self.now, self._window_seconds)

    def refuses(self, row: Any) -> bool:
        return bool(self._bad_rows) and self._bad_rows in msgspec.json.encode(row)

    def keep(self, ticket: str, value: Any) -> None:
        if len(self._tickets) >= TICKETS_MAX:
            del self._tickets[next(iter(self._tickets))]
        self._tickets[ticket] = value

    def kept(self, ticket: str) -> Any:
        return self._tickets.get(ticket)


class Decision(msgspec.Struct, frozen=True):
    """An answer, the wait before it, and how it is broken, if it is."""

    answer: Answer
    latency_seconds: float = 0
    fault: str | None = None


def scripted(rule: Rule) -> Answer:
    body = rule.body.encode() or b"{}"
    return Answer(rule.status or 200, body, headers=rule.headers)


class Client(asyncio.Protocol):
    """One client's connection: requests are answered one after the other, in the order they came."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._waiting: deque[tuple[str, str, tuple[tuple[bytes, bytes], ...], bytes]] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._parser = httptools.HttpRequestParser(self)
        self.on_message_begin()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._timer:
            self._timer.cancel()

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self._transport.close()
            return
        if self._body_bytes > BODY_BYTES_MAX:
            self._send(Decision(TOO_LARGE))
            self._transport.close()
        elif len(self._waiting) > PIPELINED_REQUESTS_MAX:
            self._transport.abort()

    def on_message_begin(self) -> None:
        self._url = b""
        self._headers: list[tuple[bytes, bytes]] = []
        self._parts: list[bytes] = []
        self._body_bytes = 0

    def on_url(self, url: bytes) -> None:
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers.append((name, value))

    def on_body(self, body: bytes) -> None:
        self._body_bytes += len(body)
        if self._body_bytes <= BODY_BYTES_MAX:
            self._parts.append(body)

    def on_message_complete(self) -> None:
        if self._body_bytes > BODY_BYTES_MAX:
            return
        body = self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)
        method = self._parser.get_method().decode("ascii")
        self._waiting.append((method, self._url.decode("latin-1"), tuple(self._headers), body))
        if self._timer is None:
            self._answer_waiting()

    def _answer_waiting(self) -> None:
        self._timer = None
        while self._waiting and not self._transport.is_closing():
            decision = self._sandbox.decide(*self._waiting.popleft())
            if decision.fault == "hang":
                self._waiting.clear()
                return
            if decision.latency_seconds:
                loop = asyncio.get_running_loop()
                self._timer = loop.call_later(decision.latency_seconds, self._answer_late, decision)
                return
            self._send(decision)

    def _answer_late(self, decision: Decision) -> None:
        self._send(decision)
        self._answer_waiting()

    def _send(self, decision: Decision) -> None:
        if self._transport.is_closing():
            return
        match decision.fault:
            case "refuse" | "reset":
                self._transport.abort()
            case "garbage":
                self._transport.write(GARBAGE)
                self._transport.close()
            case "half_body":
                whole = as_bytes(decision.answer)
                self._transport.write(whole[: -len(decision.answer.body) // 2])
                self._transport.close()
            case _:
                self._transport.write(as_bytes(decision.answer))


def as_bytes(answer: Answer) -> bytes:
    reason = REASONS.get(answer.status, b"-")
    told = {"Content-Type": answer.content_type, "Content-Length": str(len(answer.body))}
    headers = {**({} if answer.status == NO_CONTENT else told), **answer.headers}
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items()).encode("latin-1")
    return b"HTTP/1.1 %d %b\r\n%b\r\n%b" % (answer.status, reason, lines, answer.body)


async def start(sandbox: Sandbox, host: str, port: int) -> asyncio.Server:
    """A server that takes requests on return; port 0 lets the system choose one. Raises OSError on a busy port."""
    loop = asyncio.get_running_loop()
    return await loop.create_server(lambda: Client(sandbox), host, port)


def address(server: asyncio.Server) -> str:
    """Where `server` listens, as a URL."""
    host, port, *_ = cast(tuple[Any, ...], server.sockets[0].getsockname())
    return f"http://{host}:{port}"
