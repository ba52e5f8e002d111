"""What is asked of every destination. Each check names its cases; a case passes or says what was found."""

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any, Final

import msgspec

from trackyard.kit.outcome import Accepted, Delivered, Retry
from trackyard.kit.preset import with_order_value
from trackyard.kit.request import Response
from trackyard.kit.sample_events import B2B, ECOMMERCE, PAGE
from trackyard.model.event import Decided
from trackyard.model.workspace import Connection
from trackyard.people.gate import Denied, Gate
from trackyard.sandbox.acceptance.bench import Bench, Exchange

Case = tuple[str, str]  # what was tried, and what is wrong ("": nothing)
Check = Callable[[Bench], Iterator[Case]]
ORDER: Final = ECOMMERCE["Order Completed"]
ADVERTISING: Final = frozenset({"advertising", "ads_storage", "ads_user_data", "ads_personalization"})
PLANTED: Final = ("jane.doe@example.com", "jane.doe%40example.com", "4155552671")
# Without decimals, with two, with three.
AMOUNTS: Final = {
    "JPY": 1980,
    "KRW": 120000,
    "CLP": 54990,
    "USD": 27.55,
    "EUR": 0.07,
    "GBP": 123456.89,
    "CHF": 19.9,
    "BRL": 5,
    "KWD": 12.345,
    "BHD": 0.125,
}


def examples(bench: Bench) -> Iterator[Case]:
    """Each action's examples are taken."""
    for action in bench.destination.actions:
        for example in action.examples:
            exchange = bench.send(action, example.mapping, example.event, example.settings)
            yield f"{action.slug}: {example.title}", not_taken(exchange)


def events(bench: Bench) -> Iterator[Case]:
    """Every event that a preset wants is taken."""
    for name, event in {**ECOMMERCE, **B2B, "page": PAGE}.items():
        if (preset := bench.preset_for(event)) is not None:
            yield name, not_taken(bench.send_by_preset(preset, event))


def hashing(bench: Bench) -> Iterator[Case]:
    """No advertising platform is sent a raw address or number."""
    if ADVERTISING & bench.destination.purposes and (preset := bench.preset_for(ORDER)) is not None:
        sent = b"".join(wire.url.encode() + wire.body for wire in bench.send_by_preset(preset, ORDER).wires).decode()
        for planted in PLANTED:
            yield planted.replace("jane.doe", "email of"), "sent in the clear" if planted in sent else ""


def currencies(bench: Bench) -> Iterator[Case]:
    """Orders in ten currencies arrive with exactly their amount."""
    preset = bench.preset_for(ORDER)
    if preset is None or with_order_value(preset.mapping, "") == preset.mapping:
        return
    for currency, amount in AMOUNTS.items():
        money = {"total": amount, "revenue": amount, "currency": currency}
        exchange = bench.send_by_preset(preset, {**ORDER, "properties": {**ORDER["properties"], **money}})
        sent = b"".join(wire.body for wire in exchange.wires).decode()
        fault = not_taken(exchange) or ("" if str(amount) in sent else f"{amount} is not in the request")
        yield currency, fault


def dedupe(bench: Bench) -> Iterator[Case]:
    """A retried row is byte for byte the same, so that its key is too."""
    preset = bench.preset_for(ORDER)
    if preset is not None:
        first, second = (bench.send_by_preset(preset, ORDER).wires for _ in range(2))
        yield "the same event again", "" if first == second else "the second request differs"


def errors(bench: Bench) -> Iterator[Case]:
    """An overloaded or failing platform stops the lane; it costs no event."""
    for action in bench.destination.actions:
        for status in (429, 500, 503):
            (outcome,) = action.read(Response(status=status), 1)
            yield f"{action.slug}: HTTP {status}", "" if isinstance(outcome, Retry) else f"read as {_said(outcome)}"


def consent(bench: Bench) -> Iterator[Case]:
    """Without its purpose nothing is permitted; without declared purposes neither."""
    decided = Decided("track", "m-1", "Order Completed", "web", "production", "server", 0, 0)
    for title, purposes, allowed in (
        ("purpose denied", ["ads_user_data"], {"ads_user_data": False}),
        ("no purposes declared", None, {"ads_user_data": True}),
    ):
        connection = Connection(destination=bench.destination.slug, purposes=purposes)  # type: ignore[arg-type]
        answer = Gate(connection, {}).ask(msgspec.structs.replace(decided, consent=allowed), ORDER)
        yield title, "" if isinstance(answer, Denied) else "permitted"


def event_age(bench: Bench) -> Iterator[Case]:
    """An event older than the declared bound has no effect there: the bound is not too wide.

    Only a strict stand-in knows how old an event may be.
    """
    limit, preset = bench.destination.event_age_seconds_max, bench.preset_for(ORDER)
    if bench.is_strict and limit is not None and preset is not None:
        then = bench.now - timedelta(seconds=limit + 86_400)
        exchange = bench.send_by_preset(preset, {**ORDER, "timestamp": then.strftime("%Y-%m-%dT%H:%M:%S.000Z")})
        yield f"{limit / 86_400 + 1:g} days old", "it counted" if exchange.effects else ""


CHECKS: Final[Mapping[str, Check]] = {
    "examples": examples,
    "events": events,
    "hashing": hashing,
    "currencies": currencies,
    "dedupe": dedupe,
    "errors": errors,
    "consent": consent,
    "event age": event_age,
}


def not_taken(exchange: Exchange) -> str:
    """Why an exchange was no success; "" where it was."""
    if not isinstance(exchange.outcome, Delivered | Accepted):
        return _said(exchange.outcome)
    return ""


def _said(outcome: Any) -> str:
    return f"{type(outcome).__name__.lower()} {getattr(outcome, 'reason', '')}".strip()
