"""PageView: a page was looked at."""

from typing import Any

from trackyard.destinations.facebook_conversions_api.event import EventFields, event_action
from trackyard.destinations.facebook_conversions_api.examples import PAGE


class PageView(EventFields, frozen=True, kw_only=True):
    """Nothing but what all events have."""


def page_view(row: PageView) -> dict[str, Any]:
    return {"event_name": "PageView"}


actions = [
    event_action("pageView", "Page view", PageView, page_view, 'type = "page"', [PAGE]),
    event_action("pageView2", "Page view V2", PageView, page_view, 'type = "page"', [PAGE]),
]
