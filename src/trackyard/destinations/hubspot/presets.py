"""What is sent to HubSpot without an edit: contacts, companies, and every event of a known contact."""

from typing import Final

from trackyard.kit.mappings import path
from trackyard.kit.preset import Preset, by_type, on_type

PRESETS: Final = [
    Preset(
        name="Track",
        action="customEvent",
        trigger=on_type("track"),
        mapping={
            "event_name": path("$.event"),
            "record_details": {"object_type": "contact", "email": path("$.context.traits.email")},
            "properties": path("$.properties"),
            "__segment_internal_sync_mode": "upsert",
        },
    ),
    *by_type({"identify": "upsertContact", "group": "upsertCompany"}),
]
