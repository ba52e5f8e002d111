"""A whole engine and Google's token endpoint in the sandbox: first token, a refusal, a bad grant, recovery."""

import asyncio
import json
import random
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner

from tests.crash.engine import Engine, free_port, running, wait_until
from tests.integration.test_rehearsal import WRITE_KEY, google_ads, order, post, sandbox_running, with_click_ids
from tests.unit.deliver.world import MemoryEvents, MemoryRevisions, event
from trackyard.cli.main import main
from trackyard.destinations import catalogue
from trackyard.model.workspace import Source, Workspace
from trackyard.pipeline.deliver.clock import SystemClock
from trackyard.pipeline.deliver.engine import Deliverer, InTurn
from trackyard.pipeline.deliver.ledger import MemoryLedger
from trackyard.pipeline.deliver.shadow import ShadowList
from trackyard.pipeline.deliver.transport import HttpTransport
from trackyard.sandbox.script import Rule, When
from trackyard.sandbox.server import Sandbox
from trackyard.store.deliveries_memory import MemoryDeliveries
from trackyard.store.secrets import Secrets
from trackyard.store.tokens import TokenFiles

SECONDS_MAX = 40.0
SECRETS = ("client-secret-7531", "refresh-token-2468", "ya29.sandbox-")
FILES = {
    "trackyard.yaml": "name: OAuth\n",
    "sources/shop.yaml": f"""
kind: server
name: Shop
write_keys: {{production: [{WRITE_KEY}]}}
no_decision: {{default: [functional, analytics, ads_user_data]}}
""",
    "destinations/ads.yaml": """
destination: google-enhanced-conversions
purposes: [ads_user_data]
settings:
  customerId: 123-456-7890
  developerToken: ${secret:developer}
  oauth_client_id: app
  oauth_client_secret: ${secret:client}
  oauth_refresh_token: ${secret:refresh}
subscriptions:
  - action: uploadClickConversion
    trigger: event = "Order Completed"
    mapping: {conversion_action: 998877, wbraid: {"@path": "$.properties.wbraid"}}
""",
}


def prepare(place: Path) -> None:
    for name, text in FILES.items():
        path = place / "workspace" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    for name, text in {"developer": "dev-1", "client": SECRETS[0], "refresh": SECRETS[1]}.items():
        write_secret(place, name, text)


def write_secret(place: Path, name: str, text: str) -> None:
    path = place / "data" / "secrets" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o600)


def send(engine: Engine, number: int) -> None:
    one = order(number)
    post(engine.url, [{**one, "properties": {**one["properties"], "wbraid": f"b-{number}"}}])


def effects(box: Sandbox) -> int:
    return int(box.book.summary()["effects"])


def answers(box: Sandbox, connection: str) -> dict[str, int]:
    found = box.book.summary()["connections"].get(f"google-enhanced-conversions/{connection}", {})
    return dict(found.get("answers", {}))


def command(place: Path, *arguments: str) -> tuple[int, Any]:
    result = CliRunner().invoke(main, [*arguments, "--data", str(place / "data"), "--json"])
    return result.exit_code, json.loads(result.stdout)


def the_lane(place: Path) -> dict[str, Any]:
    return dict(command(place, "lanes")[1][0])


def test_tokens_are_got_replaced_and_missed_with_a_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prepare(tmp_path)
    refusal = Rule(When(connection="1234567890", requests=(2, 2)), status=401)
    with sandbox_running(refusal) as (box, url):
        monkeypatch.setenv("TRACKYARD_REHEARSE_AT", url)
        engine = Engine(tmp_path / "workspace", tmp_path / "data", free_port(), tmp_path / "engine.log")
        with running(engine):
            send(engine, 1)
            wait_until(lambda: effects(box) == 1, SECONDS_MAX, f"first token: {box.book.summary()}")
            send(engine, 2)
            wait_until(lambda: effects(box) == 2, SECONDS_MAX, f"a new one after 401: {box.book.summary()}")
            assert answers(box, "tokens") == {"200": 2}
            assert answers(box, "1234567890") == {"200": 2, "401": 1}
            code, [standing] = command(tmp_path, "connections", "auth", "ads")
            assert (code, standing["state"]) == (0, "good") and standing["until"] > time.time() * 1000
        assert "token" not in json.dumps(standing)

        write_secret(tmp_path, "refresh", "revoked")
        with running(engine):
            send(engine, 3)
            wait_until(lambda: the_lane(tmp_path)["state"] == "auth", SECONDS_MAX, f"auth: {the_lane(tmp_path)}")
            assert "invalid_grant" in the_lane(tmp_path)["reason"] and effects(box) == 2
            code, [standing] = command(tmp_path, "connections", "auth", "ads", "--check")
            assert (code, standing["state"]) == (1, "refused") and "invalid_grant" in standing["reason"]
            _, found = command(tmp_path, "doctor")
            [told] = [one for one in found["checks"] if one["check"] == "access tokens"]
            assert told["level"] == "error" and "ads" in told["found"] and "invalid_grant" in told["found"]

            write_secret(tmp_path, "refresh", SECRETS[1])
            wait_until(lambda: effects(box) == 3, SECONDS_MAX, f"recovery: {the_lane(tmp_path)}")
            wait_until(lambda: the_lane(tmp_path)["state"] == "running", SECONDS_MAX, "the lane runs")
            assert command(tmp_path, "connections", "auth", "--check")[0] == 0
    nothing_in_clear(tmp_path)


class Shifted(SystemClock):
    """The machine's time, ahead by what a test says."""

    ahead = 0.0

    def now(self) -> float:
        return time.time() + self.ahead


def test_a_token_is_renewed_before_its_hour_is_over(tmp_path: Path) -> None:
    source = Source(
        name="Shop", kind="server", write_keys={"production": ["k"]}, no_decision={"default": ["functional"]}
    )
    connection = google_ads()
    renewing = {"oauth_client_id": "app", "oauth_client_secret": "s", "oauth_refresh_token": "r"}
    connection.settings = {"customerId": "1234567890", "developerToken": "d", **renewing}
    workspace = Workspace(name="test", sources={"shop": source}, connections={"ads": connection})
    events, clock = MemoryEvents(), Shifted()

    def happens(number: int) -> None:
        at = clock.now()
        events.add([event(f"m-{number}", at=at)], [msgspec.json.encode(with_click_ids(order(number)))], 1, at)

    async def deliver(box: Sandbox, url: str) -> None:
        stop = asyncio.Event()
        deliverer = Deliverer(
            events, MemoryDeliveries(), MemoryLedger(), MemoryRevisions(workspace), catalogue(),
            HttpTransport(rehearse_at=url), ShadowList(), Secrets(None, {}), clock, random.Random(1), InTurn(),
            tokens=TokenFiles(tmp_path / "oauth", tmp_path / "oauth.key"),
        )  # fmt: skip
        task = asyncio.create_task(deliverer.run(stop))
        for number, hours in enumerate((0, 0.8, 0.95, 3), 1):
            clock.ahead = hours * 3600
            happens(number)
            deadline = time.monotonic() + SECONDS_MAX
            while effects(box) < number:
                assert time.monotonic() < deadline, box.book.summary()
                await asyncio.sleep(0.02)  # the sandbox is on another thread and rings no bell
        stop.set()
        await task

    with sandbox_running(now=clock.now) as (box, url):
        asyncio.run(deliver(box, url))
    assert answers(box, "tokens") == {"200": 3}, "not at 0.8 hours, before the end at 0.95, and after it"
    assert answers(box, "1234567890") == {"200": 4}, "nothing was refused"


def nothing_in_clear(place: Path) -> None:
    files = [path for path in place.rglob("*") if path.is_file() and path.parent != place / "data" / "secrets"]
    assert place / "data" / "oauth" / "ads.token" in files and place / "engine.log" in files
    for path in files:
        content = path.read_bytes()
        assert not [secret for secret in SECRETS if secret.encode() in content], path
