"""Google Analytics 4 by the Measurement Protocol. It answers 2xx to anything: what is wrong must be seen here."""

from typing import Final

from trackyard.destinations.google_analytics_4 import orders, people, products
from trackyard.destinations.google_analytics_4.event import Settings
from trackyard.destinations.google_analytics_4.presets import PRESETS
from trackyard.kit.action import Destination, Difference, Fact
from trackyard.kit.trial_mode import TrialMode, other_path

_PAGES: Final = "https://developers.google.com/analytics/devguides/collection/protocol/ga4"

destination = Destination(
    slug="google-analytics-4",
    name="Google Analytics 4",
    settings=Settings,
    actions=[*orders.actions, *products.actions, *people.actions],
    purposes=frozenset({"analytics"}),
    docs_url=_PAGES,
    event_age_seconds_max=3 * 86_400,
    presets=PRESETS,
    trial_mode=TrialMode(
        name="validation server",
        mark=other_path("/mp/collect", "/debug/mp/collect"),
        source=f"{_PAGES}/validating-events",
    ),
    facts=[
        Fact("auth", "an API secret of the stream, in the address", f"{_PAGES}/reference"),
        Fact("limits", "25 events in a request, 25 parameters, names of 40 characters", f"{_PAGES}/sending-events"),
        Fact("errors", "every request answers 2xx; /debug/mp/collect validates", f"{_PAGES}/validating-events"),
        Fact("expiry", "events up to 72 hours back", f"{_PAGES}/sending-events"),
        Fact("dedupe", "none, but transaction_id in purchase reports", f"{_PAGES}/reference/events"),
        Fact("accepted", "nothing: a 204 says that a request came", f"{_PAGES}/sending-events"),
        Fact("money", "a value without a currency is dropped", f"{_PAGES}/reference/events"),
    ],
    differences=[
        Difference(
            path="requests.*.headers.user-agent",
            want="Segment (Actions)",
            got="absent",
            reason="the lane names itself; a request does not claim to be Segment's",
        ),
        Difference(
            path="requests.*.json.timestamp_micros",
            want=r"re:\d{10}(\d{3})?",
            got=r"re:\d{16}",
            reason="seconds and milliseconds are made microseconds; there the event happened in 1970",
        ),
        Difference(
            path="requests.*.json.timestamp_micros",
            want=None,
            got="absent",
            reason="a text that is no time is left out, so that the event counts when it arrives",
        ),
        Difference(
            path="requests.*.json.events.*.params.currency",
            want="re:[A-Za-z]{3}",
            got="re:[A-Z]{3}",
            reason="currencies in upper case for every event (there for some)",
        ),
    ],
)
