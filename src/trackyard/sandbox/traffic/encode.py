"""Items as the requests that clients make of them, in the forms measured from the real SDKs."""

from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from trackyard.sandbox.traffic.goods import SHOP
from trackyard.sandbox.traffic.item import Client, Item, rfc3339

BATCH_EVENTS = 100  # the Python SDK's own default
LETTERS = {"track": "t", "identify": "i", "page": "p", "screen": "s", "group": "g", "alias": "a"}


class Post(msgspec.Struct, frozen=True):
    """One request to the door, and the items it carries."""

    path: str
    headers: Mapping[str, str]
    body: bytes
    items: Sequence[Item]


def posts(
    items: Iterable[Item], write_keys: Mapping[Client, str], sent_at: datetime, batch_events: int = BATCH_EVENTS
) -> Iterator[Post]:
    """The browser's items one by one, the server's in batches; whatever is left over at the end goes last."""
    waiting: list[Item] = []
    for item in items:
        if item.client == "browser":
            yield single(item, write_keys["browser"], sent_at)
            continue
        waiting.append(item)
        if len(waiting) == batch_events:
            yield batch(waiting, write_keys["server"], sent_at)
            waiting = []
    if waiting:
        yield batch(waiting, write_keys["server"], sent_at)


def single(item: Item, write_key: str, sent_at: datetime) -> Post:
    """One event as analytics.js sends it: the path a letter, the body text/plain, the key in it and in a header."""
    event = as_browser_event(item.event) | {"writeKey": write_key, "sentAt": rfc3339(sent_at)}
    letter = LETTERS.get(str(item.event.get("type")), "t")
    headers = {"Content-Type": "text/plain", "Origin": SHOP, "Referer": f"{SHOP}/", **basic(write_key)}
    return Post(f"/v1/{letter}", headers, msgspec.json.encode(event), (item,))


def as_browser_event(event: Mapping[str, Any]) -> dict[str, Any]:
    metadata = {"bundled": ["Segment.io"], "unbundled": [], "bundledIds": []}
    return {"userId": None, **event, "_metadata": metadata}


def batch(items: Sequence[Item], write_key: str, sent_at: datetime) -> Post:
    """Events as segment-analytics-python sends them."""
    envelope = {"batch": [item.event for item in items], "sentAt": rfc3339(sent_at), "writeKey": write_key}
    headers = {"Content-Type": "application/json", "User-Agent": "analytics-python/2.4.0", **basic(write_key)}
    return Post("/v1/batch", headers, msgspec.json.encode(envelope), tuple(items))


def basic(write_key: str) -> dict[str, str]:
    return {"Authorization": "Basic " + b64encode(f"{write_key}:".encode()).decode()}
