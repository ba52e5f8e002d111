"""Texts with `{{path}}` and `{{{path}}}` placeholders."""

from typing import Any

from trackyard.kit.javascript import JS_WHITESPACE, UNDEFINED, text_of
from trackyard.kit.mapping.path import value_at


def render(template: str, payload: Any) -> str:
    """`template` with its placeholders filled; missing and null values become nothing.

    Triple braces are filled first, and what they brought in is looked through again for double ones.
    """
    data = {} if payload is UNDEFINED else payload
    for braces in (3, 2):
        template = "".join(
            part if fixed else placeholder_text(value_at(data, part)) for fixed, part in parts_of(template, braces)
        )
    return template


def parts_of(template: str, braces: int) -> list[tuple[bool, str]]:
    """The fixed texts (True) and the trimmed paths (False) of `template`, in order."""
    opening, closing = "{" * braces, "}" * braces
    parts: list[tuple[bool, str]] = []
    done = at = 0
    while (start := template.find(opening, at)) >= 0:
        # Looking for the next closing brace only once per brace keeps hostile texts linear.
        end = template.find("}", start + braces)
        if end < 0:
            break
        if end == start + braces or not template.startswith(closing, end):
            at = end + 1
            continue
        parts.append((True, template[done:start]))
        parts.append((False, template[start + braces : end].strip(JS_WHITESPACE)))
        done = at = end + braces
    parts.append((True, template[done:]))
    return parts


def placeholder_text(value: Any) -> str:
    return "" if value is None or value is UNDEFINED else text_of(value)
