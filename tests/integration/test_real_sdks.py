"""Segment's own SDKs, only the host changed: every call type arrives at a webhook, field for field."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from segment.analytics.client import Client

from tests.crash.clients import Sink
from tests.crash.engine import Engine, free_port, running, wait_until
from tests.crash.workspace import WRITE_KEY, write_workspace

NODE = Path(__file__).parents[2] / "demo" / "node"
WHEN = "2026-01-15T12:00:00.250Z"
CLOCK_SKEW_MAX = timedelta(seconds=5)  # the way from the SDK counts as skew
CONTEXT = {
    "ip": "203.0.113.7",
    "locale": "de-CH",
    "page": {"url": "https://shop.example/ü?q=1", "title": "Schuhe ✓"},
    "consent": {"categoryPreferences": {"Functional": True}},
}
CALLS: dict[str, dict[str, Any]] = {
    "track": {
        "userId": "u-1",
        "event": "Order Completed",
        "properties": {"order_id": "o-1", "revenue": 19.9, "products": [{"sku": "a", "price": 19.9}], "none": None},
    },
    "identify": {"userId": "u-1", "traits": {"email": "ada@example.com", "name": "Ada Lovelace 💫", "logins": 5}},
    "page": {"anonymousId": "a-1", "name": "Home", "category": "Shop", "properties": {"path": "/"}},
    "screen": {"anonymousId": "a-1", "name": "Start", "category": "App", "properties": {"build": 7}},
    "group": {"userId": "u-1", "groupId": "g-1", "traits": {"employees": 12, "plan": "pro"}},
    "alias": {"userId": "u-1", "previousId": "a-1"},
}


@pytest.fixture(scope="module")
def sink() -> Iterator[Sink]:
    sink = Sink()
    yield sink
    sink.close()


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory, sink: Sink) -> Iterator[Engine]:
    folder = tmp_path_factory.mktemp("engine")
    write_workspace(folder / "workspace", sink.port, ["hook"], trigger='type != ""')
    with running(Engine(folder / "workspace", folder / "data", free_port(), folder / "engine.log")) as engine:
        yield engine


def test_segment_analytics_python_arrives_field_for_field(engine: Engine, sink: Sink) -> None:
    client = Client(WRITE_KEY, host=engine.url, on_error=_fail)
    for type_ in CALLS:
        _call_python(client, type_)
    client.shutdown()
    _check(sink, "python", "analytics-python")


def test_analytics_node_arrives_field_for_field(engine: Engine, sink: Sink) -> None:
    if not (shutil.which("node") and shutil.which("npm")):
        pytest.skip("Node and npm are not installed: apt-get install nodejs npm")
    if not (NODE / "node_modules").exists():
        subprocess.run(["npm", "ci", "--silent", "--no-audit", "--no-fund"], cwd=NODE, check=True, timeout=120)
    lines = "".join(json.dumps(_node_call(type_)) + "\n" for type_ in CALLS)
    done = subprocess.run(
        ["node", "send.mjs", engine.url, WRITE_KEY], cwd=NODE, input=lines, capture_output=True, text=True, timeout=60
    )
    assert json.loads(done.stdout) == {"sent": len(CALLS), "errors": []}, done.stderr
    _check(sink, "node", "@segment/analytics-node")


def _check(sink: Sink, name: str, library: str) -> None:
    wanted = {f"{name}-{type_}" for type_ in CALLS}
    wait_until(lambda: wanted <= sink.events.keys(), 20, f"{wanted} at the sink (there: {set(sink.events)})")
    for type_, call in CALLS.items():
        event = sink.events[f"{name}-{type_}"]
        assert event["type"] == type_
        assert abs(datetime.fromisoformat(event["timestamp"]) - datetime.fromisoformat(WHEN)) < CLOCK_SKEW_MAX, event
        assert datetime.fromisoformat(event["originalTimestamp"]) == datetime.fromisoformat(WHEN)
        for field, value in call.items():
            assert event[field] == value or _holds(event[field], value), (field, event)
        for field, value in CONTEXT.items():
            assert event["context"][field] == value, (field, event)
        assert event["context"]["library"]["name"] == library
        assert event["receivedAt"] >= event["timestamp"]
        assert "writeKey" not in event


def _holds(found: object, sent: object) -> bool:
    """SDKs may add to an object (a page's name in its properties); what was sent must still be there."""
    return isinstance(found, dict) and isinstance(sent, dict) and sent.items() <= found.items()


def _call_python(client: Client, type_: str) -> None:
    call = CALLS[type_]
    common = {
        "user_id": call.get("userId"),
        "context": dict(CONTEXT),
        "timestamp": datetime.fromisoformat(WHEN).astimezone(UTC),
        "message_id": f"python-{type_}",
    }
    if type_ != "alias":
        common["anonymous_id"] = call.get("anonymousId")
    names = {"properties": "properties", "traits": "traits", "event": "event", "name": "name", "category": "category"}
    names |= {"groupId": "group_id", "previousId": "previous_id"}
    getattr(client, type_)(**{names[field]: value for field, value in call.items() if field in names}, **common)


def _node_call(type_: str) -> dict[str, Any]:
    return {"type": type_, "messageId": f"node-{type_}", "timestamp": WHEN, "context": CONTEXT, **CALLS[type_]}


def _fail(error: Exception, batch: object) -> None:
    raise error
