"""What is taken out of a payload before it is checked."""

from collections.abc import Callable
from typing import Any

from trackyard.kit.javascript import UNDEFINED

Clean = Callable[[Any], Any]


def compile_clean(schema: Any) -> Clean | None:
    """The function that empties a value of this schema, UNDEFINED when all of it goes; None when nothing ever does.

    Null goes unless the schema allows it, the empty text unless it asks for a text.
    """
    if not isinstance(schema, dict) or not (schema.get("type") or schema.get("enum")):
        return None
    types = schema.get("type") or []
    types = [types] if isinstance(types, str) else types
    inside_array = compile_clean(schema.get("items"))
    inside_object = _compile_members(schema.get("properties"))
    keeps_null, keeps_empty = "null" in types, "string" in types

    def clean(value: Any) -> Any:
        if value is None:
            return None if keeps_null else UNDEFINED
        if value == "":
            return value if keeps_empty else UNDEFINED
        if inside_array is not None and isinstance(value, list):
            return [item for item in value if inside_array(item) is not UNDEFINED]
        if inside_object is not None and isinstance(value, dict):
            return inside_object(value)
        return value

    return clean


def compile_root_clean(schema: dict[str, Any], *, empty_texts_go: bool) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """The function that cleans a whole payload; for single events empty texts go at the top, for batches they stay."""
    members = _compile_members(schema.get("properties"))

    def clean(payload: dict[str, Any]) -> dict[str, Any]:
        if members is None:
            return payload
        cleaned = members(payload)
        if empty_texts_go and "" in cleaned.values():
            return {key: value for key, value in cleaned.items() if value != ""}
        return cleaned

    return clean


def _compile_members(properties: Any) -> Callable[[dict[str, Any]], dict[str, Any]] | None:
    if not isinstance(properties, dict):
        return None
    cleaners = {key: cleaner for key, schema in properties.items() if (cleaner := compile_clean(schema)) is not None}

    def clean(value: dict[str, Any]) -> dict[str, Any]:
        cleaned = {}
        for key, member in value.items():
            if type(member) is not str or not member:  # a text that says something always stays
                cleaner = cleaners.get(key)
                if cleaner is not None:
                    member = cleaner(member)
            if member is not UNDEFINED:
                cleaned[key] = member
        return cleaned

    return clean
