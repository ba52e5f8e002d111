"""The members of TikTok's catalogues for vehicles and travel."""

from typing import Annotated, Any, Literal

import msgspec

from trackyard.kit.fields import Field, Number
from trackyard.kit.members import present

BodyStyle = Literal[
    "Convertible", "Coupe", "Hatchback", "Minivan", "Truck", "SUV", "Sedan", "Van", "Wagon", "Crossover", "Other"
]


class Vehicle(msgspec.Struct, frozen=True, kw_only=True):
    postal_code: Annotated[str | None, Field("Postal code")] = None
    make: Annotated[str | None, Field("Make")] = None
    model: Annotated[str | None, Field("Model")] = None
    year: Annotated[Number | None, Field("Year")] = None
    state_of_vehicle: Annotated[Literal["New", "Used", "CPO"] | None, Field("State")] = None
    mileage_value: Annotated[Number | None, Field("Mileage")] = None
    mileage_unit: Annotated[Literal["MI", "KM"] | None, Field("Unit of the mileage")] = None
    exterior_color: Annotated[str | None, Field("Exterior colour")] = None
    transmission: Annotated[Literal["Automatic", "Manual", "Other"] | None, Field("Transmission")] = None
    body_style: Annotated[BodyStyle | None, Field("Body style")] = None
    fuel_type: Annotated[Literal["Diesel", "Electric", "Flex", "Gasoline", "Hybrid", "Other"] | None, Field("Fuel")] = (
        None
    )
    drivetrain: Annotated[Literal["AWD", "FOUR_WD", "FWD", "RWD", "TWO_WD", "Other"] | None, Field("Drivetrain")] = None
    preferred_price_range_min: Annotated[Number | None, Field("Lowest price")] = None
    preferred_price_range_max: Annotated[Number | None, Field("Highest price")] = None
    trim: Annotated[str | None, Field("Trim")] = None
    vin: Annotated[str | None, Field("VIN")] = None
    interior_color: Annotated[str | None, Field("Interior colour")] = None
    condition_of_vehicle: Annotated[
        Literal["Excellent", "Good", "Fair", "Poor", "Other"] | None, Field("Condition")
    ] = None
    viewcontent_type: Annotated[str | None, Field("Kind of view")] = None
    search_type: Annotated[str | None, Field("Kind of search")] = None
    registration_type: Annotated[str | None, Field("Kind of registration")] = None


class Travel(msgspec.Struct, frozen=True, kw_only=True):
    city: Annotated[str | None, Field("City")] = None
    region: Annotated[str | None, Field("Region")] = None
    country: Annotated[str | None, Field("Country")] = None
    checkin_date: Annotated[str | None, Field("Check-in")] = None
    checkout_date: Annotated[str | None, Field("Check-out")] = None
    num_adults: Annotated[Number | None, Field("Adults")] = None
    num_children: Annotated[Number | None, Field("Children")] = None
    num_infants: Annotated[Number | None, Field("Infants")] = None
    suggested_hotels: Annotated[list[str] | None, Field("Suggested hotels")] = None
    departing_departure_date: Annotated[str | None, Field("Outward departure")] = None
    returning_departure_date: Annotated[str | None, Field("Return departure")] = None
    origin_airport: Annotated[str | None, Field("From airport")] = None
    destination_airport: Annotated[str | None, Field("To airport")] = None
    destination_ids: Annotated[list[str] | None, Field("Destination ids")] = None
    departing_arrival_date: Annotated[str | None, Field("Outward arrival")] = None
    returning_arrival_date: Annotated[str | None, Field("Return arrival")] = None
    travel_class: Annotated[Literal["eco", "prem", "bus", "first"] | None, Field("Class")] = None
    user_score: Annotated[Number | None, Field("Score of the person")] = None
    preferred_num_stops: Annotated[int | None, Field("Stops")] = None
    travel_start: Annotated[str | None, Field("Start")] = None
    travel_end: Annotated[str | None, Field("End")] = None
    suggested_destinations: Annotated[list[str] | None, Field("Suggested destinations")] = None


def vehicle_properties(given: Vehicle) -> dict[str, Any]:
    """Mileage as an object, the price range as a pair."""
    members = present(msgspec.structs.asdict(given))
    mileage, unit = members.pop("mileage_value", None), members.pop("mileage_unit", None)
    lowest, highest = members.pop("preferred_price_range_min", None), members.pop("preferred_price_range_max", None)
    if mileage is not None and unit is not None:
        members["mileage"] = {"unit": unit, "value": mileage}
    if lowest is not None and highest is not None:
        members["preferred_price_range"] = [lowest, highest]
    return members


def travel_properties(given: Travel) -> dict[str, Any]:
    return present(msgspec.structs.asdict(given))
