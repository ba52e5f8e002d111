"""An action's fields: annotations of its payload type, or the definitions an imported catalogue brings.

    class Message(msgspec.Struct, frozen=True):
        text: Annotated[str, Field(label="Message", mapping={"@path": "$.event"})]

says a field's type, label, default mapping and checks once; forms, reference pages and the typed payload step read it.
"""

import builtins
import types
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import Enum
from typing import (
    Annotated,
    Any,
    Generic,
    Literal,
    TypedDict,
    TypeVar,
    Union,
    cast,
    final,
    get_args,
    get_origin,
    overload,
)
from typing import get_type_hints as hints_of

import msgspec

from trackyard.kit.mapping.errors import Problem
from trackyard.kit.payload.check import Findings
from trackyard.kit.payload.compiled import Payload, compile_fields
from trackyard.kit.payload.errors import PayloadError

S = TypeVar("S", bound=msgspec.Struct)
Number = float | int  # as it came: a whole number stays one on the wire
FieldType = Literal["string", "text", "password", "datetime", "number", "integer", "boolean", "object", "any"]


class Condition(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """Another field and what it is or is not; without a value: whether it is there."""

    field_key: str
    operator: Literal["is", "is_not"]
    value: Any = msgspec.UNSET


class Conditions(msgspec.Struct, frozen=True):
    """When a field is required: when all (or any) of the conditions hold."""

    conditions: Sequence[Condition]
    match: Literal["all", "any"] = "all"


class Field(msgspec.Struct, frozen=True):
    """What a form, the reference page and the payload step need to know beyond the annotated type."""

    label: str = ""
    help: str = ""
    mapping: Any = None  # the default mapping of the field, taken over when a connection is made
    secret: bool = False
    format: str = ""
    type: FieldType | None = None  # where the annotation says too little: text, password, datetime
    required: bool | Conditions | None = None  # None: required where the annotation has no default
    choices: Sequence[Any] = ()
    allow_null: bool = False
    minimum: float | None = None  # of a number; for a string the characters
    maximum: float | None = None
    additional_properties: bool = False  # of an object: whether members it does not name are kept
    members: builtins.type | None = None  # the members an annotated `dict` is known to have; it keeps the others too


class FieldDefinition(TypedDict, total=False):
    """A field in the words of Segment's catalogue, as imported definitions have it."""

    label: str
    description: str
    type: str
    required: bool | Mapping[str, Any]
    multiple: bool
    choices: Sequence[Any]
    default: Any
    format: str
    allowNull: bool
    minimum: float
    maximum: float
    properties: Mapping[str, "FieldDefinition"]
    additionalProperties: bool
    secret: bool


@final
class StructPayload(Generic[S]):
    """The payload step of an annotated type: mapped members in, an instance out."""

    __slots__ = ("_type", "step")

    def __init__(self, type_: type[S]) -> None:
        self._type = type_
        self.step = compile_fields(fields_of(type_))

    def __call__(self, members: Any, *, batch: bool = False) -> S:
        """The payload `members` make; raises `PayloadError` with every problem."""
        payload = self.step(members, batch=batch)
        try:
            return msgspec.convert(payload, self._type)
        except msgspec.ValidationError as error:
            raise PayloadError(Problem("/", str(error))) from error

    def examine(self, members: Any, *, batch: bool = False) -> tuple[dict[str, Any], Findings]:
        """The members as far as they could be made fit, and everything found on the way."""
        return self.step.examine(members, batch=batch)


@overload
def compile_payload(fields: type[S]) -> StructPayload[S]: ...
@overload
def compile_payload(fields: Mapping[str, Any]) -> Payload: ...
def compile_payload(fields: type[S] | Mapping[str, Any]) -> StructPayload[S] | Payload:
    """The payload step of an annotated type, or of field definitions by key."""
    if isinstance(fields, type):
        return StructPayload(fields)
    return compile_fields(fields)


def fields_of(payload: type[msgspec.Struct]) -> dict[str, FieldDefinition]:
    """The field definitions of an annotated type, by the name each member has on the wire."""
    hints = hints_of(payload, include_extras=True)
    return {
        member.encode_name: _definition(hints[member.name], is_required=member.required, name=member.name)
        for member in msgspec.structs.fields(payload)
    }


def _definition(hint: Any, *, is_required: bool, name: str) -> FieldDefinition:
    field, annotated = _unwrapped(hint)
    bare, is_nullable = _without_none(annotated)
    field = field or _unwrapped(bare)[0] or Field()
    definition: FieldDefinition = {"label": field.label or name}
    definition.update(_type_members(_unwrapped(bare)[1]))
    definition.update(_field_members(field))
    if field.required is None and is_required and not is_nullable:
        definition["required"] = True
    return definition


def _unwrapped(hint: Any) -> tuple[Field | None, Any]:
    if get_origin(hint) is not Annotated:
        return None, hint
    annotated, *extras = get_args(hint)
    return next((extra for extra in extras if isinstance(extra, Field)), None), annotated


def _without_none(hint: Any) -> tuple[Any, bool]:
    """The annotation without None, and whether it had it; of several types the first speaks for the field."""
    if get_origin(hint) not in (Union, types.UnionType):
        return hint, False
    members = [member for member in get_args(hint) if member not in (type(None), msgspec.UnsetType)]
    return members[0], len(members) < len(get_args(hint))


def _type_members(hint: Any) -> FieldDefinition:
    origin = get_origin(hint) or hint
    if origin is Literal:
        return {"type": "string", "choices": list(get_args(hint))}
    if origin in (list, tuple, set, frozenset, Sequence):
        [item, *_] = get_args(hint) or (Any,)
        return {**_type_members(_without_none(_unwrapped(item)[1])[0]), "multiple": True}
    if isinstance(origin, type) and issubclass(origin, msgspec.Struct):
        return {"type": "object", "properties": fields_of(origin)}
    if isinstance(origin, type) and issubclass(origin, Enum):
        return {"type": "string", "choices": [choice.value for choice in origin]}
    return {"type": _TYPES.get(origin, "any")}


_TYPES: dict[Any, str] = {
    str: "string",
    bool: "boolean",
    int: "integer",
    float: "number",
    datetime: "datetime",
    dict: "object",
    Mapping: "object",
}


def _field_members(field: Field) -> FieldDefinition:
    members: dict[str, Any] = {
        "description": field.help,
        "type": field.type,
        "format": field.format,
        "default": field.mapping,
        "choices": list(field.choices),
        "allowNull": field.allow_null,
        "minimum": field.minimum,
        "maximum": field.maximum,
        "properties": fields_of(field.members) if field.members else None,
        "additionalProperties": field.additional_properties or field.members is not None,
        "secret": field.secret,
        "required": msgspec.to_builtins(field.required) if isinstance(field.required, Conditions) else field.required,
    }
    return cast(FieldDefinition, {key: value for key, value in members.items() if value})
