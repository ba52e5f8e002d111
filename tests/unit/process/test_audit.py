"""The audit adds up, row by row."""

import pytest
from tests.unit.process.small_engine import Engine, track, workspace

from trackyard.pipeline.process.audit import audit

BROWSER = {"source": "web", "endpoint": "track", "client_side": True, "user_agent": "Mozilla/5.0"}


def test_twins_share_a_row_that_tells_what_only_one_side_saw(engine: Engine) -> None:
    engine.receive(track(1), **BROWSER)
    engine.receive(track(2), **BROWSER)
    engine.receive(track(1), track(3), track(3), {"type": "track", "event": "Order Completed"}, source="shop")
    engine.run()
    sources = workspace().sources
    sources["shop"].twin_of = "web"

    (row,) = audit(engine.state.counts_since(0), sources)

    assert (row["day"], row["source"], row["event"]) == ("2026-01-15", "shop + web", "Order Completed")
    assert {key: row[key] for key in ("raw", "twins", "duplicates", "client_only", "server_only", "effective")} == {
        "raw": 6,
        "twins": 1,
        "duplicates": 1,
        "client_only": 1,
        "server_only": 2,
        "effective": 4,
    }


def test_raw_is_the_sum_of_the_other_columns(engine: Engine) -> None:
    engine.receive(track(1), track(1), 7, {"type": "page", "userId": "u"}, rejected=[(2, "bad_request", "no object")])
    engine.receive(track(1), **BROWSER)
    engine.run()

    rows = audit(engine.state.counts_since(0), workspace().sources)

    for row in rows:
        losses = row["rejected"] + row["quarantined"] + row["duplicates"] + row["blocked"]
        assert row["raw"] == row["effective"] + row["twins"] + losses


def test_event_names_without_end_are_counted_together(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trackyard.pipeline.process.outcome.LABELS_PER_DAY_MAX", 3)
    engine.receive(*[track(number, event=f"Order {number}") for number in range(5)])
    engine.run()
    engine.start()  # the names of the day are known again
    engine.receive(track(6, event="Order 6"), track(7, event="Order 0"))
    engine.run()

    rows = audit(engine.state.counts_since(0), workspace().sources)

    assert {row["event"]: row["raw"] for row in rows} == {"(others)": 3, "Order 0": 2, "Order 1": 1, "Order 2": 1}
