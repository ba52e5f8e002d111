"""A trial as the ledger keeps it."""

from collections.abc import Collection

from trackyard.control.trials.standing import configuration_of
from trackyard.control.trials.trial import Subject, Trial
from trackyard.pipeline.deliver.redaction import fit_to_tell
from trackyard.store.trials import TrialRecord


def record_of(
    trial: Trial, subject: Subject, revision: int, at: int, who: str, secrets: Collection[str]
) -> TrialRecord:
    """Without anything of the event but its name and id."""
    return TrialRecord(
        at=at,
        who=who,
        connection=trial.connection,
        action=trial.action,
        subscription=trial.subscription,
        configuration=configuration_of(subject.name, subject.connection, subject.subscription, subject.code),
        revision=revision,
        event=trial.event,
        message_id=trial.message_id,
        result=trial.result,
        reason="" if trial.result == "not_matched" else fit_to_tell(trial.reason, secrets),
        passed=trial.passed,
        test_mode=trial.sent.test_mode if trial.sent else "",
        status=trial.sent.status if trial.sent else 0,
        latency_ms=trial.sent.latency_ms if trial.sent else 0,
    )
