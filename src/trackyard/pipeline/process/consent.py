"""The consent record: what the event itself says about purposes, the person's region, and the browser's signal."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from trackyard.model.workspace import Workspace
from trackyard.pipeline.process.envelope import Envelope

ANSWERS_KEPT_MAX = 1000


def record_consent(workspace: Workspace) -> Callable[[Sequence[Envelope]], Sequence[Envelope]]:
    """The step that writes what was signalled; whether it suffices is the gate's question, asked before each send."""
    categories_of = categories_by_purpose(workspace.consent.categories)
    purposes = _Purposes(categories_of)
    regions = {country.upper(): region for region, countries in workspace.regions.items() for country in countries}

    def step(envelopes: Sequence[Envelope]) -> Sequence[Envelope]:
        for envelope in envelopes:
            received, decided = envelope.request.received, envelope.decided
            decided.consent = purposes.of(preferences_of(envelope.event))
            # a server's own country says nothing about the person its event is about
            decided.region = regions.get(received.country.upper(), "") if decided.channel != "server" else ""
        return envelopes

    return step


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
