"""Clients that behave as SDKs do (resend what was not acknowledged) and a sink that remembers every row it was sent."""

import hashlib
import http.client
import json
import threading
import time
from collections import defaultdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import msgspec

BATCH_EVENTS = 20


class Sender(threading.Thread):
    """One client: sends batches until stopped and keeps the ids whose batch was answered 200."""

    def __init__(self, port: int, write_key: str, name: str, pause_seconds: float) -> None:
        super().__init__(name=name, daemon=True)
        self._port, self._key, self._pause = port, write_key, pause_seconds
        self._ending = threading.Event()
        self.acked: list[str] = []
        self.refused: list[str] = []
        self.resent = 0

    def run(self) -> None:
        number = 0
        while not self._ending.is_set():
            ids = [f"{self.name}-{number + i}" for i in range(BATCH_EVENTS)]
            number += BATCH_EVENTS
            self._send_until_acked(ids)
            self._ending.wait(self._pause)

    def finish(self) -> None:
        """Stop after the batch on the way was acknowledged."""
        self._ending.set()
        self.join(60)
        assert not self.is_alive(), f"{self.name} is still waiting for an acknowledgement"

    def _send_until_acked(self, ids: list[str]) -> None:
        body = json.dumps({"batch": [_event(message_id) for message_id in ids], "writeKey": self._key}).encode()
        for _ in range(2000):
            status = self._post(body)
            if status == 200:
                self.acked.extend(ids)
                return
            self.resent += 1
            if status is not None and status not in (429, 503):
                self.refused.append(f"HTTP {status}")
                return
            time.sleep(0.02)
        self.refused.append("never acknowledged")

    def _post(self, body: bytes) -> int | None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=15)
        try:
            connection.request("POST", "/v1/batch", body, {"Content-Type": "application/json"})
            return connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()


def _event(message_id: str) -> dict[str, object]:
    return {
        "type": "track",
        "event": "Order Completed",
        "messageId": message_id,
        "userId": f"user-{hash(message_id) % 50}",
        "timestamp": "2026-01-15T12:00:00.000Z",
        "properties": {"order_id": message_id, "revenue": 19.9, "currency": "EUR"},
        "context": {"consent": {"categoryPreferences": {"Advertising": True, "Analytics": True, "Functional": True}}},
    }


class Sink:
    """A webhook receiver. `rows[path][message id]` counts each different body (digest) it was sent."""

    def __init__(self, port: int = 0, delay_seconds: float = 0.0) -> None:
        self.delay_seconds = delay_seconds
        self.rows: dict[str, dict[str, dict[str, int]]] = defaultdict(lambda: defaultdict(lambda: defaultdict(int)))
        self.events: dict[str, dict[str, Any]] = {}  # the last row of each message id
        self._lock = threading.Lock()
        sink = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                time.sleep(sink.delay_seconds)
                sink.take(self.path, body)
                self.send_response(200)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *args: object) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def take(self, path: str, body: bytes) -> None:
        rows = msgspec.json.decode(body, type=list[msgspec.Raw]) if body[:1] == b"[" else [msgspec.Raw(body)]
        with self._lock:
            for raw in rows:
                event = msgspec.json.decode(raw)
                self.events[event["messageId"]] = event
                self.rows[path][event["messageId"]][hashlib.sha256(bytes(raw)).hexdigest()] += 1

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
