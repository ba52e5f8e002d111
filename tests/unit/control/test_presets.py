"""`presets: default` on a connection, and the one value of an order."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from trackyard.cli.main import main
from trackyard.control.workspace.load import Checked, check_workspace
from trackyard.control.workspace.read import as_written
from trackyard.model.workspace import Connection
from trackyard.store.secrets import Secrets

META = """\
destination: facebook-conversions-api
purposes: [ads_user_data]
mode: off
settings: {pixelId: "123", accessToken: "${env:META_TOKEN:-none}"}
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    assert CliRunner().invoke(main, ["init", str(tmp_path / "ws")]).exit_code == 0
    (tmp_path / "ws" / "destinations").mkdir(exist_ok=True)
    return tmp_path / "ws"


def checked(place: Path, meta: str, rule: str = "") -> Checked:
    (place / "destinations" / "meta.yaml").write_text(meta)
    if rule:
        with (place / "trackyard.yaml").open("a") as file:
            file.write(f"\norder_value: {rule}\n")
    return check_workspace(place, Secrets(None, {}))


def meta_of(found: Checked) -> Connection:
    return found.workspace.connections["meta"]


def test_presets_are_written_out_as_subscriptions(place: Path) -> None:
    found = checked(place, META + "presets: default\n")
    assert found.errors == []
    by_name = {subscription.name: subscription for subscription in meta_of(found).subscriptions}
    assert by_name["Order Completed"].action == "purchase"
    assert by_name["Order Completed"].mapping["value"] == {"@path": "$.properties.total"}
    assert as_written(place) == found.workspace  # a start compares the files with the revision


def test_the_workspace_decides_what_an_order_is_worth(place: Path) -> None:
    found = checked(place, META + "presets: default\n", "net")
    (purchase,) = [one for one in meta_of(found).subscriptions if one.name == "Order Completed"]
    assert purchase.mapping["value"] == {"@path": "$.properties.revenue"}
    assert [warning for warning in found.warnings if "order" in warning.found] == []


def test_an_own_subscription_stands_in_for_the_preset_of_its_name(place: Path) -> None:
    own = 'subscriptions: [{name: Order Completed, action: purchase2, trigger: "true"}]\n'
    found = checked(place, META + "presets: default\n" + own)
    named = [one.action for one in meta_of(found).subscriptions if one.name == "Order Completed"]
    assert named == ["purchase2"]
    assert len(meta_of(found).subscriptions) == 10


def test_presets_of_a_destination_that_has_none_are_an_error(place: Path) -> None:
    linkedin = "destination: linkedin-conversions\npurposes: [ads_user_data]\nmode: off\npresets: default\n"
    assert any(
        "presets, of which linkedin-conversions has none" in error.found for error in checked(place, linkedin).errors
    )


@pytest.mark.parametrize(
    ("mapping", "named"), [("{value: {'@path': $.properties.subtotal}}", "subtotal"), ("{}", "revenue")]
)
def test_a_connection_with_another_money_property_is_named(place: Path, mapping: str, named: str) -> None:
    own = f'subscriptions:\n  - action: purchase\n    trigger: event = "Order Completed"\n    mapping: {mapping}\n'
    (warning,) = [one for one in checked(place, META + own).warnings if "order's value" in one.found]
    assert f"$.properties.{named}" in warning.found
    assert "$.properties.total" in warning.expected
    assert warning.file == "destinations/meta.yaml"


def test_a_default_currency_must_be_one(place: Path) -> None:
    with (place / "trackyard.yaml").open("a") as file:
        file.write("\ndefault_currency: Euro\n")
    (error,) = checked(place, META).errors
    assert error.path == "default_currency"
