"""HubSpot: contacts, companies, records of any type, and events."""

from typing import Final

from trackyard.destinations.hubspot import companies, contacts, events, objects
from trackyard.destinations.hubspot.presets import PRESETS
from trackyard.destinations.hubspot.requests import Settings
from trackyard.kit.action import Destination, Difference, Fact
from trackyard.kit.differences import USER_AGENT, partner
from trackyard.kit.oauth import OAuth

_DOCS: Final = "https://developers.hubspot.com/docs/api"
_MADE_BY: Final = r"re:.* - \(created by {}\)"
_CONTACT: Final = "the contact is found by its email; Segment's host hands its id on from an identify before"

destination = Destination(
    slug="hubspot",
    name="HubSpot",
    settings=Settings,
    actions=[*contacts.actions, *companies.actions, *objects.actions, *events.actions],
    presets=PRESETS,
    purposes=frozenset({"functional"}),
    docs_url=f"{_DOCS}/overview",
    ordering="person",
    can_deduplicate=False,
    oauth=OAuth(
        authorize_url="https://app.hubspot.com/oauth/authorize",
        token_url="https://api.hubapi.com/oauth/v1/token",
        scopes=(
            "crm.objects.contacts.read",
            "crm.objects.contacts.write",
            "crm.objects.companies.read",
            "crm.objects.companies.write",
            "crm.schemas.contacts.write",
            "crm.schemas.companies.write",
            "behavioral_events.event_definitions.read_write",
            "analytics.behavioral_events.send",
        ),
    ),
    facts=[
        Fact("auth", "OAuth; access tokens live 30 minutes", f"{_DOCS}/working-with-oauth"),
        Fact("limits", "100 records in a batch, 3 filter groups in a search", f"{_DOCS}/crm/contacts"),
        Fact("rate", "110 requests in 10 seconds of an account and app, 5 searches a second", f"{_DOCS}/usage-details"),
        Fact(
            "errors",
            "a category for each error; a batch answers 207 with the ids of bad records",
            f"{_DOCS}/error-handling",
        ),
        Fact("ordering", "updates apply in the order they arrive", f"{_DOCS}/crm/contacts"),
        Fact(
            "dedupe",
            "records are set, by email or an id of yours; events are counted each time",
            f"{_DOCS}/crm/contacts",
        ),
        Fact("accepted", "200 or 201 with the record; events 204, counted later", f"{_DOCS}/analytics/events"),
    ],
    differences=[
        USER_AGENT,
        Difference(
            path="requests.*",
            want="re:.*/associations/contacts/.*",
            got="absent",
            reason=f"{_CONTACT}; where the event has none, the company is kept without",
            actions=["upsertCompany"],
        ),
        Difference(path="requests.*.method", want="PUT", got="GET", reason=_CONTACT, actions=["upsertCompany"]),
        Difference(
            path="requests.*.url",
            want="re:.*/associations/contacts/.*",
            got="re:.*/crm/v3/objects/contacts/.*idProperty=email",
            reason=_CONTACT,
            actions=["upsertCompany"],
        ),
        *(
            partner(f"requests.*.json.{at}description", _MADE_BY.format("Segment"), _MADE_BY.format("Trackyard"))
            for at in ("", "propertyDefinitions.*.")
        ),
    ],
)
