"""The sandbox tells exactly what it took, and fails as its script says."""

import json
from collections import Counter
from random import Random

import msgspec
import pytest

from trackyard.sandbox.book import Book, quantile, rounded_ms
from trackyard.sandbox.partners import find_partners
from trackyard.sandbox.script import Rule, Script, When
from trackyard.sandbox.server import Decision, Sandbox, as_bytes

NOON = 1_800_000_000.0


class Clock:
    def __init__(self) -> None:
        self.at = NOON

    def __call__(self) -> float:
        return self.at


def sandbox(*rules: Rule, kept_requests: int = 100, clock: Clock | None = None) -> Sandbox:
    return Sandbox(find_partners(), Book(kept_requests), Script(rules), clock or Clock())


def post(box: Sandbox, target: str, body: object) -> Decision:
    return box.decide("POST", target, ((b"X-A", b"1"),), msgspec.json.encode(body))


def received(box: Sandbox, query: str = "") -> list[dict]:
    return json.loads(box.decide("GET", f"/_sandbox/received?{query}", (), b"").answer.body)["received"]


def summary(box: Sandbox) -> dict:
    return json.loads(box.decide("GET", "/_sandbox/summary", (), b"").answer.body)


def test_what_was_taken_is_listed_whole() -> None:
    box = sandbox()
    post(box, "/webhook/orders/new?a=b", {"messageId": "m1", "event": "Ünïcode"})
    [entry] = received(box)
    assert entry["path"] == "/webhook/orders/new" and entry["query"] == "a=b" and entry["connection"] == "orders"
    assert entry["json"] == {"messageId": "m1", "event": "Ünïcode"}
    assert entry["headers"] == {"x-a": "1"} and entry["received_at"] == NOON and entry["status"] == 200


def test_a_reader_goes_on_after_the_last_sequence() -> None:
    box = sandbox()
    for number in range(5):
        post(box, "/webhook/x", {"messageId": str(number)})
    first = received(box, "limit=2")
    rest = received(box, f"after={first[-1]['sequence']}")
    assert [entry["json"]["messageId"] for entry in first + rest] == list("01234")


def test_only_the_asked_destination_is_listed() -> None:
    box = sandbox()
    post(box, "/webhook/x", {})
    post(box, "/slack/x", {"text": "hi"})
    assert [entry["destination"] for entry in received(box, "destination=slack")] == ["slack"]


def test_rows_of_a_batch_are_counted_each_and_repeats_told_per_connection() -> None:
    box = sandbox()
    post(box, "/webhook/a", [{"messageId": "1"}, {"messageId": "2"}])
    post(box, "/webhook/a", [{"messageId": "2"}, {"messageId": "3"}])
    post(box, "/webhook/b", {"messageId": "1"})
    counted = summary(box)
    assert (counted["rows"], counted["unique"], counted["repeats"]) == (5, 4, 1)
    assert counted["connections"]["webhook/a"]["repeats"] == 1 and counted["connections"]["webhook/b"]["repeats"] == 0


def test_clearing_keeps_the_sequence_growing() -> None:
    box = sandbox()
    post(box, "/webhook/x", {})
    box.decide("DELETE", "/_sandbox/received", (), b"")
    post(box, "/webhook/x", {})
    assert [entry["sequence"] for entry in received(box)] == [2] and summary(box)["requests"] == 1


def test_without_keeping_only_counts_remain() -> None:
    box = sandbox(kept_requests=0)
    post(box, "/webhook/x", {"messageId": "1"})
    assert received(box) == [] and summary(box)["unique"] == 1


def test_the_oldest_requests_are_forgotten_first() -> None:
    box = sandbox(kept_requests=2)
    for _ in range(4):
        post(box, "/webhook/x", {})
    assert [entry["sequence"] for entry in received(box)] == [3, 4]


def test_latency_is_taken_from_when_the_door_received_the_event() -> None:
    box = sandbox()
    post(box, "/webhook/x", {"messageId": "1", "receivedAt": "2027-01-15T07:59:59.900Z"})
    assert summary(box)["connections"]["webhook/x"]["latency_ms"]["p50"] == 100


@pytest.mark.parametrize("body", [{"messageId": 7}, "text", [1, None], {"receivedAt": "soon"}, [[]]])
def test_bodies_of_any_shape_are_taken(body: object) -> None:
    box = sandbox()
    assert post(box, "/webhook/x", body).answer.status == 200 and summary(box)["rows"] >= 1


def test_what_is_not_json_is_refused_and_listed_as_text() -> None:
    box = sandbox()
    assert box.decide("POST", "/webhook/x", (), b"nope").answer.status == 400
    assert received(box)[0]["text"] == "nope" and summary(box)["rows"] == 0


def test_slack_refuses_a_message_without_text() -> None:
    assert post(sandbox(), "/slack/x", {"channel": "#a"}).answer.body == b"no_text"
    assert post(sandbox(), "/slack/x", {"text": "hi"}).answer.body == b"ok"


def test_an_unknown_destination_is_not_found() -> None:
    assert post(sandbox(), "/nobody/x", {}).answer.status == 404


def test_a_rule_answers_the_requests_of_its_range_only() -> None:
    box = sandbox(Rule(When(connection="x", requests=(2, 3)), status=503, headers={"Retry-After": "2"}))
    decisions = [post(box, "/webhook/x", {"messageId": str(number)}) for number in range(4)]
    assert [decision.answer.status for decision in decisions] == [200, 503, 503, 200]
    assert b"Retry-After: 2" in as_bytes(decisions[1].answer) and summary(box)["rows"] == 2


def test_an_outage_ends_with_its_time() -> None:
    clock = Clock()
    box = sandbox(Rule(When(seconds=(0, 10)), fault="refuse"), clock=clock)
    assert post(box, "/webhook/x", {}).fault == "refuse"
    clock.at = NOON + 11
    assert post(box, "/webhook/x", {}).fault is None


def test_a_lost_answer_may_have_had_its_effect() -> None:
    box = sandbox(Rule(When(requests=(1, 1)), fault="reset", taken=True))
    post(box, "/webhook/x", {"messageId": "1"})
    post(box, "/webhook/x", {"messageId": "1"})
    assert summary(box)["repeats"] == 1 and [entry["status"] for entry in received(box)] == [None, 200]


def test_a_rule_can_pick_a_body_by_what_it_holds() -> None:
    box = sandbox(Rule(When(contains="poison"), status=422))
    assert post(box, "/webhook/x", {"event": "poison"}).answer.status == 422
    assert post(box, "/webhook/x", {"event": "fine"}).answer.status == 200


def test_a_share_is_the_same_for_the_same_seed() -> None:
    def statuses() -> list[int]:
        box = sandbox(Rule(When(share=0.3), status=500))
        return [post(box, "/webhook/x", {}).answer.status for _ in range(100)]

    assert statuses() == statuses() and 15 <= statuses().count(500) <= 45


def test_quantiles_are_values_that_were_counted() -> None:
    assert [quantile(Counter([1, 2, 3, 4]), share) for share in (0.5, 0.95, 1.0)] == [2, 4, 4]


def test_rounding_keeps_two_digits_and_never_grows() -> None:
    rng = Random(1)
    for _ in range(1000):
        seconds = rng.uniform(0, 100_000)
        kept = rounded_ms(seconds)
        assert kept <= round(seconds * 1000) < kept * 1.1 + 1
