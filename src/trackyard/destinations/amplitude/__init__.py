"""Amplitude: events with their user properties, people and groups."""

from typing import Final

from trackyard.destinations.amplitude import events, people
from trackyard.destinations.amplitude.presets import PRESETS
from trackyard.destinations.amplitude.requests import LIBRARY, Settings
from trackyard.kit.action import Destination, Difference, Fact
from trackyard.kit.differences import SECONDS, USER_AGENT, partner

_DOCS: Final = "https://amplitude.com/docs/apis/analytics"
_EVENT: Final = "requests.*.json.events.*"

destination = Destination(
    slug="amplitude",
    name="Amplitude",
    settings=Settings,
    actions=[*events.actions, *people.actions],
    purposes=frozenset({"analytics"}),
    docs_url=f"{_DOCS}/http-v2",
    can_deduplicate=True,
    dedupe_window_seconds=7 * 86_400,
    presets=PRESETS,
    facts=[
        Fact("auth", "the project's API key in the body", f"{_DOCS}/http-v2"),
        Fact("limits", "1 MB in a request (20 MB at the batch endpoint), 2,000 events", f"{_DOCS}/http-v2"),
        Fact("rate", "30 events a second of one user or device, else 429; 500,000 a day", f"{_DOCS}/http-v2"),
        Fact(
            "errors",
            "400 with what is missing or invalid; 413; 429; nothing of a refused request counts",
            f"{_DOCS}/http-v2",
        ),
        Fact("ordering", "by the time of the event", f"{_DOCS}/http-v2"),
        Fact(
            "dedupe",
            "insert_id of one device, 7 days; users, groups and mappings are set, not added",
            f"{_DOCS}/http-v2",
        ),
        Fact("accepted", "200 with the number of events taken in; they show within a minute", f"{_DOCS}/http-v2"),
    ],
    differences=[
        USER_AGENT,
        partner(f"{_EVENT}.library", "segment", LIBRARY),
        Difference(
            path=f"{_EVENT}.insert_id",
            want="absent",
            got="re:.+",
            reason="the message id, so that an event that is sent again counts once",
        ),
        Difference(path=f"{_EVENT}.time", want=r"re:\d{10}", got=r"re:\d{13}", reason=SECONDS),
        Difference(
            path="requests.*.body",
            want="re:api_key=[^&]*&identification=[^&]*library%22%3A%22segment%22[^&]*&options=[^&]*",
            got=f"re:api_key=[^&]*&identification=[^&]*library%22%3A%22{LIBRARY}%22[^&]*(&options=%7B[^&]*)?",
            reason="no option named undefined; the library names itself",
            actions=["identifyUser", "groupIdentifyUser"],
        ),
    ],
)
