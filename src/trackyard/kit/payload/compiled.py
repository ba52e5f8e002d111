"""Fields made into the function that turns mapped members into a payload."""

from collections.abc import Mapping
from typing import Any, final

from trackyard.kit.javascript import UNDEFINED, type_name
from trackyard.kit.mapping.errors import MappingError, Problem
from trackyard.kit.mapping.root import check_size
from trackyard.kit.payload.check import Check, Findings, compile_check
from trackyard.kit.payload.clean import compile_root_clean
from trackyard.kit.payload.errors import PayloadError
from trackyard.kit.payload.schema import Schema, json_schema

DEFINITIONS_MAX = 20_000  # values; lists of choices are long
EXEMPT = "dynamicAuthSettings"  # no field, but passed on to the action as it is


@final
class Payload:
    """The compiled payload step: call it with what a mapping answers."""

    __slots__ = ("_check", "_clean_batch", "_clean_single", "_multiple", "schema")

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self._clean_single = compile_root_clean(schema, empty_texts_go=True)
        self._clean_batch = compile_root_clean(schema, empty_texts_go=False)
        self._multiple = [key for key, member in schema["properties"].items() if member.get("type") == "array"]
        self._check: Check = compile_check(schema)

    def __call__(self, members: Any, *, batch: bool = False) -> dict[str, Any]:
        """The payload `members` make; raises `PayloadError` with every problem. `members` is left as it is.

        With `batch`, texts that are empty stay: the reference takes them out of single events only.
        """
        payload, findings = self.examine(members, batch=batch)
        if findings.problems:
            raise PayloadError(*findings.problems)
        return payload

    def examine(self, members: Any, *, batch: bool = False) -> tuple[dict[str, Any], Findings]:
        """The payload as far as it could be made, and everything found on the way."""
        findings = Findings()
        if not isinstance(members, dict):
            findings.problem("", f"found {type_name(members)}, expected an object")
            return {}, findings
        clean = self._clean_batch if batch else self._clean_single
        try:
            holder = {"": self._wrapped(clean(members))}
            self._check(holder, "", findings)
        except RecursionError:
            findings.problem("", "found a value nested too deeply to check")
            return {}, findings
        exempt = members.get(EXEMPT, UNDEFINED)
        return (holder[""] if exempt is UNDEFINED else {**holder[""], EXEMPT: exempt}), findings

    def _wrapped(self, payload: dict[str, Any]) -> dict[str, Any]:
        """A single value of a field that takes several becomes an array of it."""
        for key in self._multiple:
            value = payload.get(key, UNDEFINED)
            if value is not UNDEFINED and value is not None and not isinstance(value, list):
                payload[key] = [value]
        return payload


def compile_fields(fields: Mapping[str, Any]) -> Payload:
    """The payload step of these field definitions; raises `PayloadError` where a definition makes no sense."""
    try:
        check_size(fields, DEFINITIONS_MAX)
        return Payload(json_schema(fields))
    except MappingError as error:
        raise PayloadError(*error.problems) from error
    except (KeyError, TypeError, AttributeError) as error:
        raise PayloadError(Problem("/", f"found a field definition without its parts ({error})")) from error
