"""The answer of `trackyard try action`: the requests an action would make, with canned replies and no network."""

from datetime import UTC, datetime
from typing import Any

import click
import msgspec

from trackyard.destinations import catalogue
from trackyard.kit.action import Action, Destination
from trackyard.kit.attempt import Refused, Reply, attempt, recorded, stand_in_settings

Line = dict[str, Any]


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """A line: the members Segment's recordings have. `features` change nothing here."""

    slug: str
    action: str
    settings: dict[str, Any] = {}
    mapping: dict[str, Any] = {}
    events: list[dict[str, Any]] = []
    batch: bool = False
    features: dict[str, bool] | None = None
    responses: list[Reply] | None = None
    frozen_now: datetime | None = None


def action_answer(line: Line, explained: bool) -> Line:
    """`requests`, and with `explained` what became of each row; `error` where no row could be sent."""
    try:
        question = msgspec.convert(line, Question)
        destination, action = _found(question)
        tried = attempt(
            action,
            stand_in_settings(destination, question.settings),
            question.mapping,
            question.events,
            now=question.frozen_now or datetime.now(UTC),
            batch=question.batch,
            replies=question.responses or (),
        )
    except Refused as refused:
        return {"error": {"name": "PayloadValidationError", "status": 400, "message": str(refused)}}
    except msgspec.ValidationError as error:
        raise click.UsageError(str(error)) from error
    if action.handed_to_host is not None:
        return {"output": action.handed_to_host(tried.requests[0])}
    answer: Line = {"requests": [recorded(request, destination.oauth) for request in tried.requests]}
    return answer | ({"outcomes": tried.outcomes, "refused": tried.refused} if explained else {})


def _found(question: Question) -> tuple[Destination, Action]:
    destination = catalogue().get(question.slug)
    if destination is None:
        raise click.UsageError(f"found no destination {question.slug!r}: see `trackyard destinations list`")
    action = destination.action(question.action)
    if action is None:
        slugs = ", ".join(action.slug for action in destination.actions)
        raise click.UsageError(f"found no action {question.action!r} of {question.slug}, expected one of {slugs}")
    return destination, action
