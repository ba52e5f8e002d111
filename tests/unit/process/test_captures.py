"""Requests of real clients become the events they sent, completed and on the right channel."""

import gzip
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.unit.process.small_engine import NOON, Engine, workspace

from trackyard.model.event import rfc3339
from trackyard.sources.segment.endpoints import INGEST, normal

GOLDEN = Path(__file__).parents[2] / "golden" / "captures" / "captures.jsonl.gz"
CAPTURES = [msgspec.json.decode(line) for line in gzip.decompress(GOLDEN.read_bytes()).splitlines()]
CORRECTED = {"timestamp", "originalTimestamp", "sentAt", "writeKey", "context", "integrations", "traits", "type"}


@pytest.mark.parametrize("capture", CAPTURES, ids=lambda capture: capture["file"].removesuffix(".json"))
def test_recorded_requests_become_the_events_that_were_sent(
    make_engine: Callable[..., Engine], capture: dict[str, Any]
) -> None:
    sent: dict[str, tuple[Mapping[str, Any], dict[str, str]]] = {}
    engine = make_engine(workspace(duplicate_window_hours=24))
    for request in capture["requests"]:
        method, path, _ = request["request_line"].split(" ")
        endpoint = INGEST.get(normal(path))
        if method == "POST" and endpoint and request["body_json"]:
            headers = {name.lower(): value for name, value in request["headers"]}
            receive(engine, endpoint.name, endpoint.client_side or "origin" in headers, headers, request["body_json"])
            events = request["body_json"]["batch"] if endpoint.batch else [request["body_json"]]
            for event in events:
                sent.setdefault(event["messageId"], (event, headers))

    assert engine.asides("rejected", "quarantined", "blocked") == []
    found = {event["messageId"]: event for event in engine.events()}
    assert found.keys() == sent.keys()
    for message_id, (event, _) in sent.items():
        check(event, found[message_id])
    for header in engine.headers():
        browser = sent[header.message_id][1].get("user-agent", "").startswith("Mozilla")
        assert header.channel == ("browser" if browser else "server")
        assert header.user_id or header.anonymous_id


def receive(engine: Engine, endpoint: str, client_side: bool, headers: dict[str, str], body: Any) -> None:
    engine.receive(
        msgspec.json.encode(body),
        endpoint=endpoint,
        source="web" if client_side else "shop",
        client_side=client_side,
        ip="203.0.113.9",
        user_agent=headers.get("user-agent", ""),
        origin=headers.get("origin", ""),
        facts={name: headers[name.lower()] for name in ("AnonymousId", "SentAt") if name.lower() in headers},
    )


def check(sent: Mapping[str, Any], found: Mapping[str, Any]) -> None:
    for name, value in sent.items():
        if name not in CORRECTED:
            assert found[name] == value, name
    for name, value in (sent.get("context") or {}).items():
        assert found["context"][name] == value, name
    assert {**found.get("integrations", {}), **sent.get("integrations", {})} == found.get("integrations", {})
    assert (found["version"], found["receivedAt"]) == (2, rfc3339(NOON))
    assert "writeKey" not in found
    if sent.get("traits"):
        assert found["traits"] == sent["traits"]
