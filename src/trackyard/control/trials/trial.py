"""One event tried on one subscription: does it match, may it go, what is made of it, what would be sent."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec

from trackyard.control.trials.deciding import Candidate
from trackyard.kit.action import Action, Built, Destination
from trackyard.kit.fields import compile_payload
from trackyard.kit.mapping import compile_mapping, missing_paths
from trackyard.kit.mapping.errors import MappingError, Problem
from trackyard.kit.mapping.explain import MissingPath
from trackyard.kit.payload.check import Coercion
from trackyard.kit.request import Request
from trackyard.kit.trigger import deciding, explain
from trackyard.kit.trigger.explain import Clause
from trackyard.model.errors import MissingSecret
from trackyard.model.workspace import Connection, Subscription
from trackyard.people.gate import Denied, Permitted
from trackyard.pipeline.deliver.config import Configuration
from trackyard.pipeline.deliver.routing import Route
from trackyard.pipeline.deliver.shadow import Recorded, recorded
from trackyard.pipeline.deliver.subscription import Compiled, Unmappable, mapping_of
from trackyard.pipeline.deliver.transport import wire

Result = Literal[
    "dropped",  # process would not have let it through
    "not_routed",  # not this connection's business
    "not_matched",  # the trigger says no
    "denied",  # the gate says no
    "refused",  # no payload or no request can be made of it
    "expired",  # the platform takes no event as old as this
    "built",  # everything but sending
    "delivered",
    "accepted",
    "retry",
    "rejected",
    "unknown",
]
PASSED = frozenset({"built", "delivered", "accepted"})


class Sent(msgspec.Struct, kw_only=True):
    """What came back of a trial that was sent.

    `test_mode` is the platform's word for it, `sandbox`, or "" for a real delivery.
    """

    test_mode: str
    status: int
    latency_ms: float
    body: str
    outcome: str


class Trial(msgspec.Struct, kw_only=True):
    """What came of one event on one subscription, as far as it got."""

    connection: str
    action: str
    subscription: str
    event: str
    message_id: str
    result: Result = "built"
    reason: str = ""
    because: Sequence[Clause] = ()  # the clauses of the trigger that decided
    gate: str = ""  # the purposes it may go for and on what basis, or why not
    payload: dict[str, Any] | None = None
    missing: Sequence[MissingPath] = ()
    coerced: Sequence[Coercion] = ()
    problems: Sequence[Problem] = ()
    requests: Sequence[Recorded] = ()  # as they would be sent, secrets masked
    sent: Sent | None = None

    @property
    def passed(self) -> bool:
        """Whether nothing stood in the way."""
        return self.result in PASSED

    def stopped(self, result: Result, reason: str) -> "Trial":
        """The same trial, ended here."""
        self.result, self.reason = result, reason
        return self


class Subject(msgspec.Struct, frozen=True):
    """What an event is tried on."""

    name: str
    connection: Connection
    destination: Destination
    index: int
    subscription: Subscription
    action: Action
    code: str = ""  # of a destination that the workspace brings


class Ready(msgspec.Struct, frozen=True):
    """What there is to send after a trial that passed."""

    subject: Subject
    payload: Any
    settings: Any
    now: datetime

    def build(self) -> Built:
        """The request, or the conversation, anew."""
        return self.subject.action.build(self.payload, self.settings, self.now)


def try_event(subject: Subject, candidate: Candidate, config: Configuration, now: float) -> tuple[Trial, Ready | None]:
    """The trial without sending, and what to send where it passed."""
    trial = new_trial(subject, candidate.decided.name or candidate.decided.type, candidate.decided.message_id)
    if not Route(subject.name, subject.connection, subject.destination).takes(candidate.decided):
        why = "another source or environment, a copy or history, or the event's own `integrations` say no"
        return trial.stopped("not_routed", why), None
    clause = explain(subject.subscription.trigger, candidate.event, subject.subscription.dialect)
    trial.because = deciding(clause)
    if not clause.holds:
        return trial.stopped("not_matched", "; ".join(said(part) for part in trial.because)), None
    answer = config.gate(subject.name).ask(candidate.decided, candidate.event)
    trial.gate = answer.reason if isinstance(answer, Denied) else f"{', '.join(answer.purposes)} ({answer.basis})"
    if isinstance(answer, Denied):
        return trial.stopped("denied", answer.reason), None
    ready = _payload(trial, subject, answer, config, now)
    if ready is None:
        return trial, None
    _show_request(trial, ready, config)
    _refuse_expired(trial, subject.destination, candidate, now)
    return trial, ready if trial.passed else None


def new_trial(subject: Subject, event: str, message_id: str) -> Trial:
    """A trial of which nothing is known yet."""
    label = subject.subscription.name or subject.action.slug
    return Trial(
        connection=subject.name, action=subject.action.slug, subscription=label, event=event, message_id=message_id
    )


def said(clause: Clause) -> str:
    """A clause with what was found at its fields, and its answer."""
    found = ", ".join(f"{path} is {msgspec.json.encode(value).decode()}" for path, value in clause.found.items())
    return f"{clause.clause} {'holds' if clause.holds else 'does not hold'}" + (f": {found}" if found else "")


def _payload(trial: Trial, subject: Subject, permitted: Permitted, config: Configuration, now: float) -> Ready | None:
    """Examined for people, then made by the lane's own compiled subscription."""
    event = dict(permitted.event)
    mapping = compile_mapping(mapping_of(subject.subscription, subject.action))
    try:
        trial.missing = missing_paths(mapping, event)
        members, findings = compile_payload(subject.action.payload).examine(mapping.transform(event))
        trial.payload, trial.coerced, trial.problems = members, findings.coercions, findings.problems
        shape = Compiled(subject.index, subject.subscription, subject.action).shape(permitted)
        settings = config.settings(subject.name)
    except (Unmappable, MappingError) as error:
        trial.stopped("refused", str(error))
        return None
    except (MissingSecret, msgspec.ValidationError) as error:
        trial.stopped("refused", f"settings: {error}")
        return None
    return Ready(subject, shape.payload, settings, datetime.fromtimestamp(now, UTC))


def _show_request(trial: Trial, ready: Ready, config: Configuration) -> None:
    """The request; of a conversation the first, as those that follow depend on its answer."""
    try:
        built = ready.build()
        request = built if isinstance(built, Request) else next(built)
    except Exception as error:  # a destination's own code: its fault is this trial's answer
        trial.stopped("refused", f"the request cannot be built: {type(error).__name__}: {error}")
        return
    trial.requests = [masked(trial, request, ready, config)]


def masked(trial: Trial, request: Request, ready: Ready, config: Configuration) -> Recorded:
    """A request as it may be shown."""
    at, secrets = int(ready.now.timestamp() * 1000), config.secrets_of(ready.subject.name)
    return recorded(at, [trial.message_id], wire(request), secrets)


def _refuse_expired(trial: Trial, destination: Destination, candidate: Candidate, now: float) -> None:
    limit = destination.event_age_seconds_max
    age = now - candidate.decided.timestamp / 1000
    if trial.passed and limit is not None and age > limit:
        trial.stopped("expired", f"{age / 86_400:.1f} days old; {destination.name} takes {limit / 86_400:g} days")
