"""A whole engine rehearses against the strict sandbox: one bad row in a thousand loses only itself, everywhere."""

import asyncio
import base64
import random
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.crash.engine import Engine, free_port, running, wait_until
from tests.unit.deliver.world import MemoryEvents, MemoryRevisions, event
from trackyard.destinations import catalogue
from trackyard.kit import sample_events
from trackyard.model.workspace import Connection, Source, Subscription, Workspace
from trackyard.pipeline.deliver.clock import SystemClock
from trackyard.pipeline.deliver.engine import Deliverer, InTurn
from trackyard.pipeline.deliver.ledger import MemoryLedger
from trackyard.pipeline.deliver.shadow import ShadowList
from trackyard.pipeline.deliver.transport import HttpTransport
from trackyard.sandbox.book import Book
from trackyard.sandbox.partners import find_partners
from trackyard.sandbox.script import Rule, Script, When
from trackyard.sandbox.server import Sandbox, address, start
from trackyard.store.deliveries_memory import MemoryDeliveries
from trackyard.store.secrets import Secrets

EVENTS, BAD = 1_000, 617
SECONDS_MAX = 60.0
WRITE_KEY = "rehearsal-key"
FILES = {
    "trackyard.yaml": "name: Rehearsal\n",
    "sources/shop.yaml": f"""
kind: server
name: Shop
write_keys: {{production: [{WRITE_KEY}]}}
no_decision: {{default: [functional, analytics, ads_user_data]}}
""",
    "destinations/meta.yaml": """
destination: facebook-conversions-api
purposes: [ads_user_data]
settings: {pixelId: "1234567890", accessToken: "${env:REHEARSAL_ACCESSTOKEN:-token-1}"}
subscriptions:
  - {action: purchase, trigger: 'event = "Order Completed"'}
""",
    "destinations/tiktok.yaml": """
destination: tiktok-conversions
purposes: [ads_user_data]
settings: {pixelCode: PIXEL1, accessToken: "${env:REHEARSAL_ACCESSTOKEN:-token-1}"}
subscriptions:
  - action: reportWebEvent
    trigger: event = "Order Completed"
    mapping: {event: Purchase, currency: {"@path": "$.properties.currency_of_the_value"}}
""",
    "destinations/ga4.yaml": """
destination: google-analytics-4
purposes: [analytics]
settings: {measurementId: G-1, apiSecret: "${env:REHEARSAL_APISECRET:-secret-1}"}
subscriptions:
  - action: purchase
    trigger: event = "Order Completed"
    mapping: {params: {note: {"@path": "$.properties.note"}}}
""",
    "destinations/customerio.yaml": """
destination: customerio
purposes: [functional]
settings: {siteId: "${env:REHEARSAL_SITEID:-site-1}", apiKey: "${env:REHEARSAL_APIKEY:-key-1}"}
subscriptions:
  - action: trackEvent
    trigger: event = "Order Completed"
    mapping: {timestamp: {"@path": "$.properties.at"}}
""",
}


def order(number: int) -> dict[str, Any]:
    """One in a thousand has what each platform refuses and our own checks let pass."""
    bad = number == BAD
    properties = {
        **sample_events.ORDER_COMPLETED["properties"],
        "order_id": f"o-{number}",
        "currency_of_the_value": None if bad else "EUR",
        "fbc": "only-a-click-id" if bad else "fb.1.1767225600000.IwAR0",
        "note": "x" * (101 if bad else 10),
        "at": "soon" if bad else "2026-01-15T11:30:15Z",
    }
    now = datetime.now(UTC).isoformat()
    return {**sample_events.ORDER_COMPLETED, "messageId": f"m-{number}", "timestamp": now, "properties": properties}


@contextmanager
def sandbox_running(*rules: Rule, now: Callable[[], float] = time.time) -> Iterator[tuple[Sandbox, str]]:
    """A sandbox on a thread of its own, and where it listens."""
    box = Sandbox(find_partners(), Book(), Script(rules), now)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    server = asyncio.run_coroutine_threadsafe(start(box, "127.0.0.1", 0), loop).result(10)
    try:
        yield box, address(server)
    finally:
        loop.call_soon_threadsafe(server.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


def write_workspace(directory: Path) -> Path:
    for name, text in FILES.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return directory


def post(url: str, batch: list[dict[str, Any]]) -> None:
    key = base64.b64encode(f"{WRITE_KEY}:".encode()).decode()
    headers = {"authorization": f"Basic {key}", "content-type": "application/json"}
    body = msgspec.json.encode({"batch": batch})
    with urllib.request.urlopen(urllib.request.Request(f"{url}/v1/batch", body, headers), timeout=20) as answer:
        assert answer.status == 200


def counted(box: Sandbox) -> dict[str, dict[str, Any]]:
    return dict(box.book.summary()["connections"])


def test_one_bad_row_in_a_thousand_loses_only_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace = write_workspace(tmp_path / "workspace")
    names = {
        "facebook-conversions-api/1234567890",
        "tiktok-conversions/PIXEL1",
        "google-analytics-4/G-1",
        "customerio/site-1",
    }
    with sandbox_running() as (box, url):
        monkeypatch.setenv("TRACKYARD_REHEARSE_AT", url)
        engine = Engine(workspace, tmp_path / "data", free_port(), tmp_path / "engine.log")
        with running(engine):
            for begin in range(0, EVENTS, 250):
                post(engine.url, [order(number) for number in range(begin, begin + 250)])

            def is_done() -> bool:
                now = counted(box)
                return now.keys() >= names and all(
                    now[name]["effects"] >= EVENTS - 1 and now[name]["refused"] for name in names
                )

            wait_until(is_done, SECONDS_MAX, f"999 effects each, {counted(box)}\n{engine.errors()[-2000:]}")
    found = counted(box)
    assert found.keys() == names, "nothing else was asked"
    for name in names:
        assert (found[name]["effects"], found[name]["repeats"]) == (EVENTS - 1, 0), (name, found[name])
    meta = found["facebook-conversions-api/1234567890"]
    assert 2 <= meta["requests"] <= 60 and meta["answers"]["400"] <= 11, "halved, not sent one by one"
    assert found["tiktok-conversions/PIXEL1"]["refused"] == 1 and found["customerio/site-1"]["refused"] == 1
    assert found["google-analytics-4/G-1"]["answers"] == {"204": EVENTS}


def google_ads() -> Connection:
    mapping = {
        "conversion_action": 998877,
        "gbraid": {"@path": "$.properties.gbraid"},
        "wbraid": {"@path": "$.properties.wbraid"},
        "enable_batching": True,
    }
    subscription = Subscription(action="uploadClickConversion", trigger='type = "track"', mapping=mapping)
    return Connection(
        destination="google-enhanced-conversions",
        purposes=["functional"],
        settings={"customerId": "123-456-7890", "developerToken": "token-1", "oauth_access_token": "access-token-1"},
        subscriptions=[subscription],
    )


def test_a_thousand_orders_reach_google_ads_but_one_and_an_outage_costs_none(tmp_path: Path) -> None:
    source = Source(
        name="Shop", kind="server", write_keys={"production": ["k"]}, no_decision={"default": ["functional"]}
    )
    workspace = Workspace(name="test", sources={"shop": source}, connections={"ads": google_ads()})
    events, now = MemoryEvents(), time.time()
    for begin in range(0, EVENTS, 500):
        decided = [event(f"m-{number}", at=now) for number in range(begin, begin + 500)]
        bodies = [msgspec.json.encode(with_click_ids(order(number))) for number in range(begin, begin + 500)]
        events.add(decided, bodies, 1, now)
    ledger = MemoryLedger()

    async def deliver(box: Sandbox, url: str) -> None:
        stop = asyncio.Event()
        deliverer = Deliverer(
            events, MemoryDeliveries(), ledger, MemoryRevisions(workspace), catalogue(),
            HttpTransport(rehearse_at=url), ShadowList(), Secrets(tmp_path, {}), SystemClock(),
            random.Random(1), InTurn(),
        )  # fmt: skip
        task = asyncio.create_task(deliverer.run(stop))
        deadline = time.monotonic() + SECONDS_MAX
        while box.book.summary()["effects"] < EVENTS - 1 or sum(len(one.message_id) for one in ledger.entries) < EVENTS:
            assert time.monotonic() < deadline, box.book.summary()
            await asyncio.sleep(0.02)  # the sandbox is on another thread and rings no bell
        stop.set()
        await task

    with sandbox_running(Rule(When(requests=(1, 1)), status=503)) as (box, url):
        asyncio.run(deliver(box, url))
    [found] = counted(box).values()
    assert (found["effects"], found["repeats"]) == (EVENTS - 1, 0)
    assert found["reasons"] == {"script: HTTP 503": 1, "GBRAID_WBRAID_BOTH_SET": 1}
    dead = [entry for entry in ledger.entries if entry.outcome == "dead"]
    assert [entry.message_id for entry in dead] == [[f"m-{BAD}"]] and "GBRAID_WBRAID_BOTH_SET" in dead[0].reason


def with_click_ids(body: dict[str, Any]) -> dict[str, Any]:
    braids = {"gbraid": "a", "wbraid": "b"} if body["messageId"] == f"m-{BAD}" else {"wbraid": "b"}
    return {**body, "properties": {**body["properties"], **braids}}


class FastClock(SystemClock):
    """Minutes pass as seconds: what is asked for after a minute is asked for soon."""

    def __init__(self) -> None:
        self._begun, self._at = time.monotonic(), time.time()

    def now(self) -> float:
        return self._at + 60 * (time.monotonic() - self._begun)

    async def wait(self, event: asyncio.Event, seconds: float) -> bool:
        return await super().wait(event, seconds / 60)


@pytest.mark.parametrize(("consent", "outcome"), [("CONSENT_GRANTED", "delivered"), ("CONSENT_DENIED", "dead")])
def test_the_data_manager_is_asked_what_became_of_its_requests(tmp_path: Path, consent: str, outcome: str) -> None:
    ads = google_ads()
    mapping = {
        "conversion_action": "998877",
        "transaction_id": {"@path": "$.properties.order_id"},
        "ad_user_data": consent,
        "event_timestamp": {"@path": "$.timestamp"},
    }
    ads.subscriptions = [Subscription(action="ingestEvent", trigger='type = "track"', mapping=mapping)]
    source = Source(
        name="Shop", kind="server", write_keys={"production": ["k"]}, no_decision={"default": ["functional"]}
    )
    workspace = Workspace(name="test", sources={"shop": source}, connections={"ads": ads})
    events, now, ledger, deliveries = MemoryEvents(), time.time(), MemoryLedger(), MemoryDeliveries()
    decided = [event(f"m-{number}", at=now) for number in range(5)]
    events.add(decided, [msgspec.json.encode(order(number)) for number in range(5)], 1, now)

    async def deliver(url: str) -> None:
        stop = asyncio.Event()
        deliverer = Deliverer(
            events, deliveries, ledger, MemoryRevisions(workspace), catalogue(),
            HttpTransport(rehearse_at=url), ShadowList(), Secrets(tmp_path, {}), FastClock(),
            random.Random(1), InTurn(),
        )  # fmt: skip
        task = asyncio.create_task(deliverer.run(stop))
        deadline = time.monotonic() + SECONDS_MAX
        while outcome not in {entry.outcome for entry in ledger.entries}:
            assert time.monotonic() < deadline, ledger.entries
            await asyncio.sleep(0.02)
        stop.set()
        await task

    with sandbox_running() as (_, url):
        asyncio.run(deliver(url))
    assert [(entry.outcome, len(entry.message_id)) for entry in ledger.entries] == [("accepted", 5), (outcome, 5)]
    assert deliveries.parked("ads") == []
    assert all("DENIED_CONSENT" in dead.reason for dead in deliveries.dead())
