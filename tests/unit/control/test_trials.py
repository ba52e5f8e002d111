"""Trying an action before it goes live: where an event stops and why, what would be sent, what the ledger remembers."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from trackyard.cli.main import main
from trackyard.control.trials import find, sending
from trackyard.control.trials.deciding import Candidate, as_sent_now, decided_like_received
from trackyard.control.trials.trial import Trial, try_event
from trackyard.destinations import catalogue
from trackyard.kit.request import Response
from trackyard.kit.sample_events import B2B, ECOMMERCE, SAMPLES
from trackyard.model.workspace import Revision
from trackyard.pipeline.deliver.clock import SystemClock
from trackyard.pipeline.deliver.config import Configuration
from trackyard.pipeline.deliver.transport import NoResponse, Wire
from trackyard.store.directory import DataDirectory
from trackyard.store.secrets import Secrets
from trackyard.store.trials import TrialRecord, Trials

META = """\
destination: facebook-conversions-api
purposes: [ads_user_data]
mode: MODE
settings: {pixelId: "123", accessToken: "${env:META_TOKEN:-tok-secret-123}"}
subscriptions:
  - action: purchase
    trigger: type = "track" and event = "Order Completed"
    mapping: {value: {"@path": "$.properties.total"}}
"""
NOW = 1_780_000_000.0


@pytest.fixture
def place(tmp_path: Path) -> Path:
    assert run("init", str(tmp_path / "ws")).exit_code == 0
    write(tmp_path, META.replace("MODE", "off"))
    return tmp_path


def write(place: Path, meta: str) -> None:
    file = place / "ws" / "destinations" / "meta.yaml"
    file.parent.mkdir(exist_ok=True)
    file.write_text(meta)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def on(place: Path, *arguments: str) -> Result:
    return run(*arguments, "--workspace", str(place / "ws"), "--data", str(place / "data"))


def trial_of(place: Path, *arguments: str) -> tuple[Any, int]:
    result = on(place, "actions", "test", "meta", "purchase", *arguments, "--json")
    return json.loads(result.stdout)[0], result.exit_code


def listed(place: Path) -> Any:
    result = on(place, "actions", "list", "--json")
    assert result.exit_code == 0, result.output
    return {row["connection"]: row for row in json.loads(result.stdout)}


def test_a_sample_that_matches_shows_the_whole_way_to_the_request(place: Path) -> None:
    trial, code = trial_of(place, "--sample", "order completed")
    assert (code, trial["result"], trial["passed"]) == (0, "built", True)
    assert trial["gate"] == "ads_user_data (consent)"
    assert trial["payload"]["value"] == 27.5
    (request,) = trial["requests"]
    assert request["url"].endswith("/123/events")
    assert request["headers"]["authorization"] == "Bearer •••"
    assert {"place", "path", "found"} <= set(trial["missing"][0])
    assert trial["coerced"][0]["path"] == "/user_data/externalId"
    assert trial["sent"] is None


def test_an_event_that_does_not_match_says_which_clause(place: Path) -> None:
    trial, code = trial_of(place, "--sample", "Product Added")
    assert (code, trial["result"]) == (1, "not_matched")
    assert [clause["clause"] for clause in trial["because"]] == ['event = "Order Completed"']
    assert (trial["gate"], trial["payload"], trial["requests"]) == ("", None, [])


def test_the_gate_decides_as_it_does_for_a_lane(place: Path) -> None:
    event = {**ECOMMERCE["Order Completed"], "timestamp": None}
    event["context"] = {**event["context"], "consent": {"categoryPreferences": {"Advertising": False}}}
    (place / "event.json").write_text(json.dumps(event))
    trial, code = trial_of(place, "--event", str(place / "event.json"))
    assert (code, trial["result"], trial["gate"]) == (1, "denied", "ads_user_data not allowed (consent)")
    assert (trial["payload"], trial["requests"]) == (None, [])


def test_an_event_without_what_a_field_needs_is_refused_with_the_field(place: Path) -> None:
    event = as_sent_now(ECOMMERCE["Order Completed"], revision(place).workspace, "2026-06-01T00:00:00.000Z", "m-9")
    event["properties"] = {}
    (place / "event.json").write_text(json.dumps({**event, "timestamp": None}))
    trial, _ = trial_of(place, "--event", str(place / "event.json"))
    assert trial["result"] == "refused"
    assert any(problem["path"] == "/currency" or "currency" in problem["message"] for problem in trial["problems"])


def test_an_old_event_is_said_to_be_too_old(place: Path) -> None:
    event = as_sent_now(ECOMMERCE["Order Completed"], revision(place).workspace, "2020-01-01T00:00:00.000Z", "m-9")
    (place / "event.json").write_text(json.dumps(event))
    trial, _ = trial_of(place, "--event", str(place / "event.json"))
    assert trial["result"] == "expired"
    assert "takes 7 days" in trial["reason"]


def test_a_test_is_remembered_until_the_configuration_changes(place: Path) -> None:
    assert listed(place)["meta"]["state"] == "never"
    trial_of(place, "--sample", "Product Added")
    assert listed(place)["meta"]["state"] == "never"  # says something of the event, nothing of the action
    trial_of(place, "--sample", "Order Completed")
    assert listed(place)["meta"]["state"] == "passed"
    write(place, META.replace("MODE", "shadow"))
    assert listed(place)["meta"]["state"] == "passed"  # the mode decides whether, not what
    write(place, META.replace("MODE", "shadow").replace("properties.total", "properties.revenue"))
    assert listed(place)["meta"]["state"] == "stale"


def test_the_ledger_holds_nothing_of_the_event_but_name_and_id(place: Path) -> None:
    trial_of(place, "--sample", "Order Completed")
    trial_of(place, "--sample", "Product Added")
    kept = (place / "data" / "trials" / "trials.jsonl").read_text()
    assert "jane" not in kept and "tok-secret" not in kept and "4155552671" not in kept


def test_a_workspace_can_demand_a_test_before_anything_goes_live(place: Path) -> None:
    main_file = place / "ws" / "trackyard.yaml"
    main_file.write_text(main_file.read_text() + "\nrequire_tested_actions: true\n")
    assert on(place, "apply").exit_code == 0  # off is not live
    write(place, META.replace("MODE", "live"))
    refused = on(place, "apply")
    assert (refused.exit_code, "meta purchase" in refused.stderr) == (4, True)
    main_file.write_text(main_file.read_text().replace("require_tested_actions: true", ""))
    assert on(place, "apply").exit_code == 4  # the rule in force holds
    trial_of(place, "--sample", "Order Completed")
    assert on(place, "apply").exit_code == 0


def test_a_change_to_a_live_action_needs_a_new_test(place: Path) -> None:
    main_file = place / "ws" / "trackyard.yaml"
    main_file.write_text(main_file.read_text() + "\nrequire_tested_actions: true\n")
    write(place, META.replace("MODE", "live"))
    trial_of(place, "--sample", "Order Completed")
    assert on(place, "apply").exit_code == 0
    main_file.write_text(main_file.read_text().replace("My workspace", "Shop"))
    assert on(place, "apply").exit_code == 0  # what is live stays live
    write(place, META.replace("MODE", "live").replace("properties.total", "properties.revenue"))
    assert on(place, "apply").exit_code == 4


@pytest.mark.parametrize("arguments", [(), ("--sample", "x", "--latest", "1"), ("--sample", "No Such Event")])
def test_what_cannot_be_tried_is_a_usage_error(place: Path, arguments: tuple[str, ...]) -> None:
    assert on(place, "actions", "test", "meta", "purchase", *arguments).exit_code == 2


def test_an_unknown_connection_or_action_names_those_there_are(place: Path) -> None:
    wrong = on(place, "actions", "test", "mta", "purchase", "--sample", "Order Completed")
    assert (wrong.exit_code, "meta" in wrong.stderr) == (4, True)
    wrong = on(place, "actions", "test", "meta", "purchse", "--sample", "Order Completed")
    assert (wrong.exit_code, "purchase" in wrong.stderr) == (4, True)


class Platform:
    """Takes what is sent and answers one way."""

    def __init__(self, answer: Response | NoResponse) -> None:
        self.taken: list[Wire] = []
        self._answer = answer

    async def send(self, wire: Wire, timeout_seconds: float) -> Response | NoResponse:
        self.taken.append(wire)
        return self._answer

    async def allow(self, private_hosts: frozenset[str]) -> None: ...

    async def close(self) -> None: ...


class OneRevision:
    def __init__(self, revision: Revision) -> None:
        self._revision = revision

    def current_number(self) -> int:
        return 1

    def get(self, number: int) -> Revision:
        return self._revision


def revision(place: Path) -> Revision:
    found = find.workspace_under_test(place / "ws", DataDirectory(place / "data"), Secrets(None, {}))
    return Revision(number=1, workspace=found.workspace, who="", at=0, why="")


def sent(place: Path, platform: Platform, test_code: str = "", *, to_sandbox: bool = False) -> Trial:
    standing = revision(place)
    config = Configuration(OneRevision(standing), catalogue(), Secrets(None, {}), SystemClock())
    action = standing.workspace.connections["meta"].subscriptions[0].action
    (subject,) = find.subjects_of(standing.workspace, "meta", action, catalogue())
    event = as_sent_now(SAMPLES["Order Completed"], standing.workspace, "2026-05-28T20:26:40.000Z", "m-9")
    candidate = decided_like_received(standing.workspace, "website", "production", event, int(NOW * 1000))
    assert isinstance(candidate, Candidate)
    trial, ready = try_event(subject, candidate, config, NOW)
    assert ready is not None, trial
    asyncio.run(sending.Sender(config, platform, test_code, to_sandbox=to_sandbox).send(trial, ready))
    return trial


def test_a_test_is_sent_in_the_platforms_own_test_mode(place: Path) -> None:
    platform = Platform(Response(status=200, body=b'{"events_received":1}'))
    trial = sent(place, platform, "TEST123")
    assert (trial.result, trial.passed) == ("delivered", True)
    assert trial.sent is not None and (trial.sent.test_mode, trial.sent.status) == ("test_event_code", 200)
    (taken,) = platform.taken
    assert json.loads(taken.body)["test_event_code"] == "TEST123"
    assert taken.headers["authorization"] == "Bearer tok-secret-123"
    assert trial.requests[0].headers["authorization"] == "Bearer •••"


def test_without_the_code_it_needs_nothing_is_sent(place: Path) -> None:
    platform = Platform(Response(status=200))
    with pytest.raises(Exception, match="--test-code, from Events Manager"):
        sent(place, platform)
    assert platform.taken == []


def test_a_refusal_of_the_platform_is_told_with_its_answer(place: Path) -> None:
    platform = Platform(Response(status=400, body=b'{"error":{"message":"bad token tok-secret-123"}}'))
    trial = sent(place, platform, "TEST123")
    assert (trial.result, trial.passed) == ("rejected", False)
    assert trial.sent is not None and "tok-secret-123" not in trial.sent.body


def test_no_answer_is_an_unknown_outcome(place: Path) -> None:
    trial = sent(place, Platform(NoResponse("no answer in time", may_have_arrived=True)), "TEST123")
    assert (trial.result, trial.reason) == ("unknown", "no answer in time")


def test_what_went_to_the_sandbox_is_not_taken_for_the_platforms_word(place: Path) -> None:
    trial = sent(place, Platform(Response(status=200, body=b'{"events_received":1}')), to_sandbox=True)
    assert trial.sent is not None and trial.sent.test_mode == "sandbox"


def record(number: int, configuration: str = "c") -> TrialRecord:
    return TrialRecord(
        at=number,
        who="ada",
        connection="meta",
        action="purchase",
        subscription="purchase",
        configuration=configuration,
        revision=1,
        event="Order Completed",
        message_id=f"m-{number}",
        result="built",
        reason="",
        passed=True,
    )


def test_a_line_torn_by_a_crash_costs_no_other(tmp_path: Path) -> None:
    trials = Trials(tmp_path / "trials")
    trials.append([record(1), record(2)])
    file = tmp_path / "trials" / "trials.jsonl"
    file.write_bytes(file.read_bytes() + b'{"at":3,"wh')
    assert [trial.at for trial in trials.all()] == [1, 2]
    trials.append([record(4)])
    assert [trial.at for trial in trials.all()] == [1, 2, 4]


def test_the_ledger_is_bounded_and_keeps_the_newest(tmp_path: Path) -> None:
    trials = Trials(tmp_path / "trials", bytes_max=2_000)
    for number in range(20):
        trials.append([record(number, "a"), record(number, "b")])
    kept = trials.all()
    assert len(kept) < 12
    assert {trial.configuration: trial.at for trial in kept} == {"a": 19, "b": 19}


def test_the_samples_are_the_whole_specifications() -> None:
    assert (len(ECOMMERCE), len(B2B)) == (28, 10)
    assert all(sample["event"] == name for name, sample in {**ECOMMERCE, **B2B}.items())
