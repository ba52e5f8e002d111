"""The gate is the only maker of what mapping accepts."""

import ast
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from tests.unit.deliver.world import event, webhook

import trackyard
from trackyard.model.workspace import Connection, Source
from trackyard.people.gate import Denied, Gate, Permitted

SOURCE = Path(trackyard.__file__).parent
PURPOSES = ["necessary", "functional", "analytics", "ads_storage", "ads_personalization", "sale_share"]
purposes = st.lists(st.sampled_from(PURPOSES), unique=True)


def test_only_the_gate_makes_what_mapping_accepts() -> None:
    makers = {
        path.relative_to(SOURCE).as_posix()
        for path in SOURCE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and _name(node.func) == "Permitted"
    }
    assert makers == {"people/gate.py"}


def test_deliver_maps_nothing_but_what_the_gate_made() -> None:
    """The compiled mapping is called in one place, with the event of a `Permitted`."""
    callers = {
        path.name
        for path in (SOURCE / "pipeline" / "deliver").glob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and node.module == "trackyard.kit.mapping"
        if any(alias.name == "compile_mapping" for alias in node.names)
    }
    assert callers == {"subscription.py"}


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


@given(
    declared=st.none() | purposes,
    consent=st.none() | st.dictionaries(st.sampled_from(PURPOSES), st.booleans()),
    rules=st.dictionaries(st.sampled_from(["default", "eu", "us"]), purposes),
    region=st.sampled_from(["", "eu", "us"]),
)
def test_an_event_passes_only_with_every_declared_purpose_allowed(
    declared: list[str] | None, consent: dict[str, bool] | None, rules: dict[str, list[str]], region: str
) -> None:
    connection: Connection = webhook(purposes=declared)
    source = Source(name="s", kind="server", write_keys={}, no_decision=rules)  # type: ignore[arg-type]
    answer = Gate(connection, {"shop": source}).ask(event("m", consent=consent, region=region), {})
    if consent is None:
        allowed = set(rules.get(region if region in rules else "default", []))
    else:
        allowed = {"necessary"} | {purpose for purpose, allows in consent.items() if allows}
    expected = declared is not None and set(declared) <= allowed
    assert isinstance(answer, Permitted if expected else Denied)


@given(declared=purposes, consent=st.none() | st.just(dict.fromkeys(PURPOSES, True)))
def test_global_privacy_control_refuses_sale_and_personalization(
    declared: list[str], consent: dict[str, bool] | None
) -> None:
    source = Source(name="s", kind="website", write_keys={}, no_decision={"default": PURPOSES})  # type: ignore[arg-type]
    answer = Gate(webhook(purposes=declared), {"shop": source}).ask(event("m", consent=consent, gpc=True), {})
    assert isinstance(answer, Denied) == bool({"sale_share", "ads_personalization"}.intersection(declared))


def test_an_unknown_source_and_a_connection_that_is_gone_allow_nothing() -> None:
    assert isinstance(Gate(webhook(), {}).ask(event("m"), {}), Denied)
    assert isinstance(Gate(None, {}).ask(event("m"), {}), Denied)


def test_an_event_of_another_environment_is_denied_whatever_its_consent() -> None:
    consent = dict.fromkeys(PURPOSES, True)
    assert isinstance(Gate(webhook(), {}).ask(event("m", environment="dev", consent=consent), {}), Denied)


@given(then=st.none() | purposes.map(tuple), now=purposes, declared=purposes)
def test_a_rule_that_became_wider_releases_no_older_event(
    then: tuple[str, ...] | None, now: list[str], declared: list[str]
) -> None:
    source = Source(name="s", kind="server", write_keys={}, no_decision={"default": now})  # type: ignore[arg-type]
    older = event("m", without_decision=then)
    answer = Gate(webhook(purposes=declared), {"shop": source}).ask(older, {})
    allowed = set(now) if then is None else set(now) & set(then)
    assert isinstance(answer, Permitted) == (set(declared) <= allowed)
