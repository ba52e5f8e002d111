from typing import Any

import msgspec
import pytest

from trackyard.destinations.tiktok_conversions.reading import read
from trackyard.destinations.tiktok_conversions.verticals import Vehicle, vehicle_properties
from trackyard.kit.outcome import Delivered, Outcome, Rejected, Retry
from trackyard.kit.request import Response


def answered(code: int, data: Any = None) -> list[Outcome]:
    return list(read(Response(status=200, body=msgspec.json.encode({"code": code, "data": data})), 2))


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        (0, Delivered()),
        (40002, Rejected("TikTok code 40002", whole_request=True)),
        (40100, Retry("TikTok code 40100", scope="destination")),
        (40105, Retry("TikTok code 40105: credentials refused", scope="auth")),
        (51021, Retry("TikTok code 51021", scope="destination")),
    ],
)
def test_the_code_in_the_body_says_what_became_of_the_rows(code: int, outcome: Outcome) -> None:
    assert answered(code) == [outcome] * 2


def test_a_partial_success_loses_only_the_named_row() -> None:
    failed = {"failed_events": [{"order_in_batch": 1, "error_code": 40002}]}
    assert answered(20001, failed) == [Delivered(), Rejected("TikTok: 40002")]


def test_a_gateway_without_a_body_is_read_by_its_status() -> None:
    assert read(Response(status=503), 1) == [Retry("HTTP 503", scope="destination")]


def test_mileage_and_prices_become_objects_only_when_whole() -> None:
    assert vehicle_properties(Vehicle(make="Fiat", mileage_value=10, preferred_price_range_min=1)) == {"make": "Fiat"}
    assert vehicle_properties(Vehicle(mileage_value=10, mileage_unit="KM")) == {"mileage": {"unit": "KM", "value": 10}}
