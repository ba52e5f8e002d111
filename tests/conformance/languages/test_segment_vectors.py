"""The two languages of actions answer as Segment's own packages did."""

import pytest
from tests.conformance.languages import vectors
from tests.conformance.languages.vectors import REFUSED, answered, cases, expected

# Reference answers that are not copied, each with its reason.
UNCOPIED = {
    "mapf-01817": "a Liquid counter changes the event itself there, so fields mapped later see another event",
}


def test_every_mapping_answers_as_recorded() -> None:
    differing = [case["id"] for case in cases("mapping-fuzz") if answered(vectors.mapped, case) != expected(case)]
    assert differing == list(UNCOPIED)


def test_every_payload_is_made_or_refused_as_recorded() -> None:
    differing = [case["id"] for case in cases("payload-fuzz") if answered(vectors.made_payload, case) != expected(case)]
    assert differing == []


KINDS = [*vectors.ANSWERS, "validate_mapping", "validate_schema"]


@pytest.mark.parametrize("kind", KINDS)
def test_the_packages_own_mapping_tests_pass(kind: str) -> None:
    chosen = [case for case in cases("mapping-tests") if case["kind"] == kind]
    assert chosen
    assert [case["id"] for case in chosen if not vectors.agrees(case)] == []


def test_no_kind_of_recorded_call_is_forgotten() -> None:
    assert {case["kind"] for case in cases("mapping-tests")} == {*KINDS, *vectors.OUT_OF_SCOPE}


def test_the_packages_own_trigger_tests_pass() -> None:
    assert [case["id"] for case in cases("fql-tests") if not vectors.trigger_agrees(case)] == []


def test_every_imported_trigger_answers_as_recorded() -> None:
    differing = [
        case["id"]
        for case in cases("fql-fuzz")
        if answered(vectors.segment_result, case)
        != (REFUSED if "error" in case or "throws" in case else case["result"])
    ]
    assert differing == []


def test_fql_answers_as_its_published_description_says() -> None:
    """Where a case says nothing of the published language, both dialects answer the same."""
    differing = []
    for case in cases("fql-fuzz"):
        documented = case.get("documented", {"result": case.get("result", False)})
        answer = answered(vectors.fql_result, case)
        is_right = (answer is not REFUSED and answer) == documented["result"]
        if not is_right or (documented.get("invalid") and answer != REFUSED):
            differing.append(case["id"])
    assert differing == []
