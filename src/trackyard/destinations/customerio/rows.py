"""Makes actions of functions that turn a row into an entity's body."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from trackyard.destinations.customerio.entity import (
    BATCH_BYTES_MAX,
    BATCH_ROWS_MAX,
    Batched,
    Settings,
    batch,
    entity,
)
from trackyard.destinations.customerio.reading import read
from trackyard.kit.action import Action, Example
from trackyard.kit.request import Request

Body = Callable[[Any], dict[str, Any]]
BATCH_ROWS: int = 50  # Segment's default


def entity_action(
    slug: str, title: str, payload: type, body: Body, trigger: str, examples: Sequence[Example] = ()
) -> Action:
    """The action that sends `body(row)`, alone to one address and with others to another."""

    def build(row: Batched, settings: Settings, now: datetime) -> Request:
        return entity(body(row), settings)

    def build_batch(rows: Sequence[Batched], settings: Settings, now: datetime) -> Request:
        return batch([body(row) for row in rows], settings)

    return Action(
        slug=slug,
        title=title,
        trigger=trigger,
        payload=payload,
        build=build,
        build_batch=build_batch,
        batch_rows=rows_allowed,
        batch_rows_max=BATCH_ROWS_MAX,
        batch_bytes_max=BATCH_BYTES_MAX,
        read=read,
        examples=examples,
    )


def rows_allowed(row: Batched) -> int:
    """How many rows a request with this one may have."""
    return 1 if row.enable_batching is False else int(row.batch_size or BATCH_ROWS)
