"""The consent record: what the event itself says about purposes, the person's region, and the browser's signal."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from trackyard.model.workspace import Workspace
from trackyard.pipeline.process.envelope import Envelope


def record_consent(workspace: Workspace) -> Callable[[Sequence[Envelope]], Sequence[Envelope]]:
    """The step that writes what was signalled; whether it suffices is the gate's question, asked before each send."""
    categories_of = categories_by_purpose(workspace.consent.categories)
    regions = {country.upper(): region for region, countries in workspace.regions.items() for country in countries}

    def step(envelopes: Sequence[Envelope]) -> Sequence[Envelope]:
        for envelope in envelopes:
            received, decided = envelope.request.received, envelope.decided
            decided.consent = signalled(envelope.event.get("context"), categories_of)
            # a server's own country says nothing about the person its event is about
            decided.region = regions.get(received.country.upper(), "") if decided.channel != "server" else ""
        return envelopes

    return step


def categories_by_purpose(categories: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """The workspace's table turned round: purpose -> the categories that must all be granted for it."""
    purposes = sorted({purpose for named in categories.values() for purpose in named})
    return {purpose: [name for name, named in categories.items() if purpose in named] for purpose in purposes}


def signalled(context: Any, categories_of: Mapping[str, Sequence[str]]) -> dict[str, bool] | None:
    """Purpose -> allowed, from `context.consent.categoryPreferences`; None where no decision was sent.

    A category that is missing or not true counts as denied once there is an object (Segment: "Consent in Segment
    Connections"); so an empty object denies every purpose.
    """
    consent = context.get("consent") if isinstance(context, dict) else None
    preferences = consent.get("categoryPreferences") if isinstance(consent, dict) else None
    if not isinstance(preferences, dict):
        return None
    return {
        purpose: all(preferences.get(name) is True for name in categories)
        for purpose, categories in categories_of.items()
    }
