"""A revision holds whole mappings: those written by hand with the defaults of fields, imported ones as they are."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from trackyard.cli.main import main
from trackyard.control.workspace.load import check_workspace
from trackyard.control.workspace.read import as_written
from trackyard.destinations import catalogue
from trackyard.kit.fields import fields_of
from trackyard.model.workspace import Subscription
from trackyard.pipeline.deliver.subscription import mapping_of
from trackyard.store.secrets import Secrets

ACTION = next(one for one in catalogue()["facebook-conversions-api"].actions if one.slug == "purchase")
DEFAULTS = {name: field["default"] for name, field in fields_of(ACTION.payload).items() if "default" in field}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    assert CliRunner().invoke(main, ["init", str(tmp_path / "ws")]).exit_code == 0
    (tmp_path / "ws" / "destinations").mkdir(exist_ok=True)
    return tmp_path / "ws"


def loaded(place: Path, subscription: str) -> Subscription:
    """The one subscription of the revision that these files give."""
    (place / "destinations" / "meta.yaml").write_text(
        "destination: facebook-conversions-api\npurposes: [ads_user_data]\nmode: off\n"
        'settings: {pixelId: "123", accessToken: "${env:META_TOKEN:-none}"}\n'
        f"subscriptions: [{{action: purchase, trigger: 'type = \"track\"', {subscription}}}]\n"
    )
    found = check_workspace(place, Secrets(None, {}))
    assert found.errors == [] and as_written(place) == found.workspace
    [only] = found.workspace.connections["meta"].subscriptions
    return only


def test_a_mapping_written_by_hand_is_kept_with_the_defaults_of_its_fields(place: Path) -> None:
    found = loaded(place, "mapping: {currency: EUR}").mapping
    assert found == {**DEFAULTS, "currency": "EUR"}


def test_a_field_set_to_null_stays_empty(place: Path) -> None:
    assert loaded(place, "mapping: {currency: null}").mapping == {**DEFAULTS, "currency": None}


def test_an_imported_mapping_is_kept_and_sent_as_it_is_stored(place: Path) -> None:
    imported = loaded(place, "dialect: segment, mapping: {currency: EUR}")
    assert imported.mapping == {"currency": "EUR"}
    assert mapping_of(imported, ACTION) == {**ACTION.always, "currency": "EUR"}


@pytest.mark.parametrize("mapping", [{}, {"currency": "EUR"}, {"currency": None}])
def test_a_revision_of_before_is_sent_as_it_was(place: Path, mapping: Mapping[str, Any]) -> None:
    stored = Subscription(action="purchase", trigger="true", mapping=dict(mapping))
    assert mapping_of(stored, ACTION) == {**DEFAULTS, **ACTION.always, **mapping}


def test_what_is_written_out_is_sent_unchanged(place: Path) -> None:
    found = loaded(place, "mapping: {currency: EUR}")
    assert mapping_of(found, ACTION) == {**ACTION.always, **found.mapping}
