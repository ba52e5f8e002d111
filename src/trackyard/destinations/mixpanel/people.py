"""People, groups and aliases (forms to `/track`, `/engage` and `/groups`)."""

from collections.abc import Callable, Generator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from trackyard.destinations.mixpanel.examples import ADDED, ALIASED, IDENTIFIED, JOINED
from trackyard.destinations.mixpanel.payload import Alias, Group, Identified, Increment
from trackyard.destinations.mixpanel.requests import Settings, form, read_form
from trackyard.kit.action import Action, Built, Example
from trackyard.kit.members import present
from trackyard.kit.outcome import Delivered, Outcome
from trackyard.kit.request import Request, Response

_CREATED: Final = ("created", "createdAt", "created_at")
_OF_PEOPLE: Final = {
    "$email": "email",
    "$first_name": "firstName",
    "$last_name": "lastName",
    "$username": "username",
    "$phone": "phone",
}


def identify(
    row: Identified, settings: Settings, now: datetime
) -> Generator[Request, Response, Sequence[Outcome] | None]:
    """Join the anonymous id with the user's, then set the user's properties; whichever is given."""
    if row.anonymous_id:
        joined = {"$identified_id": row.user_id, "$anon_id": row.anonymous_id}
        outcomes = read_form((yield _event("$identify", joined, settings)), 1)
        if not row.traits or not isinstance(outcomes[0], Delivered):
            return outcomes
    profile = {
        "$token": settings.projectToken,
        "$distinct_id": row.user_id or row.anonymous_id,
        "$ip": row.ip,
        "$set": _of_person(row.traits or {}),
    }
    yield form("engage", present(profile), settings)
    return None


def group(row: Group, settings: Settings, now: datetime) -> Request:
    """Set what is known of a group; a trait of the key's name is its id."""
    key, traits = row.group_key or "$group_id", row.traits or {}
    profile = {
        "$token": settings.projectToken,
        "$group_key": key,
        "$group_id": traits.get(key) or row.group_id,
        "$set": {**_without(traits, {"name", *_CREATED}), **_renamed(traits, {"$name": "name"}), **_created(traits)},
    }
    return form("groups", profile, settings)


def alias(row: Alias, settings: Settings, now: datetime) -> Request:
    """Say that two distinct ids are one person."""
    return _event("$create_alias", {"distinct_id": row.distinct_id, "alias": row.alias}, settings)


def increment(row: Increment, settings: Settings, now: datetime) -> Request:
    """Add to numbers of the user's properties."""
    profile = {
        "$token": settings.projectToken,
        "$distinct_id": row.user_id or row.anonymous_id,
        "$ip": row.ip,
        "$add": row.added,
    }
    return form("engage", present(profile), settings)


def _event(name: str, ids: Mapping[str, Any], settings: Settings) -> Request:
    properties = {**ids, "token": settings.projectToken, "segment_source_name": settings.sourceName}
    return form("track", {"event": name, "properties": present(properties)}, settings)


def _of_person(traits: Mapping[str, Any]) -> dict[str, Any]:
    """Traits under Mixpanel's own names where it has them."""
    known = {"name", *_OF_PEOPLE.values(), *_CREATED}
    renamed = {**_created(traits), **_renamed(traits, _OF_PEOPLE)}
    name, first, last = (traits.get(member) for member in ("name", "firstName", "lastName"))
    if name is None and first and last:
        name = f"{first} {last}"
    named = {} if name is None else {"$name": name}
    order = ("$created", "$email", "$first_name", "$last_name", "$name", "$username", "$phone")
    return {**_without(traits, known), **{key: value for key in order for value in _at(key, {**renamed, **named})}}


def _at(key: str, members: Mapping[str, Any]) -> list[Any]:
    return [members[key]] if key in members else []


def _renamed(traits: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    return {ours: traits[theirs] for ours, theirs in names.items() if theirs in traits}


def _created(traits: Mapping[str, Any]) -> dict[str, Any]:
    found = next((traits[name] for name in _CREATED if traits.get(name) is not None), None)
    return present({"$created": found})


def _without(traits: Mapping[str, Any], names: set[str]) -> dict[str, Any]:
    return {name: value for name, value in traits.items() if name not in names}


def _action(
    slug: str, title: str, payload: type, build: Callable[..., Built], trigger: str, example: Example
) -> Action:
    return Action(
        slug=slug, title=title, trigger=trigger, payload=payload, build=build, read=read_form, examples=[example]
    )


actions = [
    _action("identifyUser", "Identify a user", Identified, identify, 'type = "identify"', IDENTIFIED),
    _action("groupIdentifyUser", "Set properties of a group", Group, group, 'type = "group"', JOINED),
    _action("alias", "Alias", Alias, alias, 'type = "alias"', ALIASED),
    _action("incrementProperties", "Add to properties", Increment, increment, 'type = "track"', ADDED),
]
