"""The real segment-analytics-python, only its host changed: every call type arrives, field for field."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from segment.analytics.client import Client

from tests.integration.collect_support import RunningDoor, revision, running_door, source
from trackyard.sources.segment.envelope import split

WHEN = datetime(2026, 11, 21, 12, 0, 0, 123000, tzinfo=UTC)
COMMON: dict[str, Any] = {
    "context": {"ip": "198.51.100.7", "page": {"path": "/ä"}},
    "timestamp": WHEN,
    "anonymous_id": "a1",
    "integrations": {"All": False, "Webhook": True},
    "message_id": "m-1",
}
STORED = {
    "userId": "u1",
    "anonymousId": "a1",
    "messageId": "m-1",
    "timestamp": "2026-11-21T12:00:00.123+00:00",
    "integrations": {"All": False, "Webhook": True},
}
CALLS: dict[str, tuple[Callable[[Client], Any], dict[str, Any]]] = {
    "identify": (
        lambda client: client.identify("u1", {"email": "anna@example.com", "age": 30, "no": None}, **COMMON),
        {"traits": {"email": "anna@example.com", "age": 30, "no": None}},
    ),
    "track": (
        lambda client: client.track("u1", "Order Completed ✓", {"revenue": 9.5, "products": [{"sku": "A"}]}, **COMMON),
        {"event": "Order Completed ✓", "properties": {"revenue": 9.5, "products": [{"sku": "A"}]}},
    ),
    "page": (
        lambda client: client.page("u1", "Docs", "Start", {"url": "https://x"}, **COMMON),
        {"category": "Docs", "name": "Start", "properties": {"url": "https://x"}},
    ),
    "screen": (
        lambda client: client.screen("u1", "Shop", "Cart", {"items": 2}, **COMMON),
        {"category": "Shop", "name": "Cart", "properties": {"items": 2}},
    ),
    "group": (
        lambda client: client.group("u1", "g1", {"plan": "pro"}, **COMMON),
        {"groupId": "g1", "traits": {"plan": "pro"}},
    ),
}


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDoor]:
    with running_door(tmp_path_factory.mktemp("sdk"), revision(1, shop=source("WK"))) as running:
        yield running


def stored(door: RunningDoor, after: int) -> list[dict[str, Any]]:
    return [
        msgspec.json.decode(event)
        for received in door.received(after)
        for event in split(received.endpoint, received.body).events
    ]


def client(door: RunningDoor, errors: list[object], **options: Any) -> Client:
    host = f"http://127.0.0.1:{door.port}"
    return Client(
        "WK",
        host=host,
        on_error=lambda error, batch: errors.append(error),
        max_retries=1,
        upload_interval=0.05,
        **options,
    )


@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize("kind", CALLS)
def test_every_call_arrives_field_for_field(door: RunningDoor, kind: str, compressed: bool) -> None:
    errors: list[object] = []
    before = door.log.bounds()[1]
    sdk = client(door, errors, gzip=compressed)
    call, fields = CALLS[kind]
    call(sdk)
    sdk.shutdown()
    (event,) = stored(door, before)
    assert errors == []
    assert {name: event[name] for name in STORED} == STORED
    assert {name: event[name] for name in fields} == fields
    assert event["type"] == kind
    assert event["context"]["ip"] == "198.51.100.7"
    assert event["context"]["page"] == {"path": "/ä"}
    assert event["context"]["library"]["name"] == "analytics-python"


def test_an_alias_arrives(door: RunningDoor) -> None:
    errors: list[object] = []
    before = door.log.bounds()[1]
    sdk = client(door, errors)
    sdk.alias("old", "new")
    sdk.shutdown()
    (event,) = stored(door, before)
    assert (errors, event["type"], event["previousId"], event["userId"]) == ([], "alias", "old", "new")


def test_a_thousand_events_arrive_once_and_in_order(door: RunningDoor) -> None:
    errors: list[object] = []
    before = door.log.bounds()[1]
    sdk = client(door, errors)
    for number in range(1000):
        sdk.track("u1", "Counted", {"number": number})
    sdk.shutdown()
    assert errors == []
    assert [event["properties"]["number"] for event in stored(door, before)] == list(range(1000))


def test_the_sdks_own_oauth_gets_a_token_and_sends_with_it(tmp_path: Path) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    errors: list[Any] = []
    closed = source("WK", oauth_clients={"app": {"key-1": public}})
    with running_door(tmp_path, revision(1, shop=closed)) as door:
        address = f"http://127.0.0.1:{door.port}"
        named = {"oauth_client_id": "app", "oauth_key_id": "key-1", "oauth_auth_server": address}
        sdk = client(door, errors, oauth_client_key=private, **named)
        sdk.track("u1", "Signed")
        sdk.shutdown()
        assert (errors, [event["event"] for event in stored(door, 0)]) == ([], ["Signed"])
        plain = client(door, errors)
        plain.track("u1", "Unsigned")
        plain.shutdown()
        assert [error.status for error in errors] == [401]


def test_a_refused_key_is_not_tried_again(door: RunningDoor) -> None:
    errors: list[Any] = []
    sdk = client(door, errors)
    sdk.write_key = "unknown"
    for consumer in sdk.consumers:
        consumer.write_key = "unknown"
    sdk.track("u1", "Lost")
    sdk.shutdown()
    assert [error.status for error in errors] == [401]
    assert "not listed by any source" in str(errors[0])
