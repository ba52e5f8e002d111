"""The settings documents that clients fetch before they send, in the shape each of them reads."""

from collections.abc import Sequence
from typing import Any

Document = dict[str, Any]


def client_settings(
    write_key: str, scheme: str, host: str, categories: Sequence[str], *, customerio: bool = False
) -> Document:
    """Settings that make Segment's browser and mobile SDKs send here: without `apiHost` they send to api.segment.io,
    without `apiKey` they send no key at all.
    """
    address: Document = {"apiKey": write_key, "apiHost": f"{host}/v1", "protocol": scheme}
    # Customer.io's browser library reads its own entry and ignores Segment's; Segment's would load a chunk for the
    # other's as for a destination.
    entry = "Customer.io Data Pipelines" if customerio else "Segment.io"
    document: Document = {
        "integrations": {entry: address},
        "plan": {"track": {"__default": {"enabled": True, "integrations": {}}}},
        "edgeFunction": {},
        "analyticsNextEnabled": True,
        "middlewareSettings": {},
        "enabledMiddleware": {},
        "metrics": {"sampleRate": 0},  # else the library reports to api.segment.io
        "legacyVideoPluginsEnabled": False,
        "remotePlugins": [],
    }
    if categories:
        # "Unmapped" keeps the events coming whatever was chosen; the gate decides what leaves, not the browser.
        document["consentSettings"] = {"allCategories": list(categories), "hasUnmappedDestinations": True}
    return document


def rudder_config(source: str, scheme: str, host: str) -> Document:
    """What RudderStack's SDKs fetch from their config host: no device-mode destination, events to this host."""
    return {
        "source": {
            "id": source,
            "name": source,
            "writeKey": "",
            "enabled": True,
            "workspaceId": "",
            "connections": [],
            "destinations": [],
            "dataplanes": {},
            "config": {"statsCollection": {"errors": {"enabled": False}, "metrics": {"enabled": False}}},
        },
        "dataPlaneUrl": f"{scheme}://{host}",
        "updatedAt": "1970-01-01T00:00:00.000Z",
    }
