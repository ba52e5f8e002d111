"""A load generator that is light on CPU: one epoll loop, bodies rendered beforehand, only ids and times patched in.

Works against any Segment-compatible server: `POST /v1/track` for single events, `POST /v1/batch` for batches.
"""

import base64
import json
import select
import socket
import time
from array import array
from collections import deque
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import msgspec

from trackyard.sandbox.traffic import Traffic

ID_MARK = b"@@message-id@@"
TIME_MARK = b'"@@sent-at@@"'
SEED = 7
EVENTS_RENDERED = 500


class Result(msgspec.Struct):
    """What the load generator saw. Latencies are seconds from the first byte sent to the answer's last byte."""

    requests: int
    events: int
    errors: int
    seconds: float
    latencies: list[float]

    @property
    def events_per_second(self) -> float:
        return self.events / self.seconds

    @property
    def requests_per_second(self) -> float:
        return self.requests / self.seconds

    def percentile(self, share: float) -> float:
        """Seconds within which `share` (0 to 1) of the requests were answered."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")


class Template:
    """Requests for one server: event texts cut at their marks, so a new request is a join of bytes."""

    def __init__(self, target: str, write_key: str, events: list[bytes], batch: int, run: str) -> None:
        parts = urlsplit(target)
        self.host, self.port = parts.hostname or "127.0.0.1", parts.port or 80
        self.batch = batch
        self._run = run
        self._cut = [_cut(event) for event in events]
        self._number = 0
        path = "/v1/batch" if batch > 1 else "/v1/track"
        token = base64.b64encode(f"{write_key}:".encode()).decode()
        self._head = (
            f"POST {path} HTTP/1.1\r\nHost: {self.host}:{self.port}\r\nAuthorization: Basic {token}\r\n"
            "Content-Type: application/json\r\nUser-Agent: trackyard-bench\r\nContent-Length: "
        ).encode()

    def request(self) -> bytes:
        """The next request; every event in it has an id of its own and the time of sending."""
        now = b"%d" % time.time_ns()
        if self.batch == 1:
            body = self._event(now)
        else:
            events = b",".join([self._event(now) for _ in range(self.batch)])
            body = b'{"batch":[' + events + b'],"sentAt":"2026-01-15T12:00:00.000Z"}'
        return b"%s%d\r\n\r\n%s" % (self._head, len(body), body)

    def _event(self, now: bytes) -> bytes:
        number = self._number
        self._number += 1
        before, middle, after = self._cut[number % len(self._cut)]
        return b"%s%s-%d%s%s%s" % (before, self._run.encode(), number, middle, now, after)


def _cut(event: bytes) -> tuple[bytes, bytes, bytes]:
    before, rest = event.split(ID_MARK)
    middle, after = rest.split(TIME_MARK)
    return before, middle, after


class _Connection:
    """One keep-alive connection with at most one request on the way."""

    def __init__(self, host: str, port: int) -> None:
        self.socket = socket.create_connection((host, port), timeout=10)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.setblocking(False)
        self.sent_at = 0.0
        self._out = b""
        self._in = b""

    def send(self, request: bytes) -> None:
        self.sent_at = time.perf_counter()
        self._out = request
        self._in = b""
        self.flush()

    def flush(self) -> None:
        """Write what the kernel takes now; the rest waits for the next turn."""
        while self._out:
            try:
                sent = self.socket.send(self._out)
            except BlockingIOError:
                return
            self._out = self._out[sent:]

    def answer(self) -> int | None:
        """The status of a complete answer, None while it is still coming."""
        data = self.socket.recv(65536)
        if not data:
            raise ConnectionError("the server closed the connection")
        self._in += data
        head, mark, body = self._in.partition(b"\r\n\r\n")
        if not mark:
            return None
        lower = head.lower()
        at = lower.find(b"content-length:")
        length = int(lower[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
        return int(head[9:12]) if len(body) >= length else None

    @property
    def writing(self) -> bool:
        return bool(self._out)


def run_load(
    template: Template,
    connections: int,
    events: int,
    events_per_second: float | None = None,
    on_tick: Callable[[], None] = lambda: None,
) -> Result:
    """Send about `events` events over `connections`; closed loop, or paced at `events_per_second` when given."""
    opened = [_Connection(template.host, template.port) for _ in range(connections)]
    by_fd = {connection.socket.fileno(): connection for connection in opened}
    poll = select.epoll()
    for fd in by_fd:
        poll.register(fd, select.EPOLLIN)
    idle = deque(opened)  # in turn, so that none is silent so long that the server closes it
    latencies = array("d")
    to_send = -(-events // template.batch)
    sent = answered = errors = 0
    started = time.perf_counter()
    while answered < to_send:
        while idle and sent < to_send and _is_due(sent * template.batch, started, events_per_second):
            connection = idle.popleft()
            connection.send(template.request())
            sent += 1
            if connection.writing:
                poll.modify(connection.socket.fileno(), select.EPOLLIN | select.EPOLLOUT)
        for fd, event in poll.poll(0.0005 if events_per_second else 1.0):
            connection = by_fd[fd]
            if event & select.EPOLLOUT:
                connection.flush()
                if not connection.writing:
                    poll.modify(fd, select.EPOLLIN)
            if event & select.EPOLLIN and (status := connection.answer()) is not None:
                latencies.append(time.perf_counter() - connection.sent_at)
                answered += 1
                errors += status != 200
                idle.append(connection)
        on_tick()
    seconds = time.perf_counter() - started
    for connection in opened:
        connection.socket.close()
    return Result(
        requests=answered, events=answered * template.batch, errors=errors, seconds=seconds, latencies=list(latencies)
    )


def _is_due(events_sent: int, started: float, events_per_second: float | None) -> bool:
    return events_per_second is None or time.perf_counter() - started >= events_sent / events_per_second


def store_events() -> Iterator[bytes]:
    """Texts of the store's well-formed track events, about 1 KB each, with marks for the id and the time of sending."""
    for item in Traffic(SEED, odd_share=0).events(EVENTS_RENDERED):
        if item.event["type"] == "track":
            marked = {**item.event, "messageId": ID_MARK.decode()}
            marked["properties"] = {**item.event["properties"], "sent_ns": json.loads(TIME_MARK)}
            yield msgspec.json.encode(marked)
