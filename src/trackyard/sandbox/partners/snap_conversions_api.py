"""Snapchat's Conversions API v3, by recorded contract (Segment's and RudderStack's connectors, read 2026-08)."""

from trackyard.sandbox.double import Contract, access_token, double

partner = double(
    "snap-conversions-api",
    ["tr.snapchat.com", "accounts.snapchat.com"],
    [
        Contract(path=r"v3/[^/]+/events", says={"status": "VALID"}, rows="data", row_id=["event_id"]),
        Contract(path="login/oauth2/access_token", says=access_token("snap"), has_effect=False),
    ],
    connection=lambda taken: taken.path.split("/")[1] if taken.path.count("/") > 1 else "unknown",
    window_seconds=48 * 3600,
)
