"""Reddit's Conversions API, version 2, by recorded contract (connectors read 2026-08)."""

from trackyard.sandbox.double import Contract, double

TAKEN = {"message": "Successfully processed 1 conversion events."}
partner = double(
    "reddit-conversions-api",
    ["ads-api.reddit.com"],
    [
        Contract(path=r"api/v2\.0/conversions/events/[^/]+", says=TAKEN, rows="events"),
    ],
    connection=lambda taken: taken.path.split("/")[4] if taken.path.count("/") > 3 else "unknown",
)
