"""Segment's tracking API, by recorded contract: it says success (segment.com/docs, HTTP API, read 2026-08)."""

from trackyard.sandbox.double import Contract, double

KINDS = "track|identify|page|screen|group|alias"
partner = double(
    "segment",
    ["api.segment.io", "events.eu1.segmentapis.com"],
    [
        Contract(path="v1/(batch|b|import)", says={"success": True}, rows="batch", row_id=["messageId"]),
        Contract(path=f"v1/({KINDS})", says={"success": True}, row_id=["messageId"]),
    ],
    connection=lambda taken: "segment",
    window_seconds=24 * 3600,
)
