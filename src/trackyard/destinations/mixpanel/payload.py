"""What Mixpanel's actions are given."""

import math
from typing import Annotated, Any, Final

import msgspec

from trackyard.kit.fields import Field, Number
from trackyard.kit.javascript import number_of_text
from trackyard.kit.mappings import each, first_of, path

EVENTS_IN_REQUEST_MAX: Final = 2_000
INCREMENTED_MAX: Final = 20  # properties in one call, as Segment has it
_NETWORK: Final = "$.context.network"
_DEVICE: Final = "$.context.device"
_HINTS: Final = (
    "mobile",
    "platform",
    "architecture",
    "bitness",
    "model",
    "platformVersion",
    "uaFullVersion",
    "wow64",
)
_PRODUCT: Final = (
    "product_id",
    "sku",
    "category",
    "name",
    "brand",
    "variant",
    "price",
    "quantity",
    "coupon",
    "position",
    "url",
    "image_url",
)


class Utm(msgspec.Struct, frozen=True, kw_only=True):
    utm_source: Annotated[str | None, Field("Source")] = None
    utm_medium: Annotated[str | None, Field("Medium")] = None
    utm_campaign: Annotated[str | None, Field("Campaign")] = None
    utm_term: Annotated[str | None, Field("Term")] = None
    utm_content: Annotated[str | None, Field("Content")] = None


class ClientHints(msgspec.Struct, frozen=True, kw_only=True):
    mobile: Annotated[bool | None, Field("Mobile")] = None
    platform: Annotated[str | None, Field("Platform")] = None
    architecture: Annotated[str | None, Field("Architecture")] = None
    bitness: Annotated[str | None, Field("Bitness")] = None
    model: Annotated[str | None, Field("Model")] = None
    platformVersion: Annotated[str | None, Field("Platform version")] = None
    uaFullVersion: Annotated[str | None, Field("Browser version")] = None
    wow64: Annotated[bool | None, Field("32 bit on 64 bit Windows")] = None


class Product(msgspec.Struct, frozen=True, kw_only=True):
    product_id: Annotated[str | None, Field("Product id")] = None
    sku: Annotated[str | None, Field("SKU")] = None
    category: Annotated[str | None, Field("Category")] = None
    name: Annotated[str | None, Field("Name")] = None
    brand: Annotated[str | None, Field("Brand")] = None
    variant: Annotated[str | None, Field("Variant")] = None
    price: Annotated[Number | None, Field("Price of one")] = None
    quantity: Annotated[int | None, Field("Quantity")] = None
    coupon: Annotated[str | None, Field("Coupon")] = None
    position: Annotated[Number | None, Field("Position")] = None
    url: Annotated[str | None, Field("Page")] = None
    image_url: Annotated[str | None, Field("Image")] = None


class Event(msgspec.Struct, frozen=True, kw_only=True):
    event: Annotated[str, Field("Event", mapping=path("$.event"))]
    distinct_id: Annotated[str | None, Field("Distinct id", mapping=first_of("$.userId", "$.anonymousId"))] = None
    anonymous_id: Annotated[str | None, Field("Anonymous id", mapping=path("$.anonymousId"))] = None
    user_id: Annotated[str | None, Field("User id", mapping=path("$.userId"))] = None
    group_id: Annotated[str | None, Field("Group id", mapping=path("$.context.groupId"))] = None
    insert_id: Annotated[str | None, Field("Insert id", mapping=path("$.messageId"), help="Equal ones count once.")] = (
        None
    )
    time: Annotated[str | Number | None, Field("Time", type="datetime", mapping=path("$.timestamp"))] = None
    app_name: Annotated[str | None, Field("App", mapping=path("$.context.app.name"))] = None
    app_namespace: Annotated[str | None, Field("App namespace", mapping=path("$.context.app.namespace"))] = None
    app_build: Annotated[str | None, Field("App build", mapping=path("$.context.app.build"))] = None
    app_version: Annotated[str | None, Field("App version", mapping=path("$.context.app.version"))] = None
    os_name: Annotated[str | None, Field("Operating system", mapping=path("$.context.os.name"))] = None
    os_version: Annotated[str | None, Field("Its version", mapping=path("$.context.os.version"))] = None
    device_id: Annotated[str | None, Field("Device id", mapping=path(f"{_DEVICE}.id"))] = None
    device_type: Annotated[str | None, Field("Device type", mapping=path(f"{_DEVICE}.type"))] = None
    device_name: Annotated[str | None, Field("Device name", mapping=path(f"{_DEVICE}.name"))] = None
    device_manufacturer: Annotated[
        str | None, Field("Device manufacturer", mapping=path(f"{_DEVICE}.manufacturer"))
    ] = None
    device_model: Annotated[str | None, Field("Device model", mapping=path(f"{_DEVICE}.model"))] = None
    bluetooth: Annotated[bool | None, Field("Bluetooth", mapping=path(f"{_NETWORK}.bluetooth"))] = None
    carrier: Annotated[str | None, Field("Carrier", mapping=path(f"{_NETWORK}.carrier"))] = None
    cellular: Annotated[bool | None, Field("Cellular", mapping=path(f"{_NETWORK}.cellular"))] = None
    wifi: Annotated[bool | None, Field("Wi-Fi", mapping=path(f"{_NETWORK}.wifi"))] = None
    country: Annotated[str | None, Field("Country", mapping=path("$.context.location.country"))] = None
    region: Annotated[str | None, Field("Region", mapping=path("$.context.location.region"))] = None
    language: Annotated[str | None, Field("Language", mapping=path("$.context.locale"))] = None
    library_name: Annotated[str | None, Field("Library", mapping=path("$.context.library.name"))] = None
    library_version: Annotated[str | None, Field("Its version", mapping=path("$.context.library.version"))] = None
    ip: Annotated[str | None, Field("IP address", mapping=path("$.context.ip"))] = None
    idfa: Annotated[str | None, Field("IDFA", mapping=first_of(f"{_DEVICE}.advertisingId", f"{_DEVICE}.idfa"))] = None
    url: Annotated[str | None, Field("Page", mapping=path("$.context.page.url"))] = None
    screen_width: Annotated[Number | None, Field("Screen width", mapping=path("$.context.screen.width"))] = None
    screen_height: Annotated[Number | None, Field("Screen height", mapping=path("$.context.screen.height"))] = None
    screen_density: Annotated[Number | None, Field("Screen density", mapping=path("$.context.screen.density"))] = None
    referrer: Annotated[str | None, Field("Referrer", mapping=path("$.context.page.referrer"))] = None
    userAgent: Annotated[str | None, Field("User agent", mapping=path("$.context.userAgent"))] = None
    advertising_id: Annotated[str | None, Field("Advertising id", mapping=path(f"{_DEVICE}.advertisingId"))] = None
    ad_tracking_enabled: Annotated[
        str | None, Field("Ad tracking allowed", mapping=path(f"{_DEVICE}.adTrackingEnabled"))
    ] = None
    timezone: Annotated[str | None, Field("Time zone", mapping=path("$.context.timezone"))] = None
    app_platform: Annotated[str | None, Field("App platform", mapping=path("$.context.app.platform"))] = None
    name: Annotated[str | None, Field("Original name", mapping=first_of("$.event", "$.name"))] = None
    event_properties: Annotated[dict[str, Any] | None, Field("Event properties", mapping=path("$.properties"))] = None
    utm_properties: Annotated[
        Utm | None,
        Field(
            "Campaign",
            mapping={
                "utm_source": path("$.context.campaign.source"),
                "utm_medium": path("$.context.campaign.medium"),
                "utm_campaign": path("$.context.campaign.name"),
                "utm_term": path("$.context.campaign.term"),
                "utm_content": path("$.context.campaign.content"),
            },
        ),
    ] = None
    userAgentData: Annotated[
        ClientHints | None,
        Field("Client hints", mapping={name: path(f"$.context.userAgentData.{name}") for name in _HINTS}),
    ] = None
    enable_batching: Annotated[bool | None, Field("Batch", mapping=True)] = None
    batch_size: Annotated[
        Number | None, Field("Batch size", mapping=1_000, minimum=1, maximum=EVENTS_IN_REQUEST_MAX)
    ] = None


class Purchase(Event, frozen=True, kw_only=True):
    generatePurchaseEventPerProduct: Annotated[bool | None, Field("An event for each product", mapping=True)] = None
    products: Annotated[
        list[dict[str, Any]] | None,
        Field("Products", members=Product, mapping=each("$.properties.products", {name: name for name in _PRODUCT})),
    ] = None


class Person(msgspec.Struct, frozen=True, kw_only=True):
    ip: Annotated[str | None, Field("IP address", mapping=path("$.context.ip"), help="For the place; not stored.")] = (
        None
    )
    user_id: Annotated[str | None, Field("User id", mapping=path("$.userId"), allow_null=True)] = None
    anonymous_id: Annotated[str | None, Field("Anonymous id", mapping=path("$.anonymousId"), allow_null=True)] = None


class Identified(Person, frozen=True, kw_only=True):
    traits: Annotated[dict[str, Any] | None, Field("User properties", mapping=path("$.traits"))] = None

    def __post_init__(self) -> None:
        if not self.anonymous_id and not self.traits:
            raise ValueError("traits: found none and no anonymous_id, expected one of them")


class Increment(Person, frozen=True, kw_only=True):
    increment: Annotated[
        dict[str, Any],
        Field("Numbers to add", mapping=path("$.properties.increment"), help="User properties and what to add."),
    ]

    def __post_init__(self) -> None:
        if not 0 < len(self.increment) <= INCREMENTED_MAX:
            raise ValueError(f"increment: found {len(self.increment)} members, expected 1 to {INCREMENTED_MAX}")
        if wrong := [name for name, number in self.added.items() if math.isnan(number)]:
            raise ValueError(f"increment.{wrong[0]}: found no number, expected one")

    @property
    def added(self) -> dict[str, float]:
        """The numbers, and the texts that are numbers."""
        return {
            name: number_of_text(value) if isinstance(value, str) else value
            for name, value in self.increment.items()
            if isinstance(value, (str, int, float)) and not isinstance(value, bool)
        }


class Group(msgspec.Struct, frozen=True, kw_only=True):
    group_key: Annotated[str | None, Field("Group key", help="As in the project's settings, else $group_id.")] = None
    group_id: Annotated[str, Field("Group id", mapping=path("$.groupId"))]
    traits: Annotated[dict[str, Any] | None, Field("Group properties", mapping=path("$.traits"))] = None


class Alias(msgspec.Struct, frozen=True, kw_only=True):
    alias: Annotated[str | None, Field("Alias", mapping=first_of("$.userId", "$.anonymousId"), allow_null=True)] = None
    distinct_id: Annotated[str | None, Field("Distinct id", mapping=path("$.previousId"))] = None
