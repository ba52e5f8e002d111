"""Pinterest's Conversions API v5, by recorded contract: it answers for each event (API reference, read 2026-08)."""

from typing import Any

from trackyard.sandbox.double import Contract, double


def processed(rows: int) -> dict[str, Any]:
    events = [{"status": "processed", "error_message": "", "warning_message": ""}] * rows
    return {"num_events_received": rows, "num_events_processed": rows, "events": events}


partner = double(
    "pinterest-conversions",
    ["api.pinterest.com"],
    [Contract(path=r"v5/ad_accounts/[^/]+/events", says=processed, rows="data", row_id=["event_id"])],
    connection=lambda taken: taken.path.split("/")[2] if taken.path.count("/") > 2 else "unknown",
)
