"""What Klaviyo's actions are given."""

from typing import Annotated, Any, Final

import msgspec

from trackyard.destinations.klaviyo.phone import COUNTRIES, e164
from trackyard.kit.fields import Field, Number
from trackyard.kit.mappings import first_of, path

PROFILES_IN_JOB_MAX: Final = 10_000
ROWS_MAX: Final = 1_000  # events or subscriptions in a job, profiles put on or taken off a list
UNSUBSCRIBED_MAX: Final = 100
_LIST_OF_AUDIENCE: Final = first_of(
    "$.context.personas.audience_settings.listId", "$.context.personas.external_audience_id"
)
_ID_CHARACTERS_MAX: Final = 255

Nullable = Annotated[str | msgspec.UnsetType | None, Field(allow_null=True)]
Country = Annotated[str | None, Field("Country of numbers", choices=COUNTRIES, help="Of phone numbers without a +.")]
Phone = Annotated[str | None, Field("Phone number")]
BatchKeys = Annotated[list[str] | None, Field("Rows that share a request agree on")]
Large = Annotated[
    Number | None, Field("Batch size", mapping=PROFILES_IN_JOB_MAX, minimum=100, maximum=PROFILES_IN_JOB_MAX)
]
Small = Annotated[Number | None, Field("Batch size", mapping=ROWS_MAX, minimum=100, maximum=ROWS_MAX)]


class Location(msgspec.Struct, frozen=True, kw_only=True):
    address1: Nullable = msgspec.UNSET
    address2: Nullable = msgspec.UNSET
    city: Nullable = msgspec.UNSET
    region: Nullable = msgspec.UNSET
    zip: Nullable = msgspec.UNSET
    latitude: Nullable = msgspec.UNSET
    longitude: Nullable = msgspec.UNSET
    country: Nullable = msgspec.UNSET


def _address(at: str) -> dict[str, Any]:
    return {
        "city": path(f"{at}.city"),
        "region": path(f"{at}.state"),
        "zip": path(f"{at}.postal_code"),
        "address1": path(f"{at}.street"),
        "country": path(f"{at}.country"),
    }


def _identified(row: Any, *names: str) -> None:
    """The row's phone number made E.164; ValueError where it is none, or nothing says who it is about."""
    if not any(getattr(row, name) for name in names):
        raise ValueError(f"{names[0]}: found none, expected one of {', '.join(names)}")
    if row.phone_number:
        msgspec.structs.force_setattr(row, "phone_number", e164(row.phone_number, row.country_code))


class Upserted(msgspec.Struct, frozen=True, kw_only=True):
    """A profile. `retlOnMappingSave` is where an imported mapping keeps the list it was made for."""

    email: Annotated[str | None, Field("Email", format="email", mapping=path("$.traits.email"))] = None
    phone_number: Annotated[str | None, Field("Phone number", mapping=path("$.context.traits.phone"))] = None
    country_code: Country = None
    external_id: Annotated[str | None, Field("External id")] = None
    first_name: Annotated[str | None, Field("First name", mapping=path("$.traits.firstName"))] = None
    last_name: Annotated[str | None, Field("Last name", mapping=path("$.traits.lastName"))] = None
    organization: Annotated[str | None, Field("Organization", mapping=path("$.traits.company.name"))] = None
    title: Annotated[str | None, Field("Title", mapping=path("$.traits.title"))] = None
    image: Annotated[str | None, Field("Picture", mapping=path("$.traits.avatar"))] = None
    location: Annotated[Location | None, Field("Address", mapping=_address("$.traits.address"))] = None
    properties: Annotated[dict[str, Any] | None, Field("Properties", mapping=path("$.properties"))] = None
    list_id: Annotated[str | None, Field("List id")] = None
    override_list_id: Annotated[
        str | None, Field("List id of the event", mapping=path("$.integrations.Klaviyo.listId"))
    ] = None
    retlOnMappingSave: Annotated[dict[str, Any] | None, Field("Imported list")] = None
    enable_batching: Annotated[bool | None, Field("Batch")] = None
    batch_size: Large = None
    batch_keys: Annotated[BatchKeys, Field("Rows of a batch agree on", mapping=["list_id", "override_list_id"])] = None

    def __post_init__(self) -> None:
        _identified(self, "external_id", "phone_number", "email")

    @property
    def list(self) -> str | None:
        imported = ((self.retlOnMappingSave or {}).get("outputs") or {}).get("id")
        return self.override_list_id or imported or self.list_id


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """A profile that goes on a list."""

    email: Annotated[str | None, Field("Email", format="email", mapping=path("$.context.traits.email"))] = None
    phone_number: Annotated[str | None, Field("Phone number", mapping=path("$.context.traits.phone"))] = None
    country_code: Country = None
    list_id: Annotated[str, Field("List id", mapping=_LIST_OF_AUDIENCE)]
    external_id: Annotated[str | None, Field("External id", maximum=_ID_CHARACTERS_MAX)] = None
    first_name: Annotated[str | None, Field("First name", mapping=path("$.properties.firstName"))] = None
    last_name: Annotated[str | None, Field("Last name", mapping=path("$.properties.lastName"))] = None
    image: Annotated[str | None, Field("Picture", mapping=path("$.properties.avatar"))] = None
    title: Annotated[str | None, Field("Title", mapping=path("$.properties.title"))] = None
    organization: Annotated[str | None, Field("Organization", mapping=path("$.properties.company.name"))] = None
    location: Annotated[Location | None, Field("Address", mapping=_address("$.properties.address"))] = None
    properties: Annotated[dict[str, Any] | None, Field("Properties", mapping=path("$.properties.properties"))] = None
    enable_batching: Annotated[bool | None, Field("Batch", mapping=True)] = None
    batch_size: Large = None
    batch_keys: Annotated[BatchKeys, Field("Rows of a batch agree on", mapping=["list_id"])] = None

    def __post_init__(self) -> None:
        _identified(self, "external_id", "phone_number", "email")


class Unlisted(msgspec.Struct, frozen=True, kw_only=True):
    """A profile that leaves a list."""

    email: Annotated[str | None, Field("Email", format="email", mapping=path("$.context.traits.email"))] = None
    phone_number: Annotated[str | None, Field("Phone number", mapping=path("$.context.traits.phone"))] = None
    country_code: Country = None
    external_id: Annotated[str | None, Field("External id", maximum=_ID_CHARACTERS_MAX)] = None
    list_id: Annotated[str, Field("List id", mapping=_LIST_OF_AUDIENCE)]
    enable_batching: Annotated[bool | None, Field("Batch", mapping=True)] = None
    batch_size: Small = None
    batch_keys: Annotated[BatchKeys, Field("Rows of a batch agree on", mapping=["list_id"])] = None

    def __post_init__(self) -> None:
        _identified(self, "external_id", "phone_number", "email")


class Removed(Unlisted, frozen=True, kw_only=True):
    """As `Unlisted`, told by an identify event."""

    email: Annotated[str | None, Field("Email", format="email", mapping=path("$.traits.email"))] = None
    phone_number: Annotated[str | None, Field("Phone number", mapping=path("$.traits.phone"))] = None
    external_id: Annotated[str | None, Field("External id")] = None
    list_id: Annotated[str, Field("List id")]


class Unsubscribed(msgspec.Struct, frozen=True, kw_only=True):
    """A profile that wants no more messages."""

    email: Annotated[
        str | None, Field("Email", format="email", mapping=first_of("$.traits.email", "$.context.traits.email"))
    ] = None
    phone_number: Annotated[
        str | None, Field("Phone number", mapping=first_of("$.traits.phone", "$.context.traits.phone"))
    ] = None
    country_code: Country = None
    list_id: Annotated[str | None, Field("List id")] = None
    enable_batching: Annotated[bool | None, Field("Batch")] = None
    batch_size: Annotated[
        Number | None, Field("Batch size", mapping=UNSUBSCRIBED_MAX, minimum=50, maximum=UNSUBSCRIBED_MAX)
    ] = None
    batch_keys: Annotated[BatchKeys, Field("Rows of a batch agree on", mapping=["list_id"])] = None

    def __post_init__(self) -> None:
        _identified(self, "phone_number", "email")


class Subscribed(Unsubscribed, frozen=True, kw_only=True):
    """A profile that consented to messages."""

    custom_source: Annotated[str | None, Field("Source", mapping="-59", help="Where the consent was given.")] = None
    historical_import: Annotated[
        bool | None, Field("Consented earlier", mapping=False, help="No welcome, and with the time of the consent.")
    ] = None
    consented_at: Annotated[
        str | Number | None, Field("Time of the consent", type="datetime", mapping=path("$.timestamp"))
    ] = None
    batch_size: Small = None
    batch_keys: Annotated[
        BatchKeys, Field("Rows of a batch agree on", mapping=["list_id", "custom_source", "historical_import"])
    ] = None


class WhoOrdered(msgspec.Struct, frozen=True, kw_only=True):
    email: Annotated[str | None, Field("Email")] = None
    phone_number: Phone = None
    country_code: Country = None
    external_id: Annotated[str | None, Field("External id", mapping=path("$.userId"))] = None
    anonymous_id: Annotated[str | None, Field("Anonymous id", mapping=path("$.anonymousId"))] = None


class Who(WhoOrdered, frozen=True, kw_only=True):
    email: Annotated[str | None, Field("Email", format="email")] = None


class Happening(msgspec.Struct, frozen=True, kw_only=True):
    """The members that events and orders share."""

    profile: dict[str, Any]
    properties: Annotated[dict[str, Any], Field("Properties", mapping=path("$.properties"))]
    time: Annotated[str | Number | None, Field("Time", type="datetime", mapping=path("$.timestamp"))] = None
    value: Annotated[Number | None, Field("Value")] = None
    unique_id: Annotated[
        str | None, Field("Unique id", mapping=path("$.messageId"), help="Equal ones of a profile count once.")
    ] = None

    def __post_init__(self) -> None:
        names = ("external_id", "anonymous_id", "phone_number", "email")
        who = {name: value for name, value in self.profile.items() if name != "country_code"}
        if not any(who.get(name) for name in names):
            raise ValueError(f"profile: found nobody, expected one of {', '.join(names)}")
        if who.get("phone_number"):
            who["phone_number"] = e164(who["phone_number"], self.profile.get("country_code"))
        msgspec.structs.force_setattr(self, "profile", who)


class Event(Happening, frozen=True, kw_only=True):
    profile: Annotated[dict[str, Any], Field("Profile", members=Who)]
    metric_name: Annotated[str, Field("Metric", mapping=path("$.event"), help="The event's name.")]
    enable_batching: Annotated[bool | None, Field("Batch", mapping=True)] = None
    batch_size: Small = None


class Order(Happening, frozen=True, kw_only=True):
    profile: Annotated[dict[str, Any], Field("Profile", members=WhoOrdered)]
    products: Annotated[list[dict[str, Any]] | None, Field("Products", help="Each becomes an event.")] = None
    event_name: Annotated[str | None, Field("Name of the order's event", mapping="Order Completed")] = None
    product_event_name: Annotated[str | None, Field("Name of a product's event", mapping="Ordered Product")] = None
