"""Write currencies in capitals. The examples in currency.fixtures.yaml run with every `trackyard check`."""

from typing import Any


def transform(event: dict[str, Any]) -> dict[str, Any] | None:
    """Return the event, changed or not; None drops it. No network, and a quarter of a second at most."""
    properties = event.get("properties")
    if isinstance(properties, dict) and isinstance(properties.get("currency"), str):
        properties["currency"] = properties["currency"].upper()
    return event
