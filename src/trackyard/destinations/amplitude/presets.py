"""What is sent to Amplitude without an edit: every event, orders as revenue, people and groups."""

from typing import Final

from trackyard.kit.preset import ORDER_VALUE, Preset, all_but, by_type, on_track, on_type

PRESETS: Final = [
    Preset(name="Track", action="logEventV2", trigger=all_but(on_type("track"), "Order Completed")),
    Preset(
        name="Order Completed",
        action="logPurchase",
        trigger=on_track("Order Completed"),
        mapping={"revenue": ORDER_VALUE},
    ),
    *by_type({"identify": "identifyUser"}),
]
