"""The real @segment/analytics-node, only its host changed: every call type arrives, field for field.

Needs Node and the packages of demo/node (`npm ci` there).
"""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.integration.collect_support import RunningDoor, revision, running_door, source
from trackyard.sources.segment.envelope import split

PROGRAM = Path(__file__).parent.parent.parent / "demo" / "node"
NODE = shutil.which("node")
pytestmark = pytest.mark.skipif(
    NODE is None or not (PROGRAM / "node_modules" / "@segment" / "analytics-node").exists(),
    reason="needs Node and `npm ci` in demo/node",
)
COMMON: dict[str, Any] = {
    "userId": "u1",
    "anonymousId": "a1",
    "messageId": "m-1",
    "timestamp": "2026-11-21T12:00:00.123Z",
    "context": {"ip": "198.51.100.7", "page": {"path": "/ä"}},
    "integrations": {"All": False, "Webhook": True},
}
EVENTS: list[dict[str, Any]] = [
    {
        **COMMON,
        "type": "track",
        "event": "Order Completed ✓",
        "properties": {"revenue": 9.5, "products": [{"sku": "A"}]},
    },
    {**COMMON, "type": "identify", "traits": {"email": "anna@example.com", "age": 30, "no": None}},
    {**COMMON, "type": "page", "category": "Docs", "name": "Start", "properties": {"url": "https://x"}},
    {**COMMON, "type": "screen", "category": "Shop", "name": "Cart", "properties": {"items": 2}},
    {**COMMON, "type": "group", "groupId": "g1", "traits": {"plan": "pro"}},
    {**COMMON, "type": "alias", "previousId": "old"},
]


def sent_by_node(door: RunningDoor, events: list[dict[str, Any]], key: str = "WK") -> dict[str, Any]:
    assert NODE is not None
    done = subprocess.run(
        [NODE, "send.mjs", f"http://127.0.0.1:{door.port}", key],
        cwd=PROGRAM,
        input="\n".join(map(json.dumps, events)),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def test_every_call_arrives_field_for_field(tmp_path: Path) -> None:
    with running_door(tmp_path, revision(1, shop=source("WK"))) as door:
        assert sent_by_node(door, EVENTS) == {"sent": len(EVENTS), "errors": []}
        stored = [
            msgspec.json.decode(event)
            for received in door.received()
            for event in split(received.endpoint, received.body).events
        ]
    assert [event["type"] for event in stored] == [event["type"] for event in EVENTS]
    for event, sent in zip(stored, EVENTS, strict=True):
        assert event["context"].pop("library")["name"] == "@segment/analytics-node"
        if sent["type"] in ("page", "screen"):  # the SDK repeats name and category there
            event["properties"] = {name: event["properties"][name] for name in sent["properties"]}
        assert {name: event[name] for name in sent if name in event} == {
            name: sent[name] for name in sent if name in event
        }
        assert set(sent) - set(event) <= {"anonymousId"}  # not part of the SDK's alias call


def test_a_refused_key_is_told_and_not_tried_again(tmp_path: Path) -> None:
    with running_door(tmp_path, revision(1, shop=source("WK"))) as door:
        answer = sent_by_node(door, EVENTS[:1], "unknown")
        assert len(answer["errors"]) == 1
        assert "401" in answer["errors"][0]
