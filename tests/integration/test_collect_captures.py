"""Every recorded request of real clients is answered rightly and kept as the events that were sent."""

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.integration.collect_support import Reply, RunningDoor, revision, running_door, source
from trackyard.model.event import Received
from trackyard.sources.segment.endpoints import INGEST, METRICS, normal
from trackyard.sources.segment.envelope import split

GOLDEN = Path(__file__).parent.parent / "golden" / "captures" / "captures.jsonl.gz"
CAPTURES = [msgspec.json.decode(line) for line in gzip.decompress(GOLDEN.read_bytes()).splitlines()]
INGEST_REQUESTS = 180
# Not addressed to a tracking server: the customer's own page, Segment's configuration API.
FOREIGN = ("/page.html", "/b.js", "/favicon.ico", "/sources", "/destinations", "/tracking-plans", "/regulations")


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDoor]:
    keys = source("WK_TEST", "WK:SECRET", "sk_us_abcdef123")
    with running_door(tmp_path_factory.mktemp("captures"), revision(1, shop=keys)) as running:
        yield running


@pytest.mark.parametrize("capture", CAPTURES, ids=lambda capture: capture["file"].removesuffix(".json"))
def test_recorded_requests_are_answered_and_kept_as_sent(door: RunningDoor, capture: dict[str, Any]) -> None:
    for request in capture["requests"]:
        method, path, _ = request["request_line"].split(" ")
        if path.partition("?")[0].startswith(FOREIGN):
            continue
        before = door.log.bounds()[1]
        reply = door.send(as_bytes(request))
        if method == "POST" and normal(path) in INGEST:
            check_ingest(reply, request, path, door.received(before))
        else:
            check_other(reply, method, path)
            assert door.log.bounds()[1] == before


def test_the_recordings_hold_the_requests_we_think_they_do() -> None:
    lines = [request["request_line"] for capture in CAPTURES for request in capture["requests"]]
    assert sum(line.startswith("POST") and normal(line.split(" ")[1]) in INGEST for line in lines) >= INGEST_REQUESTS


def check_ingest(reply: Reply, request: dict[str, Any], path: str, kept: list[Received]) -> None:
    if not has_key(request):  # settings without apiKey make the library send no key at all
        assert (reply.status, reply.json["code"], kept) == (401, "no_write_key", [])
        return
    assert (reply.status, reply.body, reply.headers["content-type"]) == (200, b'{"success":true}', "application/json")
    (received,) = kept
    endpoint = INGEST[normal(path)]
    assert (received.source, received.environment, received.endpoint) == ("shop", "production", endpoint.name)
    assert received.rejected == ()
    assert msgspec.json.decode(received.body) == request["body_json"]
    events = [msgspec.json.decode(event) for event in split(received.endpoint, received.body).events]
    assert events == (request["body_json"]["batch"] if endpoint.batch else [request["body_json"]])
    headers = lowered(request)
    assert received.user_agent == headers.get("user-agent", "")
    assert received.origin == headers.get("origin", "")
    assert received.client_side == (endpoint.client_side or "origin" in headers)
    assert received.gpc == (headers.get("sec-gpc") == "1")
    assert received.facts.get("AnonymousId") == headers.get("anonymousid")
    check_cors(reply, request)


def check_other(reply: Reply, method: str, path: str) -> None:
    bare = path.partition("?")[0]
    if method == "OPTIONS":
        assert reply.status == 204
        assert reply.headers["access-control-max-age"] == "7200"
    elif bare in METRICS or bare == "/sourceConfig/" or bare.endswith("/settings"):
        assert reply.status == 200
        assert isinstance(reply.json, dict)
    else:  # the library where none is installed, a token for a client nobody listed: JSON that says what to do
        assert reply.status in (401, 404)
        assert reply.json["success"] is False
        assert reply.json["code"]
        assert reply.json["message"]


def check_cors(reply: Reply, request: dict[str, Any]) -> None:
    origin = lowered(request).get("origin")
    assert reply.headers.get("access-control-allow-origin") == origin
    if origin:
        assert reply.headers["access-control-expose-headers"] == "Retry-After, X-RateLimit-Reset"


def has_key(request: dict[str, Any]) -> bool:
    headers, body = lowered(request), request["body_json"]
    events = body.get("batch", [body])
    return bool("authorization" in headers or "x-write-key" in headers or body.get("writeKey")) or any(
        event.get("writeKey") for event in events
    )


def lowered(request: dict[str, Any]) -> dict[str, str]:
    return {name.lower(): value for name, value in request["headers"]}


def as_bytes(request: dict[str, Any]) -> bytes:
    """The request as it went over the wire; only the length and the body's white space are ours."""
    body = (request["body_text"] or "").encode()
    if request["body_json"] is not None:
        body = msgspec.json.encode(request["body_json"])
    if request["gzipped"]:
        body = gzip.compress(body)
    skipped = {"content-length", "transfer-encoding", "connection"}
    lines = [f"{name}: {value}" for name, value in request["headers"] if name.lower() not in skipped]
    if request["request_line"].startswith("POST"):
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([request["request_line"], *lines, "", ""]).encode() + body
