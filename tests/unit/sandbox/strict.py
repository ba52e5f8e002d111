"""Sends what an action makes to a sandbox without a socket, as a rehearsing lane would."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from trackyard.destinations import catalogue
from trackyard.kit.action import Action, Destination, Example
from trackyard.kit.fields import compile_payload, fields_of
from trackyard.kit.mapping import compile_mapping
from trackyard.kit.outcome import Outcome
from trackyard.kit.request import Request, Response
from trackyard.pipeline.deliver.transport import rehearsed, wire
from trackyard.sandbox.book import Book
from trackyard.sandbox.partners import find_partners
from trackyard.sandbox.script import Rule, Script
from trackyard.sandbox.server import Sandbox

NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)  # half an hour after the sample events
TOKEN = "access-token-1"  # the lane adds it for destinations with OAuth
STRICT = [slug for slug, partner in find_partners().items() if partner.is_strict]


def sandbox(now: datetime = NOW, rules: Sequence[Rule] = ()) -> Sandbox:
    return Sandbox(find_partners(), Book(1_000), Script(rules), now.timestamp)


def respond(box: Sandbox, request: Request, token: str = TOKEN) -> Response:
    """The sandbox's answer to `request`, sent to the address a rehearsal would use."""
    ready = wire(request)
    target = rehearsed(ready.url, "http://sandbox").removeprefix("http://sandbox")
    headers = {"authorization": f"Bearer {token}", **ready.headers}
    raw = tuple((name.encode(), value.encode()) for name, value in headers.items())
    answer = box.decide(ready.method, target, raw, ready.body).answer
    return Response(status=answer.status, body=answer.body)


def rows_of(action: Action, events: Sequence[Mapping[str, Any]], mapping: Mapping[str, Any]) -> list[Any]:
    """The payloads of `events`, with the action's defaults for what `mapping` does not say."""
    defaults = {name: field["default"] for name, field in fields_of(action.payload).items() if "default" in field}
    mapped = compile_mapping({**action.always, **defaults, **mapping})
    payload = compile_payload(action.payload)
    return [payload(mapped(dict(event)), batch=len(events) > 1) for event in events]


def send(
    box: Sandbox,
    destination: Destination,
    action: Action,
    rows: Sequence[Any],
    settings: Mapping[str, Any],
    *,
    token: str = TOKEN,
) -> Sequence[Outcome]:
    """Build, send, read: an outcome for every row."""
    given = msgspec.convert(settings, destination.settings)
    in_batch = len(rows) > 1 and action.build_batch is not None
    built = action.build_batch(rows, given, NOW) if in_batch else action.build(rows[0], given, NOW)  # type: ignore[misc]
    if isinstance(built, Request):
        return action.read(respond(box, built, token), len(rows))
    response: Any = None
    while True:
        try:
            response = respond(box, built.send(response), token)
        except StopIteration as ended:
            return action.read(response, len(rows)) if ended.value is None else list(ended.value)


def try_example(box: Sandbox, destination: Destination, action: Action, example: Example) -> Sequence[Outcome]:
    rows = rows_of(action, [example.event], example.mapping)
    return send(box, destination, action, rows, example.settings)


def strict_destinations() -> list[Destination]:
    return [destination for slug, destination in catalogue().items() if slug in STRICT]


def summary(box: Sandbox) -> dict[str, Any]:
    return msgspec.json.decode(box.decide("GET", "/_sandbox/summary", (), b"").answer.body)
