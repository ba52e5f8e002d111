"""Mixpanel's Import, Track, Engage and Groups APIs, by recorded contract (developer.mixpanel.com, read 2026-08)."""

from typing import Any

from trackyard.sandbox.double import Contract, double


def imported(rows: int) -> dict[str, Any]:
    return {"code": 200, "num_records_imported": rows, "status": "OK"}


partner = double(
    "mixpanel",
    ["api.mixpanel.com", "api-eu.mixpanel.com", "api-in.mixpanel.com"],
    [
        Contract(path="import", says=imported, rows=""),
        Contract(path="track|engage|groups", says=1),
    ],
)
