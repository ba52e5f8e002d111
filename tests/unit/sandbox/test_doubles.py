"""Stand-ins by recorded contract take what the catalogue's examples send, alone and in batches."""

from collections.abc import Iterator

import pytest
from tests.unit.sandbox.strict import STRICT, rows_of, sandbox, send, summary, try_example

from trackyard.destinations import catalogue
from trackyard.kit.action import Action, Destination, Example
from trackyard.kit.outcome import Delivered
from trackyard.sandbox.partners import find_partners


def examples() -> Iterator[tuple[Destination, Action, Example]]:
    for slug in sorted(find_partners().keys() - set(STRICT)):
        if destination := catalogue().get(slug):
            for action in destination.actions:
                for example in action.examples:
                    yield destination, action, example


def named(value: object) -> str:
    return getattr(value, "slug", None) or getattr(value, "title", "").replace(" ", "-")


@pytest.mark.parametrize(("destination", "action", "example"), list(examples()), ids=named)
def test_an_example_is_taken(destination: Destination, action: Action, example: Example) -> None:
    box = sandbox()
    assert list(try_example(box, destination, action, example)) == [Delivered()]
    counted = summary(box)
    assert counted["effects"] >= 1 and counted["refused"] == 0, counted


@pytest.mark.parametrize(("destination", "action", "example"), list(examples()), ids=named)
def test_a_batch_is_taken(destination: Destination, action: Action, example: Example) -> None:
    if action.build_batch is None:
        return
    box = sandbox()
    events = [{**example.event, "messageId": f"m-{number}"} for number in range(3)]
    rows = rows_of(action, events, example.mapping)
    assert list(send(box, destination, action, rows, example.settings)) == [Delivered()] * 3
