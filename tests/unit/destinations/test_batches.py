"""A row that goes again with others comes with the `now` of another request: it must not change."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from tests.unit.destinations.test_every_destination import RECORDED

from trackyard.kit.action import Action, Destination
from trackyard.kit.attempt import Refused, attempt, recorded
from trackyard.kit.fields import compile_payload, fields_of
from trackyard.kit.mapping import compile_mapping

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
ONE = datetime(2026, 1, 15, 13, tzinfo=UTC)


def batching() -> Iterator[tuple[Destination, Action]]:
    for destination in RECORDED:
        for action in destination.actions:
            if action.build_batch is not None:
                yield destination, action


def named(value: Any) -> str:
    return str(value.slug)


@pytest.mark.parametrize("without", ["nothing", "timestamp"])
@pytest.mark.parametrize(("destination", "action"), list(batching()), ids=named)
def test_what_takes_the_time_of_its_request_goes_alone(destination: Destination, action: Action, without: str) -> None:
    example = action.examples[0]
    defaults = {name: field["default"] for name, field in fields_of(action.payload).items() if "default" in field}
    mapping = {**defaults, **example.mapping}
    settings = msgspec.convert(example.settings, destination.settings)
    event = {name: value for name, value in example.event.items() if name != without}

    def requests(now: datetime) -> list[dict[str, Any]]:
        tried = attempt(action, settings, mapping, [event, event], now=now, batch=True)
        return [recorded(request) for request in tried.requests]

    try:
        same = requests(NOON) == requests(ONE)
    except Refused:
        assert without == "timestamp"  # the action wants the event's own
        return
    row = compile_payload(action.payload)(compile_mapping({**action.always, **mapping})(event), batch=True)
    assert same or (action.batch_rows and action.batch_rows(row) == 1)
