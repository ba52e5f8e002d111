"""Microsoft Advertising's UET Conversions API, by recorded contract (Segment's connector, read 2026-08)."""

from typing import Any

from trackyard.sandbox.double import Contract, double


def received(rows: int) -> dict[str, Any]:
    return {"eventsReceived": rows}


partner = double(
    "ms-bing-capi",
    ["capi.uet.microsoft.com"],
    [Contract(path=r"v1/[^/]+/events", says=received, rows="data", row_id=["eventId"])],
    connection=lambda taken: taken.path.split("/")[1] if taken.path.count("/") > 1 else "unknown",
)
