"""What people do: events, pages, screens, content."""

from typing import Annotated, Any, Literal

from trackyard.destinations.customerio.entity import Batched, about, person, unix_time, with_unix_times
from trackyard.destinations.customerio.examples import CONTENT_CLICKED, ORDERED, PAGE_VIEWED, SCREEN_VIEWED
from trackyard.destinations.customerio.rows import entity_action
from trackyard.kit.fields import Field


class Happening(Batched, frozen=True, kw_only=True):
    """The members that all of these share."""

    anonymous_id: Annotated[str | None, Field("Anonymous id", mapping={"@path": "$.anonymousId"})] = None
    timestamp: Annotated[str | None, Field("Time", mapping={"@path": "$.timestamp"})] = None
    data: Annotated[dict[str, Any] | None, Field("Attributes", mapping={"@path": "$.properties"})] = None
    convert_timestamp: Annotated[bool | None, Field("Times as Unix seconds", mapping=True)] = None


class OfPerson(Happening, frozen=True, kw_only=True):
    id: Annotated[str | None, Field("Person id", mapping={"@path": "$.userId"})] = None
    event_id: Annotated[
        str | None, Field("Event id", mapping={"@path": "$.messageId"}, help="A ULID: equal ones count once.")
    ] = None


class Event(OfPerson, frozen=True, kw_only=True):
    name: Annotated[str, Field("Name", mapping={"@path": "$.event"})]


class PageView(OfPerson, frozen=True, kw_only=True):
    url: Annotated[str, Field("Address", mapping={"@path": "$.properties.url"})]


class ScreenView(OfPerson, frozen=True, kw_only=True):
    name: Annotated[str, Field("Name", mapping={"@path": "$.name"})]


class ContentEvent(Happening, frozen=True, kw_only=True):
    actionType: Annotated[
        Literal["viewed_content", "clicked_content"],
        Field("What happened", mapping={"@path": "$.properties.actionType"}),
    ]


def event(row: Event) -> dict[str, Any]:
    return _happened("event", row, row.name, row.data, person(row.id, None, row.anonymous_id), row.event_id)


def page(row: PageView) -> dict[str, Any]:
    return _happened("page", row, row.url, row.data, person(row.id, None, row.anonymous_id), row.event_id)


def screen(row: ScreenView) -> dict[str, Any]:
    return _happened("screen", row, row.name, row.data, person(row.id, None, row.anonymous_id), row.event_id)


def content(row: ContentEvent) -> dict[str, Any]:
    data = None if row.data is None else {name: value for name, value in row.data.items() if name != "actionType"}
    return _happened(row.actionType, row, row.actionType, data, person(None, None, row.anonymous_id))


def _happened(
    action: str,
    row: Happening,
    name: str,
    data: dict[str, Any] | None,
    identifiers: dict[str, str] | None,
    event_id: str | None = None,
) -> dict[str, Any]:
    body: dict[str, Any] = {"name": name, "id": event_id, "attributes": data}
    if row.convert_timestamp:
        body = with_unix_times(body)
    return about(
        {"type": "person", "action": action, **body, "timestamp": unix_time(row.timestamp)},
        identifiers,
        row.anonymous_id,
    )


# Events that another action answers for.
_NOT_TRACKED = (
    "Application Installed",
    "Application Opened",
    "Application Uninstalled",
    "Device Created or Updated",
    "Device Deleted",
    "Relationship Deleted",
    "User Deleted",
    "User Suppressed",
    "User Unsuppressed",
    "Object Deleted",
    "Report Delivery Event",
    "Report Content Event",
)
TRACKED = " and ".join(['type = "track"', *(f'event != "{name}"' for name in _NOT_TRACKED)])

actions = [
    entity_action("trackEvent", "Track an event", Event, event, TRACKED, [ORDERED]),
    entity_action("trackPageView", "Track a page view", PageView, page, 'type = "page"', [PAGE_VIEWED]),
    entity_action("trackScreenView", "Track a screen view", ScreenView, screen, 'type = "screen"', [SCREEN_VIEWED]),
    entity_action(
        "reportContentEvent",
        "Report a content event",
        ContentEvent,
        content,
        'event = "Report Content Event"',
        [CONTENT_CLICKED],
    ),
]
