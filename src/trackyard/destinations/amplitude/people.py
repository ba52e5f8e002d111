"""People and groups (Identify, Group Identify and User Mapping APIs: forms with a JSON member)."""

from collections.abc import Generator, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec

from trackyard.destinations.amplitude.examples import IDENTIFIED, JOINED, MERGED
from trackyard.destinations.amplitude.payload import Group, Identified, Mapped
from trackyard.destinations.amplitude.requests import (
    LIBRARY,
    Settings,
    device,
    form,
    milliseconds,
    platform,
    read,
    touched,
)
from trackyard.kit.action import Action
from trackyard.kit.members import present
from trackyard.kit.outcome import Delivered, Outcome
from trackyard.kit.request import Request, Response

_NOT_SENT: Final = {
    *("userAgent", "userAgentParsing", "includeRawUserAgent", "userAgentData", "library"),
    *("utm_properties", "referrer", "min_id_length"),
}


def identify(row: Identified, settings: Settings, now: datetime) -> Request:
    """Set what is known of a person."""
    members = {name: value for name, value in msgspec.structs.asdict(row).items() if name not in _NOT_SENT}
    members["user_properties"] = touched(row)
    plain = {name: value for name, value in members.items() if value is not None or name == "user_id"}
    identification = {**device(row), **_set(plain), **platform(row), "library": LIBRARY}
    return form("identify", "identification", identification, settings, row.min_id_length)


def group(row: Group, settings: Settings, now: datetime) -> Generator[Request, Response, Sequence[Outcome] | None]:
    """Put the person, where one is told, into the group, then set what is known of the group."""
    if row.device_id or row.user_id:
        outcomes = read((yield _membership(row, settings, now)), 1)
        if not isinstance(outcomes[0], Delivered):
            return outcomes
    known = present({"group_properties": row.group_properties})
    known |= {"group_value": row.group_value, "group_type": row.group_type, "library": LIBRARY}
    yield form("groupidentify", "identification", [known], settings, row.min_id_length)
    return None


def _membership(row: Group, settings: Settings, now: datetime) -> Request:
    membership = {row.group_type: row.group_value}
    time = milliseconds(row.time) if row.time else round(now.timestamp() * 1000)
    person = {
        **present({"device_id": row.device_id, "groups": membership, "insert_id": row.insert_id}),
        "library": LIBRARY,
        "time": time,
        **_set({"user_id": row.user_id}),
        "user_properties": membership,
    }
    return form("identify", "identification", [person], settings, row.min_id_length)


def map_user(row: Mapped, settings: Settings, now: datetime) -> Request:
    """Say that two user ids are one person."""
    members = {"user_id": row.user_id, "global_user_id": row.global_user_id, "min_id_length": row.min_id_length}
    mapped = present(members)
    return form("usermap", "mapping", [mapped], settings, row.min_id_length)


def _set(members: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not msgspec.UNSET}


actions = [
    Action(
        slug="identifyUser",
        title="Identify a user",
        trigger='type = "identify"',
        payload=Identified,
        build=identify,
        read=read,
        examples=[IDENTIFIED],
    ),
    Action(
        slug="groupIdentifyUser",
        title="Set properties of a group",
        trigger='type = "group"',
        payload=Group,
        build=group,
        read=read,
        examples=[JOINED],
    ),
    Action(
        slug="mapUser",
        title="Map a user",
        trigger='type = "alias"',
        payload=Mapped,
        build=map_user,
        read=read,
        examples=[MERGED],
    ),
]
