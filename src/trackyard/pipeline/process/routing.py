"""The event's own wishes about where it goes, and where it has been already."""

from collections.abc import Sequence
from typing import Any

from trackyard.pipeline.process.envelope import Envelope


def note_routing(envelopes: Sequence[Envelope]) -> Sequence[Envelope]:
    """Write `integrations` and the destinations that the browser has served itself into the header."""
    for envelope in envelopes:
        envelope.decided.integrations = wishes(envelope.event.get("integrations"))
        envelope.decided.already = served_in_browser(envelope.event.get("_metadata"))
    return envelopes


def wishes(integrations: Any) -> dict[str, Any] | None:
    """`integrations` with `All` always spelled so (analytics-go's DisableAll writes `all`); None if it has none."""
    if not integrations or not isinstance(integrations, dict):
        return None
    return {"All" if name.lower() == "all" else name: wish for name, wish in integrations.items()}


def served_in_browser(metadata: Any) -> tuple[str, ...]:
    """`_metadata.bundled`: analytics.js delivered to these itself (Segment's MESSAGE_SENT_CLIENT_SIDE)."""
    bundled = metadata.get("bundled") if isinstance(metadata, dict) else None
    if not isinstance(bundled, list):
        return ()
    return tuple(name for name in bundled if isinstance(name, str))
