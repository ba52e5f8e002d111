"""Meta (Facebook) Conversions API: conversions from the server, beside the pixel or instead of it."""

from typing import Final

from trackyard.destinations.facebook_conversions_api import (
    add_to_cart,
    custom,
    initiate_checkout,
    page_view,
    purchase,
    search,
    view_content,
)
from trackyard.destinations.facebook_conversions_api.differences import DIFFERENCES
from trackyard.destinations.facebook_conversions_api.event import Settings
from trackyard.destinations.facebook_conversions_api.presets import PRESETS
from trackyard.kit.action import Destination, Fact
from trackyard.kit.trial_mode import TrialMode, code_in_body

_PAGES: Final = "https://developers.facebook.com/docs/marketing-api/conversions-api"

destination = Destination(
    slug="facebook-conversions-api",
    name="Meta Conversions API",
    settings=Settings,
    actions=[
        *purchase.actions,
        *initiate_checkout.actions,
        *add_to_cart.actions,
        *view_content.actions,
        *search.actions,
        *page_view.actions,
        *custom.actions,
    ],
    purposes=frozenset({"advertising"}),
    docs_url=_PAGES,
    can_deduplicate=True,
    dedupe_window_seconds=48 * 3600,
    event_age_seconds_max=7 * 86_400,
    presets=PRESETS,
    trial_mode=TrialMode(
        name="test_event_code",
        mark=code_in_body("test_event_code"),
        code_from="Events Manager, your dataset, Test events",
        source=f"{_PAGES}/using-the-api",
    ),
    hosted_by_segment={"accessToken": "ACTIONS_FB_CAPI_SYSTEM_USER_TOKEN"},
    facts=[
        Fact("auth", "a system user's access token that may write to the dataset, as bearer", f"{_PAGES}/get-started"),
        Fact("limits", "1,000 events in a request", f"{_PAGES}/using-the-api"),
        Fact(
            "expiry",
            "7 days; an older event refuses its whole request. Shop visits (62 days there) count as others here",
            f"{_PAGES}/using-the-api",
        ),
        Fact("errors", "a request is taken or refused whole: a refused one is bisected", "Graph API, Error handling"),
        Fact(
            "dedupe", "event_name and event_id on the same dataset, 48 hours", f"{_PAGES}/deduplicate-pixel-and-server"
        ),
        Fact("accepted", "events_received: they were taken, not that they were matched", f"{_PAGES}/using-the-api"),
    ],
    differences=DIFFERENCES,
)
