"""Mixpanel: events, purchases, people and groups."""

from typing import Final

from trackyard.destinations.mixpanel import events, people
from trackyard.destinations.mixpanel.presets import PRESETS
from trackyard.destinations.mixpanel.requests import Settings
from trackyard.kit.action import Destination, Difference, Fact
from trackyard.kit.differences import SECONDS, USER_AGENT, partner

_DOCS: Final = "https://developer.mixpanel.com/reference"
_PROPERTIES: Final = "requests.*.json.*.properties"

destination = Destination(
    slug="mixpanel",
    name="Mixpanel",
    settings=Settings,
    actions=[*events.actions, *people.actions],
    purposes=frozenset({"analytics"}),
    docs_url=f"{_DOCS}/import-events",
    can_deduplicate=True,
    dedupe_window_seconds=5 * 86_400,
    presets=PRESETS,
    facts=[
        Fact("auth", "the project's secret as basic authentication; the token in profiles", f"{_DOCS}/authentication"),
        Fact("limits", "2,000 events and 10 MB in an import, 1 MB an event", f"{_DOCS}/import-events"),
        Fact("rate", "2 GB or 30,000 events a second, a minute's average, else 429", f"{_DOCS}/import-events"),
        Fact(
            "errors",
            "400 with failed_records by index, the others taken; profiles answer 1 or 0 in the body",
            f"{_DOCS}/import-events",
        ),
        Fact(
            "dedupe",
            "event, time, distinct_id and $insert_id; increments are added again",
            f"{_DOCS}/event-deduplication",
        ),
        Fact("accepted", "200 with the number of events imported", f"{_DOCS}/import-events"),
    ],
    differences=[
        USER_AGENT,
        partner(f"{_PROPERTIES}.$source", "segment", events.SOURCE),
        partner(f"{_PROPERTIES}.mp_lib", "re:Segment Actions: .*", f"re:{events.LIBRARY}: .*"),
        Difference(path=f"{_PROPERTIES}.time", want=r"re:\d{10}", got=r"re:\d{13}", reason=SECONDS),
        Difference(
            path=f"{_PROPERTIES}.$insert_id",
            want="re:[0-9a-z]{8,19}",
            got=r"re:\d*[0-9a-f]{16}",
            reason="an id of the event's content instead of a random one: an event that is sent again counts once",
        ),
    ],
)
