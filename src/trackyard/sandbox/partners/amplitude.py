"""Amplitude's HTTP V2, Identify and User Mapping APIs, by recorded contract (amplitude.com/docs, read 2026-08)."""

from typing import Any

from trackyard.sandbox.double import Contract, double


def ingested(rows: int) -> dict[str, Any]:
    return {"code": 200, "events_ingested": rows}


partner = double(
    "amplitude",
    ["api2.amplitude.com", "api.amplitude.com", "api.eu.amplitude.com"],
    [
        Contract(path="2/httpapi|batch", says=ingested, rows="events", row_id=["insert_id"]),
        Contract(path="identify|groupidentify|usermap", says="success"),
    ],
    window_seconds=7 * 86_400,
)
