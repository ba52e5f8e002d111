"""Klaviyo: profiles, lists, events and consent."""

from typing import Final

from trackyard.destinations.klaviyo import consent, events, profiles
from trackyard.destinations.klaviyo.presets import PRESETS
from trackyard.destinations.klaviyo.requests import Settings
from trackyard.kit.action import Destination, Difference, Fact
from trackyard.kit.differences import SECONDS, USER_AGENT

_DOCS: Final = "https://developers.klaviyo.com/en/reference"
_BULK: Final = "requests.*.json.data.attributes.events-bulk-create.data.*.attributes"

destination = Destination(
    slug="klaviyo",
    name="Klaviyo",
    settings=Settings,
    actions=[*profiles.actions, *events.actions, *consent.actions],
    purposes=frozenset({"email_marketing"}),
    docs_url=f"{_DOCS}/api_overview",
    ordering="person",
    can_deduplicate=True,
    presets=PRESETS,
    facts=[
        Fact("auth", "a private API key in the header Authorization", f"{_DOCS}/api_overview"),
        Fact(
            "limits",
            "10,000 profiles in an import, 1,000 events or subscriptions in a job, 100 when unsubscribing; 5 MB",
            f"{_DOCS}/bulk_import_profiles",
        ),
        Fact("rate", "by endpoint, 10 to 350 a second, else 429 with Retry-After", f"{_DOCS}/api_overview"),
        Fact(
            "errors",
            "JSON:API errors; in a job they point at the row, and no other row is taken either",
            f"{_DOCS}/bulk_create_events",
        ),
        Fact("expiry", "events from the year 2000 to one year ahead", f"{_DOCS}/create_event"),
        Fact("ordering", "a profile's updates apply in the order they arrive", f"{_DOCS}/create_profile"),
        Fact("dedupe", "unique_id of one profile and metric; profiles and lists are set", f"{_DOCS}/create_event"),
        Fact("accepted", "202: taken into a job, which may still refuse rows", f"{_DOCS}/bulk_create_events"),
    ],
    differences=[
        USER_AGENT,
        Difference(
            path="requests.*.url",
            want=r"re:.*/profiles/\?filter=.*\+.*",
            got=r"re:[^+]*/profiles/\?filter=[^+]*%2B[^+]*",
            reason="a + in an address is a space unless it is escaped: a number or address with one was never found",
            actions=["removeProfile", "removeProfileFromList"],
        ),
        *(
            Difference(path=f"{at}.time", want="re:1970-01-.*Z", got=r"re:\d{4}-.*Z", reason=SECONDS)
            for at in ("requests.*.json.data.attributes", f"{_BULK}.events.data.*.attributes")
        ),
        Difference(
            path="requests.*",
            want=r're:.*/relationships/profiles/.*\[\{"type": "profile"\}\].*',
            got="absent",
            reason="where no profile could be made, none is put on the list",
            actions=["addProfileToList"],
        ),
        Difference(
            path=f"{_BULK}.profile.data.attributes.country_code",
            want="re:[A-Z]{2}",
            got="absent",
            reason="the country is there to read phone numbers; it is no attribute of a profile",
            actions=["trackEvent"],
        ),
    ],
)
