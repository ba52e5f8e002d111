import json

import pytest
from click.testing import CliRunner, Result

from trackyard.cli.main import main

LINE = {
    "id": 7,
    "slug": "customerio",
    "action": "deletePerson",
    "settings": {"siteId": "site-1", "apiKey": "key-1", "accountRegion": "EU 🇪🇺", "unknown": 1},
    "mapping": {"person_id": {"@path": "$.userId"}},
    "events": [{"type": "track", "userId": "u-1"}],
    "batch": False,
    "frozen_now": "2026-01-15T12:00:00.000Z",
}


def run(*arguments: str, line: object = None) -> Result:
    return CliRunner().invoke(main, arguments, input=None if line is None else json.dumps(line) + "\n")


def answer(line: object, *options: str) -> dict[str, object]:
    found = json.loads(run("try", "action", *options, line=line).output)
    assert isinstance(found, dict)
    return found


def test_try_action_answers_with_the_requests() -> None:
    assert answer(LINE) == {
        "id": 7,
        "requests": [
            {
                "method": "POST",
                "url": "https://track-eu.customer.io/api/v2/entity",
                "headers": {"authorization": "Basic c2l0ZS0xOmtleS0x", "content-type": "application/json"},
                "json": {"type": "person", "action": "delete", "identifiers": {"id": "u-1"}},
            }
        ],
    }


def test_try_action_answers_failures_from_the_given_responses() -> None:
    found = answer({**LINE, "responses": [{"match": "entity", "status": 429}]}, "--explain")
    assert found["outcomes"] == [{"type": "retry", "reason": "HTTP 429", "scope": "destination", "after_seconds": None}]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"events": [{"type": "track"}]}, "person_id"),
        ({"slug": "nowhere"}, "trackyard destinations list"),
        ({"action": "other"}, "deletePerson"),
        ({"settings": {}}, "siteId"),
    ],
)
def test_try_action_says_what_is_wrong(changed: dict[str, object], said: str) -> None:
    assert said in json.dumps(answer({**LINE, **changed})["error"])


def test_destinations_are_listed_with_their_actions() -> None:
    rows = {row["slug"]: row for row in json.loads(run("destinations", "list", "--json").output)}
    assert rows["facebook-conversions-api"]["actions"] == 14
    assert rows["customerio"]["actions"] == 15


def test_a_destination_shows_its_fields_and_facts() -> None:
    shown = json.loads(run("destinations", "show", "customerio", "--json").output)
    track = next(action for action in shown["actions"] if action["slug"] == "trackEvent")
    assert track["fields"]["name"] == {
        "label": "Name",
        "type": "string",
        "default": {"@path": "$.event"},
        "required": True,
    }
    assert "trackEvent" in run("destinations", "show", "customerio").output


def test_differences_have_the_published_shape() -> None:
    rows = json.loads(run("destinations", "differences", "facebook-conversions-api", "--json").output)
    assert all(
        {"path", "want", "got", "reason"} <= row.keys() <= {"path", "want", "got", "reason", "actions"} for row in rows
    )


def test_identity_explain_names_each_platform() -> None:
    found = json.loads(run("identity", "explain", "jane.doe@gmail.com", "--json").output)
    assert {line["platform"] for line in found["lines"]} >= {"meta", "google-ads", "tiktok"}


def test_an_unknown_destination_is_answered_with_the_known_ones() -> None:
    result = run("destinations", "show", "nowhere")
    assert result.exit_code == 2
    assert "customerio" in result.output
