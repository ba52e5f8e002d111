"""The examples of a destination, run: each must give exactly its request."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec

from trackyard.kit.action import Action, Destination, Example
from trackyard.kit.attempt import Refused, attempt, recorded
from trackyard.kit.fields import fields_of
from trackyard.kit.own.faults import NotADestination, line_in
from trackyard.kit.own.load import file_of, line_of

NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)  # what `now` is in every example


def example_faults(name: str, source: str, destination: Destination) -> Iterator[NotADestination]:
    """What is wrong with each example, at its line."""
    for action in destination.actions:
        for example in action.examples:
            file, line = file_of(name), line_of(source, example.title)
            wanted = recorded(example.request)
            try:
                found = _request(destination, action, example)
            except (Refused, msgspec.ValidationError) as error:
                yield NotADestination(file, line, f"the example {example.title!r} refused: {error}", "its request")
            except Exception as error:  # the author's code
                line = line_in(error, file) if line_in(error, file) > 1 else line
                found = f"{type(error).__name__}: {error}"
                yield NotADestination(file, line, f"{found} in the example {example.title!r}", "its request")
            else:
                if found != wanted:
                    yield NotADestination(file, line, f"{_json(found)} from {example.title!r}", _json(wanted))


def _request(destination: Destination, action: Action, example: Example) -> Any:
    defaults = {name: field["default"] for name, field in fields_of(action.payload).items() if "default" in field}
    settings: Any = msgspec.convert(example.settings, destination.settings)
    tried = attempt(action, settings, {**defaults, **example.mapping}, [example.event], now=NOW)
    return recorded(tried.requests[0])


def _json(value: Any) -> str:
    return msgspec.json.encode(value, order="sorted").decode()
