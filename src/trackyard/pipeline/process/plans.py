"""Tracking plans: JSON Schema over the whole event, checked on every event.

A plan in the workspace:

    unplanned_events: allow | flag | block        # events that no rule names; default flag
    violations: allow | flag | omit | block       # events that break their rule's schema; default flag
    rules:
      - type: track
        event: Order Completed                    # for track; the other types have one rule each
        schema: {...}                             # JSON Schema over the whole event, as Segment's plans have it
        violations: block                         # where this rule differs from the plan

allow: goes on as it is, the violation is kept. flag: goes on with `context.protocols.violations`. omit: goes on without
the members that broke the schema. block: is dropped. Whatever happens, the violation is kept with its event.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Literal

import jsonschema_rs
import msgspec

from trackyard.model.workspace import Strict, Workspace
from trackyard.pipeline.process.envelope import Answer, Dropped, Envelope

VIOLATIONS_MAX = 20  # reported of one event
MESSAGE_CHARACTERS_MAX = 300
PATTERN_BACKTRACKS_MAX = 10_000  # a pattern of a plan must not hang the engine

OnViolation = Literal["allow", "flag", "omit", "block"]


class Rule(Strict):
    """What one kind of event must look like."""

    type: Literal["track", "identify", "page", "screen", "group", "alias"]
    schema: dict[str, Any]
    event: str | None = None
    violations: OnViolation | None = None


class Plan(Strict):
    """A tracking plan as it stands in the workspace."""

    unplanned_events: Literal["allow", "flag", "block"] = "flag"
    violations: OnViolation = "flag"
    rules: list[Rule] = msgspec.field(default_factory=list)


class Violation(msgspec.Struct, frozen=True):
    """One way in which an event breaks its rule."""

    type: str  # the keyword of the schema that failed, or "unplanned"
    field: str  # dotted path of the offending member
    description: str


class _Compiled(msgspec.Struct):
    on_violation: OnViolation
    validator: Any


def check_plans(workspace: Workspace) -> Callable[[Sequence[Envelope]], Sequence[Answer]]:
    """The step that holds each event against the plan of its source. Raises `ValueError` for a plan that is none."""
    plans = {name: _CompiledPlan(compiled_from(plan)) for name, plan in workspace.plans.items()}
    of_source = {
        slug: plans[source.tracking_plan] for slug, source in workspace.sources.items() if source.tracking_plan in plans
    }

    def step(envelopes: Sequence[Envelope]) -> Sequence[Answer]:
        return [_checked(envelope, of_source.get(envelope.decided.source)) for envelope in envelopes]

    return step


def compiled_from(plan: Mapping[str, Any]) -> Plan:
    """The plan as written in the workspace, or `ValueError` saying what is wrong with it."""
    try:
        read = msgspec.convert(plan, Plan)
        for rule in read.rules:
            if (rule.type == "track") != (rule.event is not None):
                raise ValueError(f"a rule of type {rule.type} with event {rule.event!r}: `event` belongs to track only")
            _validator(rule.schema)
    except jsonschema_rs.ValidationError as error:
        raise ValueError(f"the schema of {rule.type} {rule.event or ''} is no JSON Schema: {error.message}") from error
    return read


def _validator(schema: dict[str, Any]) -> Any:
    patterns = jsonschema_rs.FancyRegexOptions(backtrack_limit=PATTERN_BACKTRACKS_MAX)
    # offline: a `$ref` must not make a call; mask: a message names the fault, not what the person has written
    return jsonschema_rs.validator_for(schema, pattern_options=patterns, offline=True, mask="the value")


class _CompiledPlan:
    def __init__(self, plan: Plan) -> None:
        self.on_unplanned = plan.unplanned_events
        self.rules: dict[tuple[str, str], _Compiled] = {
            (rule.type, rule.event or ""): _Compiled(rule.violations or plan.violations, _validator(rule.schema))
            for rule in plan.rules
        }


def _checked(envelope: Envelope, plan: _CompiledPlan | None) -> Answer:
    if plan is None:
        return envelope
    decided = envelope.decided
    rule = plan.rules.get((decided.type, decided.name if decided.type == "track" else ""))
    if rule is None:
        if decided.type != "track":  # Segment's plans say nothing of types without a rule
            return envelope
        unplanned = Violation("unplanned", "event", "no rule of the tracking plan names this event")
        return _answered(envelope, plan.on_unplanned, [unplanned], "unplanned_event")
    if rule.validator.is_valid(envelope.event):
        return envelope
    errors = list(rule.validator.iter_errors(envelope.event))
    violations = [_violation(error) for error in errors[:VIOLATIONS_MAX]]
    answer = _answered(envelope, rule.on_violation, violations, "schema_violation")
    if rule.on_violation == "omit":
        _omit(envelope, errors)
    return answer


def _violation(error: Any) -> Violation:
    field = ".".join(str(part) for part in error.instance_path)
    return Violation(error.kind.name, field, error.message[:MESSAGE_CHARACTERS_MAX])


def _answered(envelope: Envelope, what: OnViolation, violations: list[Violation], code: str) -> Answer:
    message = "; ".join(f"{one.field}: {one.description}" for one in violations)
    if what == "block":
        return Dropped(envelope, "blocked", code, message)
    envelope.note("violation", code, message)
    if what == "flag":
        envelope.decided.flag(code)
        _write_into_context(envelope, violations)
    return envelope


def _write_into_context(envelope: Envelope, violations: list[Violation]) -> None:
    # where Segment puts them with "Propagate violations" (docs, "Protocols: review violations")
    found = envelope.event.get("context")
    context = found if isinstance(found, dict) else {}
    protocols = {"sourceId": envelope.decided.source, "violations": msgspec.to_builtins(violations)}
    envelope.event["context"] = {**context, "protocols": protocols}
    envelope.decided.fills["context"] = {**envelope.decided.fills.get("context", {}), "protocols": protocols}


def _omit(envelope: Envelope, errors: Sequence[Any]) -> None:
    """Take out the members that broke the schema; the body is written anew."""
    for path in sorted(set(_offending(errors)), key=_place, reverse=True):
        if len(path) > 1:  # never the event's own members: without type and ids it would be no event
            _remove(envelope.event, path)
    envelope.rewrite()


Path = tuple[str | int, ...]


def _offending(errors: Sequence[Any]) -> Iterator[Path]:
    for error in errors:
        path = tuple(error.instance_path)
        if error.kind.name == "additionalProperties":
            yield from ((*path, name) for name in error.kind.unexpected)
        elif error.kind.name != "required":  # what is missing cannot be taken out
            yield path


def _place(path: Path) -> list[str]:
    """Sorts children after their parents and list items by number; taken out backwards, no index shifts."""
    return [f"{part:09}" if isinstance(part, int) else part for part in path]


def _remove(event: dict[str, Any], path: Path) -> None:
    place: Any = event
    for part in path[:-1]:
        place = place[part]
    del place[path[-1]]
