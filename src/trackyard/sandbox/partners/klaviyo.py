"""Klaviyo's JSON:API, by recorded contract: every profile is found, every job is taken (developers.klaviyo.com, read
2026-08)."""

from trackyard.sandbox.double import Contract, double

PROFILE = {"type": "profile", "id": "01SANDBOX"}
partner = double(
    "klaviyo",
    ["a.klaviyo.com"],
    [
        Contract(path="api/profiles/?", method="GET", says={"data": [PROFILE]}, has_effect=False),
        Contract(path="api/profiles/?", status=201, says={"data": PROFILE}),
        Contract(path="api/profiles/[^/]+/?", method="PATCH", says={"data": PROFILE}),
        Contract(path="api/lists/[^/]+/relationships/profiles/?", status=204),
        Contract(path="api/lists/[^/]+/relationships/profiles/?", method="DELETE", status=204),
        Contract(path=r"api/[a-z-]+/?", status=202, says={"data": {"type": "job", "id": "01SANDBOX"}}),
    ],
    connection=lambda taken: "klaviyo",
)
