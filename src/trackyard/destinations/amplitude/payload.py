"""What Amplitude's actions are given: who, from which device, and what happened."""

from typing import Annotated, Any, Final

import msgspec

from trackyard.kit.fields import Field, Number
from trackyard.kit.mappings import each, first_of, path

UTM: Final = {
    "utm_source": "source",
    "utm_medium": "medium",
    "utm_campaign": "name",
    "utm_term": "term",
    "utm_content": "content",
}
_ADVERTISING_ID: Final = first_of("$.context.device.advertisingId", "$.context.device.idfa")


def _campaign(prefix: str = "") -> dict[str, Any]:
    return {f"{prefix}{name}": path(f"$.context.campaign.{member}") for name, member in UTM.items()}


class Utm(msgspec.Struct, frozen=True, kw_only=True):
    utm_source: Annotated[str | None, Field("Source")] = None
    utm_medium: Annotated[str | None, Field("Medium")] = None
    utm_campaign: Annotated[str | None, Field("Campaign")] = None
    utm_term: Annotated[str | None, Field("Term")] = None
    utm_content: Annotated[str | None, Field("Content")] = None


class LastTouch(Utm, frozen=True, kw_only=True):
    referrer: Annotated[str | None, Field("Referrer")] = None


class FirstTouch(msgspec.Struct, frozen=True, kw_only=True):
    initial_referrer: Annotated[str | None, Field("First referrer")] = None
    initial_utm_source: Annotated[str | None, Field("First source")] = None
    initial_utm_medium: Annotated[str | None, Field("First medium")] = None
    initial_utm_campaign: Annotated[str | None, Field("First campaign")] = None
    initial_utm_term: Annotated[str | None, Field("First term")] = None
    initial_utm_content: Annotated[str | None, Field("First content")] = None


class ClientHints(msgspec.Struct, frozen=True, kw_only=True):
    model: Annotated[str | None, Field("Device model")] = None
    platformVersion: Annotated[str | None, Field("Platform version")] = None


class LibraryChoice(msgspec.Struct, frozen=True, kw_only=True):
    behavior: Annotated[str | None, Field("Behaviour", choices=("auto", "use_mapping"))] = None
    mapping: Annotated[str | None, Field("Library", help="Sent where the behaviour is use_mapping.")] = None


class Product(msgspec.Struct, frozen=True, kw_only=True):
    price: Annotated[Number | None, Field("Price of one")] = None
    quantity: Annotated[int | None, Field("Quantity")] = None
    revenue: Annotated[Number | None, Field("Revenue")] = None
    productId: Annotated[str | None, Field("Product id")] = None
    revenueType: Annotated[str | None, Field("Kind of revenue")] = None


class Shorter(msgspec.Struct, frozen=True, kw_only=True):
    min_id_length: Annotated[
        int | None, Field("Shortest id", help="Amplitude refuses ids under 5 characters.", allow_null=True)
    ] = None


class Person(Shorter, frozen=True, kw_only=True):
    """Who and from which device; members that go to Amplitude under the same name."""

    user_id: Annotated[str | msgspec.UnsetType | None, Field("User id", mapping=path("$.userId"), allow_null=True)] = (
        msgspec.UNSET
    )
    device_id: Annotated[str | None, Field("Device id", mapping=first_of("$.context.device.id", "$.anonymousId"))] = (
        None
    )
    user_properties: Annotated[dict[str, Any] | None, Field("User properties", mapping=path("$.traits"))] = None
    groups: Annotated[dict[str, Any] | None, Field("Groups", help="Five at most.")] = None
    app_version: Annotated[str | None, Field("App version", mapping=path("$.context.app.version"))] = None
    platform: Annotated[str | None, Field("Platform", mapping=path("$.context.device.type"))] = None
    os_name: Annotated[str | None, Field("Operating system", mapping=path("$.context.os.name"))] = None
    os_version: Annotated[str | None, Field("Its version", mapping=path("$.context.os.version"))] = None
    device_brand: Annotated[str | None, Field("Device brand", mapping=path("$.context.device.brand"))] = None
    device_manufacturer: Annotated[
        str | None, Field("Device manufacturer", mapping=path("$.context.device.manufacturer"))
    ] = None
    device_model: Annotated[str | None, Field("Device model", mapping=path("$.context.device.model"))] = None
    carrier: Annotated[str | None, Field("Carrier", mapping=path("$.context.network.carrier"))] = None
    country: Annotated[str | None, Field("Country", mapping=path("$.context.location.country"))] = None
    region: Annotated[str | None, Field("Region", mapping=path("$.context.location.region"))] = None
    city: Annotated[str | None, Field("City", mapping=path("$.context.location.city"))] = None
    dma: Annotated[str | None, Field("Designated market area")] = None
    language: Annotated[str | None, Field("Language", mapping=path("$.context.locale"))] = None


class Seen(Person, frozen=True, kw_only=True):
    """A person and what the device is told from, which is not sent as it is."""

    userAgent: Annotated[str | None, Field("User agent", mapping=path("$.context.userAgent"))] = None
    userAgentParsing: Annotated[bool | None, Field("Tell the device from the user agent", mapping=True)] = None
    includeRawUserAgent: Annotated[bool | None, Field("Send the user agent", mapping=False)] = None
    userAgentData: Annotated[
        ClientHints | None,
        Field(
            "Client hints",
            mapping={name: path(f"$.context.userAgentData.{name}") for name in ("model", "platformVersion")},
        ),
    ] = None
    library: Annotated[str | None, Field("Library", mapping=path("$.context.library.name"))] = None


Campaign = Annotated[Utm | None, Field("Campaign", mapping=_campaign())]
Referrer = Annotated[str | None, Field("Referrer", mapping=path("$.context.page.referrer"))]


class Identified(Seen, frozen=True, kw_only=True):
    paying: Annotated[bool | None, Field("Pays")] = None
    start_version: Annotated[str | None, Field("First app version")] = None
    insert_id: Annotated[str | None, Field("Insert id")] = None
    utm_properties: Campaign = None
    referrer: Referrer = None


class Event(Seen, frozen=True, kw_only=True):
    event_type: Annotated[str, Field("Event", mapping=path("$.event"))]
    session_id: Annotated[
        str | Number | None,
        Field("Session start", type="datetime", mapping=path("$.integrations.Actions Amplitude.session_id")),
    ] = None
    time: Annotated[str | Number | None, Field("Time", type="datetime", mapping=path("$.timestamp"))] = None
    event_properties: Annotated[dict[str, Any] | None, Field("Event properties", mapping=path("$.properties"))] = None
    price: Annotated[Number | None, Field("Price", mapping=path("$.properties.price"))] = None
    quantity: Annotated[int | None, Field("Quantity", mapping=path("$.properties.quantity"))] = None
    revenue: Annotated[Number | None, Field("Revenue", mapping=path("$.properties.revenue"))] = None
    productId: Annotated[str | None, Field("Product id", mapping=path("$.properties.productId"))] = None
    revenueType: Annotated[str | None, Field("Kind of revenue", mapping=path("$.properties.revenueType"))] = None
    location_lat: Annotated[Number | None, Field("Latitude", mapping=path("$.context.location.latitude"))] = None
    location_lng: Annotated[Number | None, Field("Longitude", mapping=path("$.context.location.longitude"))] = None
    ip: Annotated[str | None, Field("IP address", mapping=path("$.context.ip"))] = None
    idfa: Annotated[str | None, Field("IDFA", mapping=_ADVERTISING_ID)] = None
    idfv: Annotated[str | None, Field("IDFV", mapping=path("$.context.device.id"))] = None
    adid: Annotated[str | None, Field("Google advertising id", mapping=_ADVERTISING_ID)] = None
    android_id: Annotated[str | None, Field("Android id")] = None
    event_id: Annotated[int | None, Field("Event number", help="Tells events of one moment apart.")] = None
    insert_id: Annotated[
        str | None, Field("Insert id", help="Equal ones count once in 7 days; without it the message id is sent.")
    ] = None
    library2: Annotated[
        LibraryChoice | None,
        Field("Library", mapping={"behavior": "use_mapping", "mapping": path("$.context.library.name")}),
    ] = None
    products: Annotated[
        list[dict[str, Any]] | None,
        Field(
            "Products",
            members=Product,
            mapping=each(
                "$.properties.products",
                {name: name for name in ("price", "revenue", "quantity", "productId", "revenueType")},
            ),
        ),
    ] = None
    use_batch_endpoint: Annotated[
        bool | None, Field("Batch endpoint", mapping=False, help="Is throttled later than the other.")
    ] = None


class Logged(Event, frozen=True, kw_only=True):
    """An event of the first kind: last and first touch are made of campaign and referrer."""

    utm_properties: Campaign = None
    referrer: Referrer = None


class Purchase(Logged, frozen=True, kw_only=True):
    trackRevenuePerProduct: Annotated[bool | None, Field("Revenue with each product", mapping=False)] = None


class LoggedV2(Event, frozen=True, kw_only=True):
    """An event that says itself which user properties are set, once or always, and which are added to."""

    setOnce: Annotated[
        dict[str, Any] | None,
        Field(
            "Set once",
            members=FirstTouch,
            mapping={"initial_referrer": path("$.context.page.referrer"), **_campaign("initial_")},
        ),
    ] = None
    setAlways: Annotated[
        dict[str, Any] | None,
        Field("Set always", members=LastTouch, mapping={"referrer": path("$.context.page.referrer"), **_campaign()}),
    ] = None
    add: Annotated[dict[str, Any] | None, Field("Add", help="Numbers to add to user properties.")] = None


class Group(Shorter, frozen=True, kw_only=True):
    user_id: Annotated[str | msgspec.UnsetType | None, Field("User id", mapping=path("$.userId"), allow_null=True)] = (
        msgspec.UNSET
    )
    device_id: Annotated[str | None, Field("Device id", mapping=first_of("$.context.device.id", "$.anonymousId"))] = (
        None
    )
    insert_id: Annotated[str | None, Field("Insert id")] = None
    time: Annotated[str | None, Field("Time", mapping=path("$.timestamp"))] = None
    group_properties: Annotated[dict[str, Any] | None, Field("Group properties", mapping=path("$.traits"))] = None
    group_type: Annotated[str, Field("Kind of group")]
    group_value: Annotated[str, Field("Group")]


class Mapped(Shorter, frozen=True, kw_only=True):
    user_id: Annotated[str | None, Field("User id", mapping=path("$.previousId"))] = None
    global_user_id: Annotated[str | None, Field("Global user id", mapping=path("$.userId"))] = None
