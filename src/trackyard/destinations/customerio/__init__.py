"""Customer.io: people, their events, devices and objects, by the Track API."""

from typing import Final

from trackyard.destinations.customerio import deliveries, devices, events, objects, people
from trackyard.destinations.customerio.entity import Settings
from trackyard.destinations.customerio.presets import PRESETS
from trackyard.kit.action import Destination, Difference, Fact

_PAGES: Final = "https://docs.customer.io/integrations/api/track"

destination = Destination(
    slug="customerio",
    name="Customer.io",
    settings=Settings,
    actions=[*people.actions, *events.actions, *devices.actions, *objects.actions, *deliveries.actions],
    purposes=frozenset({"functional"}),
    docs_url=_PAGES,
    ordering="person",
    can_deduplicate=True,
    dedupe_window_seconds=12 * 3600,
    presets=PRESETS,
    facts=[
        Fact("auth", "site id and API key, as basic authentication", f"{_PAGES}/#section/Authentication"),
        Fact(
            "limits",
            "500 KB in a batch, 32 KB a row; Segment's connector sends 100 rows at most",
            f"{_PAGES}/#tag/Batch",
        ),
        Fact("rate", "3,000 requests in 3 seconds", f"{_PAGES}/#section/Limits"),
        Fact("errors", "a batch answers 207 with the index of each bad row", f"{_PAGES}/#tag/Batch"),
        Fact("ordering", "a person's updates apply in the order they arrive", f"{_PAGES}/#operation/entity"),
        Fact(
            "dedupe",
            "events with an equal id (a ULID) count once; people and objects are upserted",
            f"{_PAGES}/#operation/entity",
        ),
        Fact("accepted", "taken into the queue; a person may show it seconds later", f"{_PAGES}/#operation/entity"),
    ],
    differences=[
        Difference(
            path="requests.*.headers.user-agent",
            want="Segment (Actions)",
            got="absent",
            reason="the lane names itself; a request does not claim to be Segment's",
        )
    ],
)
