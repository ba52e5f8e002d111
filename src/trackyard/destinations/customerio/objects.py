"""Objects (companies, courses, anything) and who belongs to them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

import msgspec

from trackyard.destinations.customerio.entity import Batched, Settings, about, batch, person, with_unix_times
from trackyard.destinations.customerio.examples import COMPANY, OBJECT_DELETED, RELATIONSHIP_DELETED
from trackyard.destinations.customerio.people import first_of
from trackyard.destinations.customerio.reading import read
from trackyard.destinations.customerio.rows import entity_action
from trackyard.kit.action import Conversation
from trackyard.kit.fields import Field
from trackyard.kit.members import present
from trackyard.kit.outcome import Outcome

_TYPE_OF_PROPERTIES = first_of("$.properties.object_type_id", "$.properties.objectTypeId")


class Object(Batched, frozen=True, kw_only=True):
    id: Annotated[str, Field("Object id", mapping={"@path": "$.groupId"})]
    created_at: Annotated[
        str | None, Field("Created at", mapping=first_of("$.traits.created_at", "$.traits.createdAt"))
    ] = None
    custom_attributes: Annotated[
        dict[str, Any] | None, Field("Attributes", mapping={"@path": "$.traits.objectAttributes"})
    ] = None
    relationship_attributes: Annotated[
        dict[str, Any] | None,
        Field("Attributes of the relationship", mapping={"@path": "$.traits.relationshipAttributes"}),
    ] = None
    user_id: Annotated[str | None, Field("Person id", mapping={"@path": "$.userId"})] = None
    anonymous_id: Annotated[str | None, Field("Anonymous id", mapping={"@path": "$.anonymousId"})] = None
    object_type_id: Annotated[
        str | None, Field("Object type", mapping=first_of("$.traits.object_type_id", "$.traits.objectTypeId"))
    ] = None
    convert_timestamp: Annotated[bool | None, Field("Times as Unix seconds", mapping=True)] = None

    @property
    def action(self) -> str:
        return "identify_anonymous" if not self.user_id and self.anonymous_id else "identify"


class ObjectId(Batched, frozen=True, kw_only=True):
    object_id: Annotated[str | None, Field("Object id", mapping={"@path": "$.properties.objectId"})] = None
    object_type_id: Annotated[str | None, Field("Object type", mapping=_TYPE_OF_PROPERTIES)] = None


class Relationship(Batched, frozen=True, kw_only=True):
    person_id: Annotated[str, Field("Person id", mapping={"@path": "$.userId"})]
    anonymous_id: Annotated[str | None, Field("Anonymous id", mapping={"@path": "$.anonymousId"})] = None
    object_id: Annotated[str, Field("Object id", mapping={"@path": "$.properties.objectId"})]
    object_type_id: Annotated[str | None, Field("Object type", mapping=_TYPE_OF_PROPERTIES)] = None


def identify(row: Object) -> dict[str, Any]:
    attributes = row.custom_attributes
    if attributes is not None:
        attributes = {name: value for name, value in attributes.items() if name != "object_type_id"}
    related = person(row.user_id, None, row.anonymous_id)
    relation = {"identifiers": related, "relationship_attributes": row.relationship_attributes}
    body: dict[str, Any] = {"created_at": row.created_at or None, "attributes": attributes}
    if row.convert_timestamp:
        body, relation = with_unix_times(body), with_unix_times(relation)
    return about(
        {
            "type": "object",
            "action": row.action,
            **body,
            "cio_relationships": [present(relation)] if related else None,
        },
        _object(row.id, row.object_type_id),
        row.anonymous_id,
    )


def identify_batch(rows: Sequence[Object], settings: Settings, now: datetime) -> Conversation:
    """Known and anonymous people in requests of their own, as Segment's connector sends them."""
    outcomes: dict[int, Outcome] = {}
    for action in ("identify", "identify_anonymous"):
        chosen = [(at, row) for at, row in enumerate(rows) if row.action == action]
        if chosen:
            response = yield batch([identify(row) for _, row in chosen], settings)
            outcomes |= dict(zip((at for at, _ in chosen), read(response, len(chosen)), strict=True))
    return [outcomes[at] for at in range(len(rows))]


def delete(row: ObjectId) -> dict[str, Any]:
    identifiers = _object(row.object_id, row.object_type_id) if row.object_id else None
    return present({"type": "object", "action": "delete", "identifiers": identifiers})


def delete_relationship(row: Relationship) -> dict[str, Any]:
    return about(
        {
            "type": "object",
            "action": "delete_relationships",
            "cio_relationships": [{"identifiers": person(row.person_id)}],
        },
        _object(row.object_id, row.object_type_id),
        row.anonymous_id,
    )


def _object(object_id: str, object_type_id: str | None) -> dict[str, str]:
    return {"object_id": object_id, "object_type_id": object_type_id or "1"}


actions = [
    msgspec.structs.replace(
        entity_action(
            "createUpdateObject", "Create or update an object", Object, identify, 'type = "group"', [COMPANY]
        ),
        build_batch=identify_batch,
    ),
    entity_action("deleteObject", "Delete an object", ObjectId, delete, 'event = "Object Deleted"', [OBJECT_DELETED]),
    entity_action(
        "deleteRelationship",
        "Delete a relationship",
        Relationship,
        delete_relationship,
        'event = "Relationship Deleted"',
        [RELATIONSHIP_DELETED],
    ),
]
