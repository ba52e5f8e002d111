"""What is sent to Customer.io without an edit: people, what they do, the groups they belong to."""

from typing import Final

from trackyard.kit.preset import by_type

PRESETS: Final = by_type(
    {
        "identify": "createUpdatePerson",
        "track": "trackEvent",
        "page": "trackPageView",
        "screen": "trackScreenView",
        "group": "createUpdateObject",
    }
)
