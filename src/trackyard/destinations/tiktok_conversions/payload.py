"""What an event to TikTok is made of."""

from typing import Annotated, Any, Final, Literal

import msgspec

from trackyard.destinations.tiktok_conversions.verticals import Travel, Vehicle
from trackyard.kit.fields import Condition, Conditions, Field, Number
from trackyard.kit.mappings import first_of, path, properties

_FROM_CRM: Final = Conditions(conditions=[Condition(field_key="event_source", operator="is", value="crm")])


class Address(msgspec.Struct, frozen=True, kw_only=True):
    city: Annotated[str | None, Field("City")] = None
    country: Annotated[str | None, Field("Country")] = None
    zip_code: Annotated[str | None, Field("Postal code")] = None
    state: Annotated[str | None, Field("State")] = None


class Lead(msgspec.Struct, frozen=True, kw_only=True):
    lead_id: Annotated[str | None, Field("Lead id", help="Of a TikTok lead form.")] = None
    lead_event_source: Annotated[str | None, Field("CRM")] = None


class Content(msgspec.Struct, frozen=True, kw_only=True):
    price: Annotated[Number | None, Field("Price of one")] = None
    quantity: Annotated[Number | None, Field("Quantity")] = None
    content_category: Annotated[str | None, Field("Category")] = None
    content_id: Annotated[str | None, Field("Product id")] = None
    content_name: Annotated[str | None, Field("Name")] = None
    brand: Annotated[str | None, Field("Brand")] = None


def _of_address(member: str) -> dict[str, Any]:
    return first_of(f"$.properties.address.{member}", f"$.context.traits.address.{member}")


def _of_person(member: str) -> dict[str, Any]:
    return first_of(f"$.properties.{member}", f"$.context.traits.{member}")


def _of_integration(member: str) -> dict[str, Any]:
    return first_of(f"$.properties.{member}", f"$.integrations.TikTok Conversions.{member}")


_ADDRESS: Final = {
    "city": _of_address("city"),
    "country": _of_address("country"),
    "zip_code": _of_address("postal_code"),
    "state": _of_address("state"),
}
_VEHICLE: Final = properties(Vehicle.__struct_fields__) | {"drivetrain": path("$.properties.drive_train")}


class WebEvent(msgspec.Struct, frozen=True, kw_only=True):
    event: Annotated[str, Field("Event name", help="TikTok's: Purchase (or CompletePayment), AddToCart ...")]
    event_source: Annotated[Literal["web", "crm"] | None, Field("Source", mapping="web")] = None
    event_spec_type: Annotated[Literal["travel_fields", "vehicle_fields"] | None, Field("Kind of catalogue")] = None
    event_id: Annotated[
        str | None, Field("Event id", mapping=path("$.messageId"), help="The pixel's: equal ones count once in 48 h.")
    ] = None
    timestamp: Annotated[str | None, Field("Time", mapping=path("$.timestamp"))] = None
    phone_number: Annotated[list[str] | None, Field("Phone", mapping=_of_person("phone"))] = None
    email: Annotated[list[str] | None, Field("Email", mapping=_of_person("email"))] = None
    first_name: Annotated[str | None, Field("First name", mapping=_of_person("first_name"))] = None
    last_name: Annotated[str | None, Field("Last name", mapping=_of_person("last_name"))] = None
    address: Annotated[Address | None, Field("Address", mapping=_ADDRESS)] = None
    order_id: Annotated[str | None, Field("Order id", mapping=path("$.properties.order_id"))] = None
    shop_id: Annotated[str | None, Field("Shop id", mapping=path("$.properties.shop_id"))] = None
    external_id: Annotated[
        list[str] | None, Field("External ids", mapping=first_of("$.userId", "$.anonymousId"), help="Hashed here.")
    ] = None
    ttclid: Annotated[str | None, Field("Click id", mapping=_of_integration("ttclid"), help="Valid 7 days.")] = None
    ttp: Annotated[str | None, Field("Browser id", mapping=_of_integration("ttp"), help="The _ttp cookie.")] = None
    locale: Annotated[str | None, Field("Locale", mapping=path("$.context.locale"))] = None
    url: Annotated[str | None, Field("Page address", mapping=path("$.context.page.url"))] = None
    referrer: Annotated[str | None, Field("Referrer", mapping=path("$.context.page.referrer"))] = None
    ip: Annotated[str | None, Field("IP address", mapping=path("$.context.ip"))] = None
    user_agent: Annotated[str | None, Field("User agent", mapping=path("$.context.userAgent"))] = None
    contents: Annotated[list[Content] | None, Field("Products")] = None
    content_ids: Annotated[list[str] | None, Field("Product ids", mapping=path("$.properties.content_ids"))] = None
    num_items: Annotated[Number | None, Field("Number of items", mapping=path("$.properties.num_items"))] = None
    content_type: Annotated[
        Literal["product", "product_group"] | None, Field("Kind of product ids", mapping="product")
    ] = None
    currency: Annotated[str | None, Field("Currency", mapping=path("$.properties.currency"))] = None
    value: Annotated[Number | None, Field("Value", mapping=first_of("$.properties.value", "$.properties.revenue"))] = (
        None
    )
    description: Annotated[str | None, Field("Description")] = None
    query: Annotated[str | None, Field("What was searched", mapping=path("$.properties.query"))] = None
    limited_data_use: Annotated[
        bool | None, Field("Limited data use", mapping=path("$.properties.limited_data_use"))
    ] = None
    test_event_code: Annotated[str | None, Field("Test event code")] = None
    delivery_category: Annotated[
        Literal["in_store", "curbside", "home_delivery"] | None,
        Field("Delivery", mapping=path("$.properties.delivery_category")),
    ] = None
    predicted_ltv: Annotated[
        Number | None, Field("Predicted lifetime value", mapping=path("$.properties.predicted_ltv"))
    ] = None
    search_string: Annotated[str | None, Field("Search text", mapping=path("$.properties.search_string"))] = None
    lead_fields: Annotated[
        Lead | None, Field("Lead", mapping=properties(Lead.__struct_fields__), required=_FROM_CRM)
    ] = None
    vehicle_fields: Annotated[Vehicle | None, Field("Vehicle", mapping=_VEHICLE)] = None
    travel_fields: Annotated[Travel | None, Field("Travel", mapping=properties(Travel.__struct_fields__))] = None
