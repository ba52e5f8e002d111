"""What is sent to Mixpanel without an edit: every event, orders as purchases, people and groups."""

from typing import Final

from trackyard.kit.preset import Preset, all_but, by_type, on_track, on_type

PRESETS: Final = [
    Preset(name="Track", action="trackEvent", trigger=all_but(on_type("track"), "Order Completed")),
    Preset(name="Order Completed", action="trackPurchase", trigger=on_track("Order Completed")),
    *by_type({"identify": "identifyUser", "group": "groupIdentifyUser"}),
]
