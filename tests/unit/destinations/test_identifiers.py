import json

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.destinations.identifier_deviations import HASH_OF_NOTHING, LISTED, cases, deviations, is_canonical

from trackyard.kit.identifiers import FORMATS, canonical, canonical_form, formats, hash_form, sent, sha256_hex
from trackyard.kit.identifiers.explain import KINDS, explain

JANE = "86e0b9e56c17cc4d12387e1949b85053fbe73bc3ce5a1188713a9d300cc6133d"  # jane.doe@example.com


def test_canonical_input_is_sent_exactly_as_the_platforms_own_library_sends_it() -> None:
    canonical_cases = [case for case in cases() if is_canonical(case[1], case[2])]
    different = [case for case in canonical_cases if sent(*case[:3]) != case[3]]
    assert different == []
    assert len(canonical_cases) > 700


def test_every_deviation_on_odd_input_is_listed_with_its_reason() -> None:
    listed = [json.loads(line) for line in LISTED.read_text(encoding="utf-8").splitlines()]
    assert deviations() == listed, "write it anew: python -m tests.unit.destinations.identifier_deviations"


@pytest.mark.parametrize("platform", FORMATS)
def test_the_hash_of_nothing_and_md5_are_never_sent(platform: str) -> None:
    for kind in FORMATS[platform]:
        for value in ("", "  ", "--", "55502f40dc8b7c769880b10874abc9d0"):
            assert sent(platform, kind, value) is None


@given(st.sampled_from(sorted(FORMATS)), st.sampled_from(KINDS), st.text(max_size=30))
def test_no_text_gives_an_empty_value_or_the_hash_of_nothing(platform: str, kind: formats.Kind, value: str) -> None:
    assert sent(platform, kind, value) not in ("", HASH_OF_NOTHING)


@given(st.sampled_from(KINDS), st.text(max_size=30))
def test_a_canonical_form_is_its_own_canonical_form(kind: formats.Kind, value: str) -> None:
    form = canonical_form(kind, value)
    assert form is None or canonical_form(kind, form) == form


@pytest.mark.parametrize("given_hash", [JANE, JANE.upper(), f" {JANE} "])
def test_a_hash_is_recognised_and_passed_on_in_lower_case(given_hash: str) -> None:
    assert sent("meta", "email", given_hash) == JANE
    assert sent("tiktok", "phone", given_hash) == JANE


def test_metas_suffix_is_kept_for_meta_and_cut_for_the_others() -> None:
    assert sent("meta", "email", f"{JANE}.AQQCAQMC") == f"{JANE}.AQQCAQMC"
    assert sent("snap", "email", f"{JANE}.AQQCAQMC") == JANE


def test_a_base64_hash_is_turned_into_the_form_the_platform_takes() -> None:
    base64 = sent("the-trade-desk", "email", JANE)
    assert base64 is not None and hash_form(base64) == "base64"
    assert sent("meta", "email", base64) == JANE
    assert sent("the-trade-desk", "email", base64) == base64


def test_each_platform_hashes_its_own_form_of_one_phone() -> None:
    assert sent("meta", "phone", "+1 (415) 555-2671") == sha256_hex("14155552671")
    assert sent("google-ads", "phone", "+1 (415) 555-2671") == sha256_hex("+14155552671")


def test_a_national_number_becomes_e164_where_the_country_is_known() -> None:
    assert canonical_form("phone", "(415) 555-2671", "US") == "+14155552671"
    assert canonical_form("phone", "(415) 555-2671") is None
    assert sent("meta", "phone", "(415) 555-2671") == sha256_hex("4155552671")


def test_an_ambiguous_birthday_is_not_guessed() -> None:
    assert canonical_form("birth_date", "05/21/1990") == "19900521"
    assert canonical_form("birth_date", "03/04/1990") is None


def test_one_persons_phone_is_parsed_once_for_all_platforms(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[str] = []
    parse = phonenumbers.parse

    def counted(number: str, region: str | None = None) -> phonenumbers.PhoneNumber:
        parsed.append(number)
        return parse(number, region)

    for cached in (canonical.phone, canonical._e164, formats._sent):
        cached.cache_clear()
    monkeypatch.setattr(phonenumbers, "parse", counted)
    for country in (None, "US", "DE"):
        for platform in FORMATS:
            sent(platform, "phone", "+1 650 555 0199", country)
    assert parsed == ["+1 650 555 0199"]


def test_explain_groups_platforms_that_receive_the_same() -> None:
    lines = {line.platform: line for line in explain("j.doe@gmail.com").lines}
    assert lines["meta"].group == lines["tiktok"].group != lines["google-ads"].group
    assert lines["google-ads"].form == "jdoe@gmail.com"
    assert "dots" in lines["google-ads"].why
