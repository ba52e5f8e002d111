"""The traffic is the same for the same seed, and each item's fate follows from the items before it."""

from collections import Counter
from datetime import UTC, datetime
from itertools import islice

import msgspec
import pytest

from trackyard.sandbox.traffic import Item, Traffic
from trackyard.sandbox.traffic.encode import posts
from trackyard.sandbox.traffic.odd import ODDITIES

EVENTS = 6_000
NOON = datetime(2026, 1, 15, 12, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def items() -> list[Item]:
    return list(Traffic(7).events(EVENTS))


def size(item: Item) -> int:
    return len(msgspec.json.encode(item.event))


def test_the_same_seed_gives_the_same_events(items: list[Item]) -> None:
    assert list(Traffic(7).events(EVENTS)) == items and list(Traffic(8).events(EVENTS)) != items


def test_it_never_ends() -> None:
    assert sum(1 for _ in islice(Traffic(1), 3 * EVENTS)) == 3 * EVENTS


def test_a_twin_repeats_the_id_on_the_other_channel_and_a_duplicate_on_the_same(items: list[Item]) -> None:
    seen: dict[str, set[str]] = {}
    for item in items:
        if item.fate == "rejected":
            continue
        clients = seen.setdefault(item.message_id, set())
        assert item.fate == ("accepted" if not clients else "duplicate" if item.client in clients else "twin"), item
        clients.add(item.client)


def test_every_kind_and_fate_comes_early_enough_for_a_short_run(items: list[Item]) -> None:
    kinds, fates = {item.kind for item in items[:2000]}, {item.fate for item in items[:2000]}
    assert kinds >= {"visit", "cart", "order", "refund", "sign_up", "group", "alias", "app", "bill"}
    assert fates == {"accepted", "twin", "duplicate", "rejected"}
    assert len({item.kind for item in items if item.kind.startswith("odd")}) == len(ODDITIES)


def test_without_oddities_nothing_is_rejected() -> None:
    tidy = list(Traffic(7, odd_share=0).events(EVENTS))
    assert {item.through for item in tidy} == {"sdk"} and "rejected" not in {item.fate for item in tidy}


def test_events_are_as_large_as_real_ones(items: list[Item]) -> None:
    pages = [size(item) for item in items if item.client == "browser" and item.event["type"] in ("page", "track")]
    assert 1_100 < sum(pages) / len(pages) < 1_300


def test_every_state_of_consent_occurs(items: list[Item]) -> None:
    states = Counter(str(item.event.get("context", {}).get("consent")) for item in items if item.kind == "visit")
    assert len(states) == 5 and states["None"] > 100


def test_requests_carry_every_item_once(items: list[Item]) -> None:
    sent = list(posts(items, {"browser": "b", "server": "s"}, NOON, batch_events=50))
    carried = [item for post in sent for item in post.items]
    assert sorted(map(str, carried)) == sorted(map(str, items))
    for post in sent:
        body = msgspec.json.decode(post.body)
        assert len(body.get("batch", [body])) == len(post.items) and body["writeKey"] in ("b", "s")
