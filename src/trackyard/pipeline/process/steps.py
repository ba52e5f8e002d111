"""The steps in their order, and how they are run: an event that breaks a step is put aside alone."""

import traceback
from collections.abc import Sequence

import structlog

from trackyard.model.workspace import Workspace
from trackyard.pipeline.process.channels import decide_channels
from trackyard.pipeline.process.consent import record_consent
from trackyard.pipeline.process.duplicates import find_duplicates
from trackyard.pipeline.process.envelope import Answer, Dropped, Envelope, Step
from trackyard.pipeline.process.fills import fill_in
from trackyard.pipeline.process.parse import parse
from trackyard.pipeline.process.plans import check_plans
from trackyard.pipeline.process.routing import note_routing
from trackyard.pipeline.process.seen import Seen
from trackyard.pipeline.process.times import correct_times
from trackyard.pipeline.process.transforms import TransformWorker, run_transforms

log = structlog.get_logger()


def steps_of(workspace: Workspace, seen: Seen, worker: TransformWorker) -> list[Step]:
    """What every event goes through under `workspace`, in this order."""
    return [*knowing_steps(workspace, seen), *judging_steps(workspace, seen, worker)]


def knowing_steps(workspace: Workspace, seen: Seen) -> list[Step]:
    """What an event is, and whether it is new."""
    return [
        parse,
        decide_channels(workspace.sources),
        correct_times,  # after the channel: copies keep their times
        fill_in,
        find_duplicates(seen),
    ]


def judging_steps(workspace: Workspace, seen: Seen, worker: TransformWorker) -> list[Step]:
    """What the workspace makes of it."""
    return [
        run_transforms(workspace, worker),
        check_plans(workspace),
        note_routing,
        record_consent(workspace, seen),
    ]


def run_steps(steps: Sequence[Step], answers: Sequence[Answer]) -> Sequence[Answer]:
    """What became of each event, in the order they came. Never raises for what an event holds."""
    fates = list(answers)
    places, living = _living(fates)
    for step in steps:
        after = answer_all(step, living)
        if after is not living:
            for place, answer in zip(places, after, strict=True):
                fates[place] = answer
            places, living = _living(fates)
    return fates


def _living(fates: Sequence[Answer]) -> tuple[list[int], list[Envelope]]:
    places = [place for place, answer in enumerate(fates) if type(answer) is Envelope]
    return places, [fates[place] for place in places]  # type: ignore[misc]


def answer_all(step: Step, envelopes: Sequence[Envelope]) -> Sequence[Answer]:
    """`step` over all of `envelopes`; where it raises, halves are asked until only the guilty event is left out."""
    try:
        return step(envelopes)
    except Exception as error:
        if len(envelopes) == 1:
            return [quarantined(envelopes[0], error)]
    middle = len(envelopes) // 2
    return [*answer_all(step, envelopes[:middle]), *answer_all(step, envelopes[middle:])]


def quarantined(envelope: Envelope, error: Exception) -> Dropped:
    """Put the event aside with what went wrong, and call for a person."""
    where = traceback.extract_tb(error.__traceback__)[-1]
    # the message may quote personal data: it is kept with the event, the log only says where to look
    log.error(
        "event_quarantined",
        received_offset=envelope.request.offset,
        index=envelope.index,
        error=type(error).__name__,
        at=f"{where.name}:{where.lineno}",
    )
    return Dropped(envelope, "quarantined", type(error).__name__, f"{error} (in {where.name}, line {where.lineno})")
