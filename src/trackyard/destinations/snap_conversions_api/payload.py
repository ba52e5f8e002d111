"""What an event to Snap is made of. The members after `products` are those of Snap's second API, in old mappings."""

from typing import Annotated, Any, Final, Literal

import msgspec

from trackyard.kit.fields import Field, Number
from trackyard.kit.mappings import each, first_of, path
from trackyard.kit.money import currency_code
from trackyard.kit.times import moment

ActionSource = Literal["email", "website", "app", "phone_call", "chat", "physical_store", "system_generated", "other"]


class User(msgspec.Struct, frozen=True, kw_only=True):
    externalId: Annotated[list[str] | None, Field("External ids", help="Hashed here.")] = None
    email: Annotated[str | None, Field("Email")] = None
    phone: Annotated[str | None, Field("Phone")] = None
    gender: Annotated[str | None, Field("Gender")] = None
    dateOfBirth: Annotated[str | None, Field("Date of birth")] = None
    lastName: Annotated[str | None, Field("Last name")] = None
    firstName: Annotated[str | None, Field("First name")] = None
    city: Annotated[str | None, Field("City")] = None
    state: Annotated[str | None, Field("State")] = None
    zip: Annotated[str | None, Field("Postal code")] = None
    country: Annotated[str | None, Field("Country")] = None
    client_ip_address: Annotated[str | None, Field("IP address")] = None
    client_user_agent: Annotated[str | None, Field("User agent")] = None
    subscriptionID: Annotated[str | None, Field("Subscription id")] = None
    leadID: Annotated[int | None, Field("Lead id")] = None
    madid: Annotated[str | None, Field("Mobile advertising id")] = None
    sc_click_id: Annotated[str | None, Field("Click id", help="The ScCid of the landing page.")] = None
    sc_cookie1: Annotated[str | None, Field("Browser id", help="The _scid cookie.")] = None
    idfv: Annotated[str | None, Field("Apple vendor id")] = None


class App(msgspec.Struct, frozen=True, kw_only=True):
    advertiser_tracking_enabled: Annotated[bool | None, Field("Advertiser tracking")] = None
    application_tracking_enabled: Annotated[bool | None, Field("Application tracking")] = None
    version: Annotated[Literal["i2", "a2"] | None, Field("Kind of app", help="i2: iOS, a2: Android")] = None
    packageName: Annotated[str | None, Field("Package name")] = None
    shortVersion: Annotated[str | None, Field("Short version")] = None
    longVersion: Annotated[str | None, Field("Long version")] = None
    osVersion: Annotated[str | None, Field("OS version")] = None
    deviceName: Annotated[str | None, Field("Device model")] = None
    locale: Annotated[str | None, Field("Locale")] = None
    timezone: Annotated[str | None, Field("Time zone abbreviation")] = None
    carrier: Annotated[str | None, Field("Carrier")] = None
    width: Annotated[str | None, Field("Screen width")] = None
    height: Annotated[str | None, Field("Screen height")] = None
    density: Annotated[str | None, Field("Screen density")] = None
    cpuCores: Annotated[str | None, Field("CPU cores")] = None
    storageSize: Annotated[str | None, Field("Storage")] = None
    freeStorage: Annotated[str | None, Field("Free storage")] = None
    deviceTimezone: Annotated[str | None, Field("Device time zone")] = None


class Custom(msgspec.Struct, frozen=True, kw_only=True):
    currency: Annotated[str | None, Field("Currency")] = None
    num_items: Annotated[int | None, Field("Number of items")] = None
    order_id: Annotated[str | None, Field("Order id")] = None
    search_string: Annotated[str | None, Field("What was searched")] = None
    sign_up_method: Annotated[str | None, Field("Way of signing up")] = None
    value: Annotated[Number | None, Field("Value")] = None
    checkin_date: Annotated[str | None, Field("Check-in")] = None
    travel_end: Annotated[str | None, Field("End of the travel")] = None
    travel_start: Annotated[str | None, Field("Start of the travel")] = None
    suggested_destinations: Annotated[str | None, Field("Suggested destinations")] = None
    destination_airport: Annotated[str | None, Field("To airport")] = None
    country: Annotated[str | None, Field("Country")] = None
    city: Annotated[str | None, Field("City")] = None
    region: Annotated[str | None, Field("Region")] = None
    neighborhood: Annotated[str | None, Field("Neighbourhood")] = None
    departing_departure_date: Annotated[str | None, Field("Outward departure")] = None
    departing_arrival_date: Annotated[str | None, Field("Outward arrival")] = None
    num_adults: Annotated[int | None, Field("Adults")] = None
    origin_airport: Annotated[str | None, Field("From airport")] = None
    returning_departure_date: Annotated[str | None, Field("Return departure")] = None
    returning_arrival_date: Annotated[str | None, Field("Return arrival")] = None
    num_children: Annotated[int | None, Field("Children")] = None
    hotel_score: Annotated[str | None, Field("Hotel score")] = None
    postal_code: Annotated[str | None, Field("Postal code")] = None
    num_infants: Annotated[int | None, Field("Infants")] = None
    preferred_neighborhoods: Annotated[str | None, Field("Preferred neighbourhoods")] = None
    preferred_star_ratings: Annotated[str | None, Field("Preferred stars")] = None
    suggested_hotels: Annotated[str | None, Field("Suggested hotels")] = None


class Product(msgspec.Struct, frozen=True, kw_only=True):
    item_id: Annotated[str | None, Field("Product id")] = None
    item_category: Annotated[str | None, Field("Category")] = None
    brand: Annotated[str | None, Field("Brand")] = None


def _of_person(trait: str, own: str | None = None) -> dict[str, Any]:
    return first_of(f"$.context.traits.{trait}", f"$.properties.{own or trait}")


_USER: Final = {
    "externalId": first_of("$.userId", "$.anonymousId"),
    "email": first_of("$.properties.email", "$.traits.email"),
    "phone": first_of("$.properties.phone", "$.traits.phone"),
    "gender": _of_person("gender"),
    "dateOfBirth": _of_person("birthday"),
    "lastName": _of_person("last_name"),
    "firstName": _of_person("first_name"),
    "city": _of_person("address.city"),
    "state": _of_person("address.state"),
    "country": _of_person("address.country"),
    "zip": _of_person("address.postalCode"),
    "client_ip_address": path("$.context.ip"),
    "client_user_agent": path("$.context.userAgent"),
    "idfv": path("$.context.device.id"),
    "madid": path("$.context.device.advertisingId"),
    "sc_click_id": path("$.integrations.Snap Conversions Api.click_id"),
    "sc_cookie1": path("$.integrations.Snap Conversions Api.uuid_c1"),
}
_APP: Final = {
    "application_tracking_enabled": path("$.context.device.adTrackingEnabled"),
    "packageName": path("$.context.app.namespace"),
    "longVersion": path("$.context.app.version"),
    "osVersion": path("$.context.os.version"),
    "deviceName": path("$.context.device.model"),
    "locale": path("$.context.locale"),
    "carrier": path("$.context.network.carrier"),
    "width": path("$.context.screen.width"),
    "height": path("$.context.screen.height"),
    "density": path("$.context.screen.density"),
    "deviceTimezone": path("$.context.timezone"),
}
_CUSTOM: Final = {
    "currency": path("$.properties.currency"),
    "num_items": path("$.properties.quantity"),
    "order_id": path("$.properties.order_id"),
    "search_string": path("$.properties.query"),
    "value": first_of("$.properties.revenue", "$.properties.total"),
}
_PRODUCTS: Final = each(
    "$.properties.products", {"item_id": "product_id", "item_category": "category", "brand": "brand"}
)


class Event(msgspec.Struct, frozen=True, kw_only=True):
    event_name: Annotated[str | None, Field("Event", help="PURCHASE, ADD_CART, VIEW_CONTENT ...")] = None
    event_id: Annotated[
        str | None, Field("Event id", mapping=path("$.messageId"), help="The pixel's: equal ones count once in 48 h.")
    ] = None
    event_time: Annotated[str | None, Field("Time", mapping=path("$.timestamp"))] = None
    action_source: Annotated[ActionSource | None, Field("Source")] = None
    user_data: Annotated[User | None, Field("Person", mapping=_USER)] = None
    app_data: Annotated[App | None, Field("App", mapping=_APP)] = None
    custom_data: Annotated[Custom | None, Field("Money and more", mapping=_CUSTOM)] = None
    data_processing_options: Annotated[bool | None, Field("Limited data use")] = None
    data_processing_options_country: Annotated[Number | None, Field("Limited data use: country", choices=(0, 1))] = None
    data_processing_options_state: Annotated[Number | None, Field("Limited data use: state", choices=(0, 1000))] = None
    event_source_url: Annotated[str | None, Field("Page address", mapping=path("$.context.page.url"))] = None
    products: Annotated[list[Product] | None, Field("Products", mapping=_PRODUCTS)] = None

    brands: Annotated[list[str] | None, Field("Brands (old)")] = None
    click_id: Annotated[str | None, Field("Click id (old)")] = None
    client_dedup_id: Annotated[str | None, Field("Event id (old)")] = None
    currency: Annotated[str | None, Field("Currency (old)")] = None
    description: Annotated[str | None, Field("Description (old)")] = None
    device_model: Annotated[str | None, Field("Device model (old)")] = None
    email: Annotated[str | None, Field("Email (old)")] = None
    event_conversion_type: Annotated[Literal["OFFLINE", "WEB", "MOBILE_APP"] | None, Field("Source (old)")] = None
    event_tag: Annotated[str | None, Field("Event tag (old)")] = None
    event_type: Annotated[str | None, Field("Event (old)")] = None
    idfv: Annotated[str | None, Field("Apple vendor id (old)")] = None
    ip_address: Annotated[str | None, Field("IP address (old)")] = None
    item_category: Annotated[str | None, Field("Categories (old)", help="Separated by semicolons.")] = None
    item_ids: Annotated[str | None, Field("Product ids (old)", help="Separated by semicolons.")] = None
    level: Annotated[str | None, Field("Level (old)")] = None
    mobile_ad_id: Annotated[str | None, Field("Mobile advertising id (old)")] = None
    number_items: Annotated[str | None, Field("Number of items (old)")] = None
    os_version: Annotated[str | None, Field("OS version (old)")] = None
    page_url: Annotated[str | None, Field("Page address (old)")] = None
    phone_number: Annotated[str | None, Field("Phone (old)")] = None
    price: Annotated[Number | None, Field("Value (old)")] = None
    search_string: Annotated[str | None, Field("What was searched (old)")] = None
    sign_up_method: Annotated[str | None, Field("Way of signing up (old)")] = None
    timestamp: Annotated[str | None, Field("Time (old)")] = None
    transaction_id: Annotated[str | None, Field("Order id (old)")] = None
    user_agent: Annotated[str | None, Field("User agent (old)")] = None
    uuid_c1: Annotated[str | None, Field("Browser id (old)")] = None

    def __post_init__(self) -> None:
        if self.source is None or not self.name or self.milliseconds is None:
            raise ValueError("event: expected action_source, event_name and an event_time that is a time")
        currency = (self.custom_data and self.custom_data.currency) or self.currency
        if currency and currency_code(currency) is None:
            raise ValueError("currency: found no ISO 4217 code, expected one such as USD")
        if not self._is_about_somebody:
            raise ValueError("user_data: expected email, phone, madid, or client_ip_address with client_user_agent")

    @property
    def _is_about_somebody(self) -> bool:
        user = self.user_data or User()
        address, agent = user.client_ip_address or self.ip_address, user.client_user_agent or self.user_agent
        found = user.email or self.email or user.phone or self.phone_number or user.madid or self.mobile_ad_id
        return bool(found or (address and agent))

    @property
    def name(self) -> str | None:
        return self.event_name or self.event_type

    @property
    def milliseconds(self) -> int | None:
        text = self.event_time or self.timestamp
        found = moment(text) if text else None
        return None if found is None else round(found.timestamp() * 1000)

    @property
    def source(self) -> str | None:
        """website and app as they are; Snap has one word for all others."""
        if self.action_source:
            return self.action_source if self.action_source in ("website", "app") else "OFFLINE"
        return {"WEB": "website", "MOBILE_APP": "app", "OFFLINE": "OFFLINE"}.get(self.event_conversion_type or "")
