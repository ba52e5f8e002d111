"""People: made, merged, suppressed, deleted."""

from typing import Annotated, Any

from trackyard.destinations.customerio.entity import Batched, about, person, unix_time, with_unix_times
from trackyard.destinations.customerio.examples import DELETED, IDENTIFIED, MERGED, SUPPRESSED, UNSUPPRESSED
from trackyard.destinations.customerio.rows import Body, entity_action
from trackyard.kit.fields import Field
from trackyard.kit.members import present


def first_of(*paths: str) -> dict[str, Any]:
    """The mapping to the first of two paths that has a value."""
    first, second = ({"@path": path} for path in paths)
    return {"@if": {"exists": first, "then": first, "else": second}}


class Person(Batched, frozen=True, kw_only=True):
    id: Annotated[str | None, Field("Person id", mapping=first_of("$.userId", "$.traits.email"))] = None
    anonymous_id: Annotated[str | None, Field("Anonymous id", mapping={"@path": "$.anonymousId"})] = None
    email: Annotated[str | None, Field("Email", mapping={"@template": "{{traits.email}}"})] = None
    created_at: Annotated[
        str | None, Field("Created at", mapping=first_of("$.traits.created_at", "$.traits.createdAt"))
    ] = None
    group_id: Annotated[str | None, Field("Object id", mapping={"@path": "$.traits.objectId"})] = None
    custom_attributes: Annotated[dict[str, Any] | None, Field("Attributes", mapping={"@path": "$.traits"})] = None
    relationship_attributes: Annotated[
        dict[str, Any] | None,
        Field("Attributes of the relationship", mapping={"@path": "$.traits.relationshipAttributes"}),
    ] = None
    timestamp: Annotated[str | None, Field("Time", mapping={"@path": "$.timestamp"})] = None
    convert_timestamp: Annotated[bool | None, Field("Times as Unix seconds", mapping=True)] = None
    object_type_id: Annotated[
        str | None, Field("Object type", mapping=first_of("$.traits.object_type_id", "$.traits.objectTypeId"))
    ] = None


class Merge(Batched, frozen=True, kw_only=True):
    primary: Annotated[str, Field("Who remains", mapping={"@path": "$.userId"})]
    secondary: Annotated[str, Field("Who becomes part", mapping={"@path": "$.previousId"})]


class PersonId(Batched, frozen=True, kw_only=True):
    person_id: Annotated[str, Field("Person id", mapping={"@path": "$.userId"})]


_OWN_FIELDS = frozenset({"createdAt", "created_at", "object_type_id", "relationshipAttributes", "objectTypeId"})


def identify(row: Person) -> dict[str, Any]:
    attributes = {name: value for name, value in (row.custom_attributes or {}).items() if name not in _OWN_FIELDS}
    attributes |= {name: value for name, value in (("created_at", row.created_at), ("email", row.email)) if value}
    body: dict[str, Any] = {"attributes": attributes, "cio_relationships": _relationships(row)}
    if row.convert_timestamp:
        body = with_unix_times(body)
    return about(
        {"type": "person", "action": "identify", **body, "timestamp": unix_time(row.timestamp)},
        person(row.id, row.email, row.anonymous_id),
        row.anonymous_id,
    )


def _relationships(row: Person) -> list[dict[str, Any]] | None:
    if not row.group_id:
        return None
    identifiers = {"object_type_id": row.object_type_id or "1", "object_id": row.group_id}
    return [present({"identifiers": identifiers, "relationship_attributes": row.relationship_attributes})]


def merge(row: Merge) -> dict[str, Any]:
    return {"type": "person", "action": "merge", "primary": person(row.primary), "secondary": person(row.secondary)}


def _about_person(action: str) -> Body:
    return lambda row: {"type": "person", "action": action, "identifiers": person(row.person_id)}


actions = [
    entity_action(
        "createUpdatePerson", "Create or update a person", Person, identify, 'type = "identify"', [IDENTIFIED]
    ),
    entity_action("mergePeople", "Merge people", Merge, merge, 'type = "alias"', [MERGED]),
    entity_action(
        "deletePerson", "Delete a person", PersonId, _about_person("delete"), 'event = "User Deleted"', [DELETED]
    ),
    entity_action(
        "suppressPerson",
        "Suppress a person",
        PersonId,
        _about_person("suppress"),
        'event = "User Suppressed"',
        [SUPPRESSED],
    ),
    entity_action(
        "unsuppressPerson",
        "Stop suppressing a person",
        PersonId,
        _about_person("unsuppress"),
        'event = "User Unsuppressed"',
        [UNSUPPRESSED],
    ),
]
