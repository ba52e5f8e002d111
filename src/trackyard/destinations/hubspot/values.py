"""Property names and values as HubSpot's definitions have them, and the type that a value says."""

import re
from collections.abc import Mapping
from typing import Any, Final, Literal

from trackyard.kit.canonical_json import canonical_json
from trackyard.kit.javascript import number_of_text, text_of

Kind = Literal["number", "boolean", "date", "datetime", "string"]
_NOT_IN_NAMES: Final = re.compile(r"[^a-z0-9_]")
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}\Z")
_ISO: Final = re.compile(
    r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])"
    r"(?:[ T]\d{2}:?\d{2}(?::?\d{2}(?:[,.]\d+)?)?(?:Z|[+-]\d{2}(?::?\d{2})?)?)?\Z"
)


def cleaned(properties: Mapping[str, Any] | None, *, numbers_of_texts: bool) -> dict[str, Any]:
    """Names in lower case with underscores; texts trimmed, those that say so made booleans (and numbers)."""
    found = {}
    for name, value in (properties or {}).items():
        if value is not None:
            found[_name(name)] = _value(value, numbers_of_texts)
    return found


def _name(name: str) -> str:
    clean = _NOT_IN_NAMES.sub("_", name.lower())
    if not clean[:1].isalpha():
        raise ValueError(f"properties: found the name {clean!r}, expected one that starts with a letter")
    return clean


def _value(value: Any, numbers_of_texts: bool) -> Any:
    if isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, (dict, list)):
        return canonical_json(value).decode()
    text = text_of(value).strip()
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    number = number_of_text(text) if numbers_of_texts and text else None
    return text if number is None or number != number else number  # NaN is no number


def kind_of(value: Any) -> Kind:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (int, float)):
        return "number"
    if isinstance(value, str) and _ISO.match(value):
        return "date" if _DATE.match(value) else "datetime"
    return "string"


def choices() -> list[dict[str, Any]]:
    """The two options of a boolean property."""
    return [
        {"label": text, "value": text, "hidden": False, "description": text.title(), "displayOrder": at}
        for at, text in enumerate(("true", "false"), start=1)
    ]
