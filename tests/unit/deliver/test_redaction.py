"""Secrets and people's data are planted, everything that can fail fails, and everything written is searched."""

import asyncio
import contextlib
import io
import random
from pathlib import Path

import structlog
from prometheus_client import generate_latest
from tests.unit.deliver.world import Sink, World, body, event, rows_in, webhook, workspace

from trackyard.kit.request import Response
from trackyard.model.event import Decided
from trackyard.pipeline.deliver.ledger import SegmentLedger
from trackyard.pipeline.deliver.redaction import fit_to_tell
from trackyard.pipeline.deliver.shadow import ShadowFiles
from trackyard.pipeline.deliver.transport import NoResponse, Wire
from trackyard.store.deliveries_sqlite import SqliteDeliveries

SECRET = "s3cr3t-in-settings"
TOKEN_IN_URL = "T0KEN-in-the-path"
EMAIL = "jane.doe@example.com"
PHONE = "+14155552671"


def failing(sink: Sink, wire: Wire) -> Response | NoResponse:
    number = rows_in(wire)[0]["properties"]["number"]
    echo = wire.body + SECRET.encode()
    answers = [
        Response(status=200),
        Response(status=400, body=echo),
        Response(status=503, body=echo),
        Response(status=302, headers={"location": wire.url}),
        NoResponse("ClientPayloadError with sink.example", may_have_arrived=True),
        Response(status=404, body=echo),
    ]
    return answers[number % len(answers)] if random.Random(len(sink.requests)).random() < 0.7 else answers[0]


def test_nothing_secret_and_nobody_is_in_what_is_written(tmp_path: Path) -> None:
    written = io.StringIO()
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(written), cache_logger_on_first_use=False)

    settings = {"sharedSecret": "${env:TOKEN}"}
    url = f"https://sink.example/{TOKEN_IN_URL}"
    odd = {"method": {"@path": "$.properties.email"}}
    world = World(
        workspace(
            hook=webhook(mapping={"url": url}, settings=settings),
            shadow=webhook(settings={**settings, "url": url}, mapping={"url": None}, mode="shadow"),
            odd=webhook(mapping=odd),
        ),
        Sink(failing),
    )
    world.environ["TOKEN"] = SECRET
    world.deliveries = SqliteDeliveries(tmp_path / "deliveries.db", writer=True)  # type: ignore[assignment]
    world.ledger = SegmentLedger(tmp_path / "ledger")  # type: ignore[assignment]
    world.shadow = ShadowFiles(tmp_path / "shadow")  # type: ignore[assignment]
    events = [event(f"m-{number}") for number in range(1, 61)]
    world.events.add(events, [personal(each, number) for number, each in enumerate(events)], 1, world.clock.now())

    async def story() -> None:
        world.start(look_seconds=5)
        await world.clock.pass_seconds(4000)
        await world.end()

    with contextlib.redirect_stdout(written), contextlib.redirect_stderr(written):
        asyncio.run(story())
    structlog.reset_defaults()
    world.deliveries.close()
    kept = {str(path): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    kept["logs"] = written.getvalue().encode()
    kept["metrics"] = generate_latest()
    assert any(b"HTTP 400" in content for content in kept.values())
    for name, content in kept.items():
        for planted in (SECRET, TOKEN_IN_URL):
            assert planted.encode() not in content, name
        if "shadow" not in name:  # there the exact request is what is wanted
            for planted in (EMAIL, PHONE, "Jane"):
                assert planted.encode() not in content, name


def personal(decided: Decided, number: int) -> bytes:
    plain = body(decided, number)
    return plain.replace(
        b'"properties":{', f'"properties":{{"email":"{EMAIL}","phone":"{PHONE}","name":"Jane",'.encode()
    )


def test_a_reason_from_elsewhere_is_masked_before_it_is_told() -> None:
    reason = f"invalid user {EMAIL} or {PHONE}, key {SECRET} refused (HTTP 400)"
    assert fit_to_tell(reason, [SECRET]) == "invalid user ••• or •••, key ••• refused (HTTP 400)"
