"""The consent record: what the event itself says about purposes, the person's region, and the browser's signal."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from trackyard.model.event import Decided
from trackyard.model.workspace import Workspace
from trackyard.people.gate import rule_of
from trackyard.pipeline.process.duplicates import id_of_event
from trackyard.pipeline.process.envelope import Envelope
from trackyard.pipeline.process.seen import GPC, REFUSAL_BITS, Seen

ANSWERS_KEPT_MAX = 1000


def record_consent(workspace: Workspace, seen: Seen) -> Callable[[Sequence[Envelope]], Sequence[Envelope]]:
    """The step that writes what was signalled; whether it suffices is the gate's question, asked before each send.

    Of twins the most restrictive counts: what the person refused with the first, the second may not do either.
    """
    categories_of = categories_by_purpose(workspace.consent.categories)
    purposes = _Purposes(categories_of)
    rules = _Rules(workspace)
    regions = {country.upper(): region for region, countries in workspace.regions.items() for country in countries}

    def step(envelopes: Sequence[Envelope]) -> Sequence[Envelope]:
        for envelope in envelopes:
            received, decided = envelope.request.received, envelope.decided
            decided.consent = purposes.of(preferences_of(envelope.event))
            # a server's own country says nothing about the person its event is about
            decided.region = regions.get(received.country.upper(), "") if decided.channel != "server" else ""
            refused = _refused(decided)
            if refused or decided.observation > 1:
                refused = seen.refuse(id_of_event(decided), refused | envelope.refused)
                _restrict(decided, refused, categories_of)
            if decided.consent is None:
                decided.without_decision = rules.of(decided.source, decided.region)
        return envelopes

    return step


class _Rules:
    """What each source allows where no decision was seen; the results are shared, never changed."""

    def __init__(self, workspace: Workspace) -> None:
        self._sources = workspace.sources
        self._known: dict[tuple[str, str], tuple[str, ...]] = {}

    def of(self, source: str, region: str) -> tuple[str, ...]:
        found = self._known.get((source, region))
        if found is None:
            found = self._known[source, region] = tuple(rule_of(self._sources.get(source), region)[1])
        return found


def _refused(decided: Decided) -> int:
    """What this event itself refuses, as bits of `REFUSAL_BITS`."""
    bits = REFUSAL_BITS[GPC] if decided.gpc else 0
    for purpose, allowed in (decided.consent or {}).items():
        if not allowed:
            bits |= REFUSAL_BITS[purpose]
    return bits


def _restrict(decided: Decided, refused: int, categories_of: Mapping[str, Sequence[str]]) -> None:
    """Take from what this event allows what its twin refused; where it says nothing, the twin's answer is its own."""
    decided.gpc = bool(refused & REFUSAL_BITS[GPC])
    answers = decided.consent
    if answers is None:
        if not any(refused & REFUSAL_BITS[purpose] for purpose in categories_of):
            return
        answers = dict.fromkeys(categories_of, True)
    decided.consent = {purpose: allowed and not refused & REFUSAL_BITS[purpose] for purpose, allowed in answers.items()}


def categories_by_purpose(categories: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """The workspace's table turned round: purpose -> the categories that must all be granted for it."""
    purposes = sorted({purpose for named in categories.values() for purpose in named})
    return {purpose: [name for name, named in categories.items() if purpose in named] for purpose in purposes}


def preferences_of(event: Mapping[str, Any]) -> dict[str, Any] | None:
    """`context.consent.categoryPreferences`, the banner's answer; None where there is none."""
    context = event.get("context")
    consent = context.get("consent") if isinstance(context, dict) else None
    preferences = consent.get("categoryPreferences") if isinstance(consent, dict) else None
    return preferences if isinstance(preferences, dict) else None


class _Purposes:
    """What answers mean, remembered: there are few different ones. The results are shared, never changed."""

    def __init__(self, categories_of: Mapping[str, Sequence[str]]) -> None:
        self._categories_of = categories_of
        self._known: dict[frozenset[str], dict[str, bool]] = {}

    def of(self, preferences: Mapping[str, Any] | None) -> dict[str, bool] | None:
        if preferences is None:
            return None
        granted = frozenset([name for name, answer in preferences.items() if answer is True])
        found = self._known.get(granted)
        if found is None:
            if len(self._known) >= ANSWERS_KEPT_MAX:
                self._known.clear()
            found = self._known[granted] = allowed_purposes(granted, self._categories_of)
        return found


def allowed_purposes(granted: frozenset[str], categories_of: Mapping[str, Sequence[str]]) -> dict[str, bool]:
    """Purpose -> allowed. A category that is missing or not true counts as denied once there was an answer.

    Segment: "Consent in Segment Connections". So an empty answer denies every purpose.
    """
    return {purpose: granted.issuperset(categories) for purpose, categories in categories_of.items()}
