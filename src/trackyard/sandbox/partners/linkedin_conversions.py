"""LinkedIn's Conversions API, by recorded contract: a batch answers a status for each element (read 2026-08)."""

from typing import Any

from trackyard.sandbox.double import Contract, access_token, double


def created(rows: int) -> dict[str, Any]:
    return {"elements": [{"status": 201}] * rows} if rows > 1 else {}


partner = double(
    "linkedin-conversions",
    ["api.linkedin.com", "www.linkedin.com"],
    [
        Contract(path="rest/conversionEvents", status=201, says=created, rows="elements", row_id=["eventId"]),
        Contract(path="oauth/v2/accessToken", says=access_token("linkedin"), has_effect=False),
    ],
)
