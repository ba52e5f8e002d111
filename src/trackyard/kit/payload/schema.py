"""An action's fields as the JSON Schema its payload is checked with.

The same schema Segment makes of the same field definitions (actions-core 3.170.0), down to its oddities: a bound of 0
does not count, and conditions on a field that is one of several never ask for null.
"""

from collections.abc import Mapping
from typing import Any

Schema = dict[str, Any]
_DRAFT = "http://json-schema.org/schema#"
_FORMAT_OF_TYPE = {"datetime": "date-like", "password": "password", "text": "text"}
_BOUNDS_OF_TYPE = {"string": ("minLength", "maxLength"), "number": ("minimum", "maximum")}


def json_schema(fields: Mapping[str, Any], *, additional: bool = False, requirements: bool = True) -> Schema:
    """The schema of an object with these fields. Without `requirements`, none of them is required."""
    schema: Schema = {
        "$schema": _DRAFT,
        "type": "object",
        "additionalProperties": additional,
        "properties": {key: field_schema(field) for key, field in fields.items()},
    }
    if not requirements:
        return schema
    schema["required"] = [key for key, field in fields.items() if field.get("required") is True]
    conditions = [_condition(key, condition) for key, condition in _conditions(fields).items()]
    return {**schema, "allOf": conditions} if conditions else schema


def field_schema(field: Mapping[str, Any]) -> Schema:
    """The schema of one field's value."""
    schema_type = _schema_type(field["type"])
    schema: Schema = {
        "title": field.get("label"),
        "description": field.get("description"),
        "type": schema_type,
        "format": _FORMAT_OF_TYPE.get(field["type"], field.get("format")),
        "default": field.get("default"),
        **_bounds(field),
    }
    schema = {key: value for key, value in schema.items() if value is not None or (key == "default" and key in field)}
    if field.get("choices") is not None:
        schema["enum"] = [choice["value"] if isinstance(choice, Mapping) else choice for choice in field["choices"]]
    if field.get("allowNull") and schema_type is not None:
        schema["type"] = [*([schema_type] if isinstance(schema_type, str) else schema_type), "null"]
        if "enum" in schema:
            schema["enum"] = [*schema["enum"], None]
    if field.get("multiple"):
        _make_multiple(schema, schema_type)
    if field["type"] == "object" and field.get("properties") is not None:
        _add_properties(schema, field)
    return schema


def _schema_type(type_: str) -> str | list[str] | None:
    if type_ == "any":
        return None
    if type_ == "datetime":
        return ["string", "number"]
    return "string" if type_ in ("string", "text", "password") else type_


def _bounds(field: Mapping[str, Any]) -> dict[str, Any]:
    least, most = _BOUNDS_OF_TYPE.get(field["type"], ("", ""))
    bounds = {least: field.get("minimum"), most: field.get("maximum")}
    return {keyword: bound for keyword, bound in bounds.items() if keyword and bound}


def _make_multiple(schema: Schema, schema_type: str | list[str] | None) -> None:
    schema["items"] = {} if schema_type is None else {"type": schema_type}
    schema["type"] = "array"
    if "enum" in schema:
        schema["items"]["enum"] = schema.pop("enum")


def _add_properties(schema: Schema, field: Mapping[str, Any]) -> None:
    properties = field["properties"]
    has_conditions = any(_is_condition(member.get("required")) for member in properties.values())
    inner = json_schema(properties, additional=bool(field.get("additionalProperties")), requirements=not has_conditions)
    if field.get("multiple"):
        schema["items"] = inner
    else:
        schema.update(inner)


def _is_condition(required: Any) -> bool:
    return isinstance(required, Mapping)


def _conditions(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The conditional requirements by field, those of an object's members as `object.member`."""
    conditions: dict[str, Any] = {}
    for key, field in fields.items():
        if field["type"] == "object":
            for name, member in (field.get("properties") or {}).items():
                if _is_condition(member.get("required")):
                    conditions[f"{key}.{name}"] = member["required"]
        if _is_condition(field.get("required")):
            conditions[key] = field["required"]
    return conditions


def _condition(key: str, requirement: Mapping[str, Any]) -> Schema:
    conditions = requirement["conditions"]
    if len(conditions) == 1:
        return {"if": _lone_test(conditions[0]), "then": _requires(key)}
    tests = [_test(condition) for condition in conditions]
    # With several conditions the reference requires a key of that very name, also for `object.member`.
    return {
        "if": {"anyOf" if requirement.get("match") == "any" else "allOf": tests},
        "then": {"required": [key]},
    }


def _requires(key: str) -> Schema:
    if "." not in key:
        return {"required": [key]}
    parent, child = key.split(".")[:2]
    return {"required": [parent], "properties": {parent: {"required": [child]}}}


def _lone_test(condition: Mapping[str, Any]) -> Schema:
    if "value" in condition or "." in condition["fieldKey"]:
        return _value_test(condition)
    key = condition["fieldKey"]
    is_null = {"properties": {key: {"type": "null"}}}
    if condition["operator"] == "is":
        return {"anyOf": [{"not": {"required": [key]}}, is_null]}
    return {"allOf": [{"required": [key]}, {"not": is_null}]}


def _test(condition: Mapping[str, Any]) -> Schema:
    if "value" in condition or "." in condition["fieldKey"]:
        return _value_test(condition)
    present: Schema = {"required": [condition["fieldKey"]]}
    return {"not": present} if condition["operator"] == "is" else present


def _value_test(condition: Mapping[str, Any]) -> Schema:
    wanted: Schema = {"const": condition["value"]} if "value" in condition else {}
    if condition["operator"] == "is_not":
        wanted = {"not": wanted}
    parent, *child = condition["fieldKey"].split(".")[:2]
    if not child:
        return {"required": [parent], "properties": {parent: wanted}}
    inside = {"properties": {child[0]: wanted}, "required": [child[0]]}
    return {"properties": {parent: inside}, "required": [parent]}
