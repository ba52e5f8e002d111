"""The acceptance suites: every destination passes, and a fault is found and told."""

import json
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree

import msgspec
import pytest
from click.testing import CliRunner

from trackyard.cli.main import main
from trackyard.destinations import catalogue
from trackyard.sandbox.acceptance.checks import CHECKS
from trackyard.sandbox.acceptance.reports import html, junit
from trackyard.sandbox.acceptance.run import Run, run_suites
from trackyard.sandbox.partner import Answer, Desk, Judgement, Partner, Taken
from trackyard.sandbox.partners import find_partners

NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)
META = "facebook-conversions-api"


def run_of(slug: str, partners: dict[str, Partner] | None = None) -> Run:
    return run_suites([catalogue()[slug]], partners or find_partners(), NOW, NOW, "1")


@pytest.mark.parametrize("slug", sorted(catalogue().keys() & find_partners().keys()))
def test_every_destination_passes_its_suite(slug: str) -> None:
    made = run_of(slug)
    assert made.failures == []
    assert {"examples", "errors", "consent"} <= {result.check for result in made.results}


def test_every_check_is_asked_of_meta() -> None:
    made = run_of(META)
    assert {result.check for result in made.results} == set(CHECKS)
    assert sum(result.check == "currencies" for result in made.results) == 10


def refuse_everything(taken: Taken, desk: Desk) -> Judgement:
    return Judgement(Answer(400, b'{"error":{"message":"no","code":100}}'))


def test_a_platform_that_takes_nothing_fails_every_case_that_sends() -> None:
    made = run_of(META, {META: Partner(slug=META, judge=refuse_everything)})
    failed = {result.check for result in made.failures}
    assert {"examples", "events", "currencies"} <= failed
    assert all(result.fault.startswith("rejected") for result in made.failures)


def test_a_raw_address_in_a_request_is_found() -> None:
    destination = catalogue()[META]
    (purchase,) = [action for action in destination.actions if action.slug == "purchase"]

    def leaking(payload: object, settings: object, now: datetime) -> object:
        request = purchase.build(payload, settings, now)
        return msgspec.structs.replace(request, json={**request.json, "note": "jane.doe@example.com"})  # type: ignore[union-attr,arg-type]

    broken = msgspec.structs.replace(purchase, build=leaking)
    actions = [broken if action is purchase else action for action in destination.actions]
    partners = find_partners()
    made = run_suites([msgspec.structs.replace(destination, actions=actions)], partners, NOW, NOW, "1")
    assert [(result.check, result.fault) for result in made.failures] == [("hashing", "sent in the clear")]


def test_reports_tell_the_same_failures() -> None:
    made = run_of(META, {META: Partner(slug=META, judge=refuse_everything)})
    root = ElementTree.fromstring(junit(made))
    assert len(root.findall(".//failure")) == len(made.failures) == int(root.attrib["failures"])
    assert html(made).count('class="bad">rejected') == len(made.failures)


def test_runs_are_kept_and_listed(tmp_path: Path) -> None:
    files = ["--junit", str(tmp_path / "junit.xml"), "--html", str(tmp_path / "page.html")]
    data = ["--data", str(tmp_path / "data")]
    result = CliRunner().invoke(main, ["acceptance", "run", "slack", *files, *data])
    assert (result.exit_code, "slack" in result.stdout) == (0, True)
    assert (tmp_path / "junit.xml").exists() and "Nothing failed" in (tmp_path / "page.html").read_text()
    (kept,) = json.loads(CliRunner().invoke(main, ["acceptance", "history", "--json", *data]).stdout)
    assert (kept["destinations"], kept["failed"]) == (1, 0)


def test_an_unknown_destination_is_a_usage_error(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["acceptance", "run", "slak", "--data", str(tmp_path)])
    assert (result.exit_code, "slack" in result.stderr) == (2, True)
