"""What every event to Google Analytics 4 has: who, when, consent, and the address it goes to."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, Any, ClassVar, Final, Literal

import msgspec

from trackyard.destinations.google_analytics_4.items import checked_items
from trackyard.kit.action import Action, Example
from trackyard.kit.fields import Field, Number
from trackyard.kit.mappings import first_of, path
from trackyard.kit.members import filled, present
from trackyard.kit.money import currency_code
from trackyard.kit.request import Request
from trackyard.kit.times import moment

CLIENT_ID: Final = Field(
    "Client id", mapping=first_of("$.userId", "$.anonymousId"), help="Of the browser; web streams."
)
MICROSECONDS_DIGITS: Final = 16
Consent = Literal["GRANTED", "DENIED"]


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What a connection is configured with."""

    apiSecret: Annotated[str, Field("API secret", secret=True)]
    measurementId: Annotated[str | None, Field("Measurement id", help="Of a web stream: G-...")] = None
    firebaseAppId: Annotated[str | None, Field("Firebase app id", help="Of an app stream.")] = None
    host: Annotated[str, Field("Host", help="https://region1.google-analytics.com keeps data in the EU.")] = (
        "https://www.google-analytics.com"
    )


class Ga4Event(msgspec.Struct, frozen=True, kw_only=True):
    """The members that all events share. `OWN` are the members that become the event's parameters."""

    OWN: ClassVar[Sequence[str]] = ()
    CURRENCY_FOR_ITEMS: ClassVar[bool] = False

    data_stream_type: Annotated[Literal["Web", "Mobile App"] | None, Field("Kind of stream", mapping="Web")] = None
    app_instance_id: Annotated[str | None, Field("App instance id", help="Of the Firebase SDK; app streams.")] = None
    client_id: Annotated[str | None, CLIENT_ID] = None
    user_id: Annotated[str | None, Field("User id")] = None
    timestamp_micros: Annotated[str | None, Field("Time", mapping=path("$.timestamp"))] = None
    user_properties: Annotated[dict[str, Any] | None, Field("User properties")] = None
    engagement_time_msec: Annotated[Number | None, Field("Engagement time, ms", mapping=1)] = None
    params: Annotated[dict[str, Any] | None, Field("More parameters")] = None
    ad_user_data_consent: Annotated[Consent | None, Field("Consent: ad user data")] = None
    ad_personalization_consent: Annotated[Consent | None, Field("Consent: ad personalization")] = None

    def __post_init__(self) -> None:
        if self.data_stream_type == "Mobile App":
            if not self.app_instance_id:
                raise ValueError("app_instance_id: found none, expected one for an app stream")
        elif not self.client_id:
            raise ValueError("client_id: found none, expected one for a web stream")
        _check_money(self)


def ga4_action(slug: str, title: str, payload: type, name: str, trigger: str, example: Example) -> Action:
    """The action that sends event `name` with the payload's own members as parameters."""
    return named_action(slug, title, payload, lambda row: name, trigger, example)


def named_action(
    slug: str, title: str, payload: type, name: Callable[[Any], str], trigger: str, example: Example
) -> Action:
    def build(row: Ga4Event, settings: Settings, now: datetime) -> Request:
        return Request(url=_url(row, settings), json=_body(row, name(row)))

    return Action(slug=slug, title=title, payload=payload, build=build, trigger=trigger, examples=[example])


def _url(row: Ga4Event, settings: Settings) -> str:
    if row.data_stream_type == "Mobile App":
        stream, found = "firebase_app_id", settings.firebaseAppId
    else:
        stream, found = "measurement_id", settings.measurementId
    if not found:
        raise ValueError(f"{stream}: found none in the settings, expected that of the stream")
    return f"{settings.host}/mp/collect?api_secret={settings.apiSecret}&{stream}={found}"


def _body(row: Ga4Event, name: str) -> dict[str, Any]:
    is_app = row.data_stream_type == "Mobile App"
    properties = {key: {"value": value} for key, value in (row.user_properties or {}).items()}
    consent = {"ad_user_data": row.ad_user_data_consent, "ad_personalization": row.ad_personalization_consent}
    return filled(
        {
            "app_instance_id": row.app_instance_id if is_app else None,
            "client_id": None if is_app else row.client_id,
            "user_id": row.user_id,
            "events": [{"name": name, "params": _parameters(row)}],
            "user_properties": properties,
            "timestamp_micros": _micros(row.timestamp_micros) if row.timestamp_micros else None,
            "consent": present(consent),
        }
    )


def _micros(text: str) -> int | None:
    """Microseconds of a time in ISO 8601, or in seconds, milliseconds or microseconds since 1970."""
    if text.isdecimal() and len(text) >= MICROSECONDS_DIGITS:
        return int(text)
    found = moment(text)
    return None if found is None else round(found.timestamp() * 1000) * 1000


def _parameters(row: Ga4Event) -> dict[str, Any]:
    own = {name: getattr(row, name) for name in row.OWN}
    if "currency" in own:
        own["currency"] = row.currency.upper() if row.currency else None  # type: ignore[attr-defined]  # it is in OWN
    if "items" in own:
        own["items"] = checked_items(own["items"] or ())
    return {**present({**own, "engagement_time_msec": row.engagement_time_msec}), **(row.params or {})}


def _check_money(row: Any) -> None:
    """Google takes no value without a currency, and no item without one somewhere."""
    if "currency" in row.OWN and row.currency and currency_code(row.currency) is None:
        raise ValueError("currency: found no ISO 4217 code, expected one such as USD")
    if "value" in row.OWN and row.value and row.currency is None:
        raise ValueError("currency: found none beside a value, expected one")
    if "items" not in row.OWN:
        return
    items = checked_items(row.items or ())
    if row.CURRENCY_FOR_ITEMS and row.currency is None and not (items and items[0].get("currency")):
        raise ValueError("currency: found none, expected one of the event or of its first item")
