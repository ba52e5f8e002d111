"""One event of the traffic: before (`Draft`) and after (`Item`) it got its time and message id."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from random import Random
from typing import Any, Literal
from uuid import UUID

import msgspec

Client = Literal["browser", "server"]
Through = Literal["sdk", "http"]  # http: no SDK would let it pass
Fate = Literal["accepted", "twin", "duplicate", "rejected"]


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """What happens, not yet when. `age_seconds` is how old the client says it is; negative lies in the future."""

    client: Client
    kind: str
    event: Mapping[str, Any]
    through: Through = "sdk"
    fate: Fate = "accepted"
    age_seconds: float = 0


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """An event as a client sends it, through which client, and what must become of it.

    `fate`: `accepted`; `twin`, the second observation of an accepted event from the other channel; `duplicate`, the
    same again on the same channel; `rejected`, kept with a reason and never decided.
    """

    client: Client
    through: Through
    kind: str
    fate: Fate
    event: Mapping[str, Any]

    @property
    def message_id(self) -> str:
        return str(self.event["messageId"])


def stamped(rng: Random, draft: Draft, at: datetime) -> Item:
    """The item that comes of `draft` when it is sent at `at`."""
    moment = at - timedelta(seconds=draft.age_seconds)
    event = {"timestamp": rfc3339(moment), "messageId": message_id(rng, draft.client, at), **draft.event}
    return Item(client=draft.client, through=draft.through, kind=draft.kind, fate=draft.fate, event=event)


def message_id(rng: Random, client: Client, at: datetime) -> str:
    """A message id of the form that the client's own SDK makes."""
    drawn = uuid(rng)
    return f"ajs-next-{int(at.timestamp() * 1000)}-{drawn}" if client == "browser" else drawn


def uuid(rng: Random) -> str:
    return str(UUID(int=rng.getrandbits(128), version=4))


def rfc3339(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
