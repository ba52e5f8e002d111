"""The recorded answers of Segment's own packages, and ours beside them."""

import gzip
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from trackyard.kit.javascript import UNDEFINED
from trackyard.kit.mapping import MappingError, compile_mapping
from trackyard.kit.mapping.operations import flattened
from trackyard.kit.mapping.path import follow, value_at
from trackyard.kit.mapping.template import render
from trackyard.kit.mapping.validate import problems_of
from trackyard.kit.payload import Payload, PayloadError, compile_fields
from trackyard.kit.payload.clean import compile_clean, compile_root_clean
from trackyard.kit.payload.schema import json_schema
from trackyard.kit.trigger import TriggerError, compile_trigger
from trackyard.kit.trigger.conditions import from_json, to_json, write
from trackyard.kit.trigger.expression import function_of
from trackyard.kit.trigger.segment_compiled import expression
from trackyard.kit.trigger.segment_parser import parse

GOLDEN = Path(__file__).parents[2] / "golden" / "segment"
Case = dict[str, Any]
REFUSED = "refused"
NOTHING = "nothing"
OUT_OF_SCOPE = {"engageAudienceMembership", "retlAudienceMembership", "field_value_keys"}


def cases(name: str) -> Iterator[Case]:
    with gzip.open(GOLDEN / f"{name}.jsonl.gz", "rt") as lines:
        yield from map(json.loads, lines)


def expected(case: Case) -> Any:
    if "error" in case or "throws" in case:
        return REFUSED
    return NOTHING if case.get("output_undefined") else case["output"]


def answered(answer: Callable[[Case], Any], case: Case) -> Any:
    try:
        output = answer(case)
    except (MappingError, PayloadError, TriggerError):
        return REFUSED
    return NOTHING if output is UNDEFINED else output


def mapped(case: Case) -> Any:
    mapping = compile_mapping(case["mapping"])
    return mapping.transform_batch(case["events"]) if "events" in case else mapping.transform(case.get("event", {}))


def made_payload(case: Case) -> Any:
    members = compile_mapping(case["mapping"]).transform(case["event"])
    return compile_fields(case["fields"])(members, batch=bool(case.get("batch")))


def cleaned(case: Case) -> Any:
    if case.get("is_root") and isinstance(case["value"], dict):
        return compile_root_clean(case["schema"], empty_texts_go=True)(case["value"])
    clean = compile_clean(case["schema"])
    return clean(case["value"]) if clean else case["value"]


def got(case: Case) -> Any:
    path = case.get("path")
    if path is None:
        return UNDEFINED
    return follow(case["data"], path) if isinstance(path, list) else value_at(case["data"], path)


def rendered(case: Case) -> Any:
    if not isinstance(case["template"], str):
        raise MappingError
    return render(case["template"], case.get("data", {}))


def flat(case: Case) -> Any:
    return flattened(case["input"], case.get("separator", "."), case.get("omit_arrays", False))


ANSWERS: dict[str, Callable[[Case], Any]] = {
    "transform": mapped,
    "get": got,
    "render": rendered,
    "flatten": flat,
    "remove_empty_values": cleaned,
    "fields_to_json_schema": lambda case: json_schema(case["fields"]),
}


def agrees(case: Case) -> bool:
    """Whether our answer to a case of mapping-tests is the recorded one."""
    match case["kind"]:
        case "validate_mapping":
            return (not problems_of(case["mapping"])) == case["valid"]
        case "validate_schema":
            return schema_agrees(case)
        case kind:
            return bool(answered(ANSWERS[kind], case) == expected(case))


def schema_agrees(case: Case) -> bool:
    payload, findings = Payload(case["schema"]).examine(dict(case["value"]))
    if not case["valid"]:
        return bool(findings.problems)
    is_exempt = "exempt" in (case.get("options") or {})  # a name of the caller's own, which we have no option for
    return is_exempt or (not findings.problems and payload == case["value_after"])


def trigger_agrees(case: Case) -> bool:
    """Whether our answer to a case of fql-tests is the recorded one."""
    match case["kind"]:
        case "parse":
            return bool(answered(lambda case: to_json(parse(case["fql"])), case) == case.get("ast", REFUSED))
        case "generate":
            return "error" in case or write(_group(case["ast"])) == case["fql"]
        case "match_ast":
            if "error" in case["ast"]:
                return case["result"] is False
            return function_of(expression(from_json(case["ast"])))(_event(case)) == case["result"]
    return bool(answered(segment_result, case) == (REFUSED if "error" in case else case["result"]))


def _group(tree: dict[str, Any]) -> Any:
    return from_json(tree)


def _event(case: Case) -> dict[str, Any]:
    event = case.get("event")
    return event if isinstance(event, dict) else {}


def segment_result(case: Case) -> bool:
    return compile_trigger(case["fql"], "segment").strict(_event(case))


def fql_result(case: Case) -> bool:
    return compile_trigger(case["fql"], "fql").strict(_event(case))
