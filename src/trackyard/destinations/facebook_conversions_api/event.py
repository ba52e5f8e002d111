"""What every event to Meta has: fields, settings, and the request that up to a thousand events share."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, Any, ClassVar, Final, Literal

import msgspec

from trackyard.destinations.facebook_conversions_api.app_data import APP_DATA_MAPPING, AppData, app_data
from trackyard.destinations.facebook_conversions_api.reading import read
from trackyard.destinations.facebook_conversions_api.user_data import USER_DATA_MAPPING, UserData, user_data
from trackyard.kit.action import Action, Example
from trackyard.kit.fields import Field, Number
from trackyard.kit.members import filled, present
from trackyard.kit.request import Request
from trackyard.kit.times import unix_seconds

GRAPH_VERSION: Final = "v26.0"  # newest of Meta's Business SDK 26.0.3
EVENTS_IN_REQUEST_MAX: Final = 1_000  # Conversions API, "Using the API"


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What a connection is configured with."""

    pixelId: Annotated[str, Field("Pixel or dataset id")]
    accessToken: Annotated[
        str | None, Field("Access token", secret=True, help="A system user's, with the dataset.")
    ] = None
    testEventCode: Annotated[str | None, Field("Test event code", help="Shows events under Test events only.")] = None
    graphVersion: Annotated[str, Field("Graph API version")] = GRAPH_VERSION
    host: Annotated[str, Field("Host", help="Where Meta's API answers; a gateway's address otherwise.")] = (
        "https://graph.facebook.com"
    )


class EventFields(msgspec.Struct, frozen=True, kw_only=True):
    """The members that all of Meta's events share."""

    needs_user_agent: ClassVar[bool] = True

    action_source: Annotated[
        Literal["email", "website", "app", "phone_call", "chat", "physical_store", "system_generated", "other"],
        Field("Action source", mapping="website", help="Where the event happened."),
    ]
    event_time: Annotated[str, Field("Time of the event", mapping={"@path": "$.timestamp"})]
    user_data: Annotated[UserData, Field("Person", mapping=USER_DATA_MAPPING)]
    app_data_field: Annotated[AppData | None, Field("App", mapping=APP_DATA_MAPPING)] = None
    event_id: Annotated[
        str | None,
        Field(
            label="Event id",
            mapping={"@path": "$.messageId"},
            help="The pixel's eventID: equal ones count once in 48 h.",
        ),
    ] = None
    event_source_url: Annotated[str | None, Field("Page address", mapping={"@path": "$.context.page.url"})] = None
    custom_data: Annotated[dict[str, Any] | None, Field("More about the event")] = None
    data_processing_options: Annotated[
        bool | None, Field("Limited data use", help="For people in US states with such a law.")
    ] = None
    data_processing_options_country: Annotated[
        Number | None, Field("Limited data use: country", choices=(0, 1), help="0: Meta finds out, 1: USA")
    ] = None
    data_processing_options_state: Annotated[
        Number | None,
        Field(
            label="Limited data use: state",
            choices=(0, *range(1000, 1011)),
            help="0: Meta finds out, 1000: California ...",
        ),
    ] = None
    test_event_code: Annotated[str | None, Field("Test event code", help="Instead of the setting.")] = None

    def __post_init__(self) -> None:
        if self.needs_user_agent and self.action_source == "website" and self.user_data.client_user_agent is None:
            raise ValueError("user_data.client_user_agent: found none, expected one for action_source website")


Data = Callable[[Any], dict[str, Any]]


def event_action(
    slug: str, title: str, payload: type, data: Data, trigger: str = "", examples: Sequence[Example] = ()
) -> Action:
    """The action that sends `data(payload)` (event_name and custom_data) with what all events have."""

    def build(row: EventFields, settings: Settings, now: datetime) -> Request:
        return _request([row], settings, data)

    def build_batch(rows: Sequence[EventFields], settings: Settings, now: datetime) -> Request:
        return _request(rows, settings, data)

    return Action(
        slug=slug,
        title=title,
        trigger=trigger,
        payload=payload,
        build=build,
        build_batch=build_batch,
        batch_keys=("test_event_code",),
        batch_rows_max=EVENTS_IN_REQUEST_MAX,
        read=read,
        examples=examples,
    )


def _request(rows: Sequence[EventFields], settings: Settings, data: Data) -> Request:
    test_event_code = rows[0].test_event_code or settings.testEventCode
    body: dict[str, Any] = {"data": [_event(row, data(row)) for row in rows]}
    if test_event_code:
        body["test_event_code"] = test_event_code
    return Request(
        url=f"{settings.host}/{settings.graphVersion}/{settings.pixelId}/events",
        headers={"authorization": f"Bearer {settings.accessToken}"} if settings.accessToken else {},
        json=body,
    )


def _event(row: EventFields, data: dict[str, Any]) -> dict[str, Any]:
    seconds = unix_seconds(row.event_time)
    return filled(
        {
            "event_name": data["event_name"],
            "event_time": row.event_time if seconds is None else seconds,
            "action_source": row.action_source,
            "event_source_url": row.event_source_url,
            "event_id": row.event_id,
            "custom_data": present(data.get("custom_data", {})),
            "app_data": app_data(row.app_data_field),
        }
    ) | {"user_data": user_data(row.user_data), **_limited_data_use(row)}


def _limited_data_use(row: EventFields) -> dict[str, Any]:
    if not row.data_processing_options:
        return {}
    return {
        "data_processing_options": ["LDU"],
        "data_processing_options_country": row.data_processing_options_country or 0,
        "data_processing_options_state": row.data_processing_options_state or 0,
    }
