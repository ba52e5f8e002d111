"""What the server adds to an event: only what the client left out, and the person's address only from the person."""

from collections.abc import Sequence
from typing import Any

from trackyard.pipeline.process.envelope import Envelope


def fill_in(envelopes: Sequence[Envelope]) -> Sequence[Envelope]:
    """Add `context.ip` and `context.userAgent` of requests that a browser or phone made itself.

    Segment's rule (HTTP API, "context.direct"; spec, "Common"): an address that is there stays, so that a customer's
    `0.0.0.0` keeps blanking it.
    """
    for envelope in envelopes:
        channel = envelope.decided.channel
        if channel in ("browser", "mobile"):
            if envelope.request.received.client_side:
                _fill_context(envelope)
        elif channel == "server" and _speaks_as_the_person(envelope.event.get("context")):
            _fill_context(envelope)
    return envelopes


def _speaks_as_the_person(context: Any) -> bool:
    return isinstance(context, dict) and context.get("direct") is True


def _fill_context(envelope: Envelope) -> None:
    received = envelope.request.received
    found = envelope.event.get("context")
    context: dict[str, Any] = found if isinstance(found, dict) else {}
    facts = {"ip": received.ip, "userAgent": received.user_agent}
    missing = {key: value for key, value in facts.items() if value and not context.get(key)}
    if missing:
        envelope.event["context"] = {**context, **missing}
        envelope.decided.fills["context"] = {**envelope.decided.fills.get("context", {}), **missing}
