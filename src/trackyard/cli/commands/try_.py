"""`trackyard try`: mappings, payloads, triggers and actions tried on events, without a workspace or a server."""

import gc
import json
import sys
from collections.abc import Callable
from typing import Any, NoReturn, cast

import click
import msgspec

from trackyard.cli.try_action import action_answer
from trackyard.kit.fields import compile_payload
from trackyard.kit.javascript import UNDEFINED, json_text
from trackyard.kit.mapping import Mapping, MappingError, compile_mapping, missing_paths
from trackyard.kit.payload import Payload, PayloadError
from trackyard.kit.trigger import Dialect, TriggerError, compile_trigger, deciding, explain

Line = dict[str, Any]
Answer = Callable[[Line, bool], Line]  # a question and whether to explain; the members beside `id`


@click.group(name="try")
def command() -> None:
    """Try a mapping, a payload, a trigger or an action on events: JSON lines in, one answer a line out."""


@command.command("mapping")
@click.option("--explain", "explained", is_flag=True, help="Say which paths led to nothing.")
def try_mapping(explained: bool) -> None:
    """{id, mapping, event | events} -> {id, output} (without `output` when undefined) or {id, error}."""
    _answer_lines(mapping_answer, explained)


@command.command("payload")
@click.option("--explain", "explained", is_flag=True, help="Say which fields were coerced or refused, and why.")
def try_payload(explained: bool) -> None:
    """{id, fields, mapping, event, batch?} -> {id, output} or {id, error}."""
    _answer_lines(payload_answer, explained)


@command.command("trigger")
@click.option("--explain", "explained", is_flag=True, help="Say which clauses decided.")
def try_trigger(explained: bool) -> None:
    """{id, fql, event, dialect?} -> {id, result} or {id, error}; the dialect is `segment` unless given."""
    _answer_lines(trigger_answer, explained)


@command.command("action")
@click.option("--explain", "explained", is_flag=True, help="Say what became of each row.")
def try_action(explained: bool) -> None:
    """{id, slug, action, settings, mapping, events, batch?, responses?} -> {id, requests} or {id, error}."""
    _answer_lines(action_answer, explained)


def mapping_answer(line: Line, explained: bool) -> Line:
    mapping = compile_mapping(_member(line, "mapping"))
    if "events" in line:
        return {"output": mapping.transform_batch(_member(line, "events", list))}
    event = line.get("event", {})
    output = mapping.transform(event)
    answer = {} if output is UNDEFINED else {"output": output}
    return {**answer, "explain": _missing(mapping, event)} if explained else answer


def payload_answer(line: Line, explained: bool) -> Line:
    mapping = compile_mapping(_member(line, "mapping"))
    payload = cast(Payload, compile_payload(_member(line, "fields", dict)))
    event, is_batch = line.get("event", {}), bool(line.get("batch"))
    members = mapping.transform_batch([event])[0] if is_batch else mapping.transform(event)
    if not explained:
        return {"output": payload(members, batch=is_batch)}
    output, findings = payload.examine(members, batch=is_batch)
    answer = {"error": _problems(PayloadError(*findings.problems))} if findings.problems else {"output": output}
    return {**answer, "explain": {"coerced": findings.coercions, **_missing(mapping, event)}}


def trigger_answer(line: Line, explained: bool) -> Line:
    text, event = _member(line, "fql", str), line.get("event", {})
    dialect = cast(Dialect, line.get("dialect", "segment"))
    if dialect not in ("segment", "fql"):
        raise TriggerError(f"found the dialect {dialect!r}, expected segment or fql")
    answer = {"result": compile_trigger(text, dialect).strict(event if isinstance(event, dict) else {})}
    if not explained:
        return answer
    return {**answer, "explain": {"because": deciding(explain(text, event, dialect))}}


def _missing(mapping: Mapping, event: Any) -> Line:
    return {"missing": missing_paths(mapping, event)}


def _answer_lines(answer: Answer, explained: bool) -> None:
    """Every line of standard input answered on standard output at once, so that a program can wait for each."""
    gc.freeze()  # compiling one mapping a line makes much that is soon dropped; what was imported stays
    gc.set_threshold(50_000)
    for text in iter(sys.stdin.buffer.readline, b""):
        if text.strip():
            sys.stdout.buffer.write(_encoded(_answered(answer, text, explained)) + b"\n")
            sys.stdout.buffer.flush()


def _answered(answer: Answer, text: bytes, explained: bool) -> Line:
    try:
        line = _decoded(text)
    except ValueError as error:
        return {"id": None, "error": {"message": f"found a line that is no JSON object: {error}"}}
    try:
        return {"id": line.get("id"), **answer(line, explained)}
    except (MappingError, PayloadError) as error:
        return {"id": line.get("id"), "error": _problems(error)}
    except TriggerError as error:
        return {"id": line.get("id"), "error": {"message": str(error), "position": error.position}}
    except click.UsageError as error:
        return {"id": line.get("id"), "error": {"message": error.message}}


def _problems(error: MappingError | PayloadError) -> Line:
    return {"message": str(error), "problems": error.problems}


def _member(line: Line, name: str, type_: type = object) -> Any:
    if not isinstance(line.get(name, UNDEFINED), type_) or name not in line:
        raise click.UsageError(f"found no {name} in the line, expected {_TYPE_NAMES[type_]}")
    return line[name]


_TYPE_NAMES = {object: "a value", list: "an array", dict: "an object", str: "a text"}


def _decoded(text: bytes) -> Line:
    """msgspec first; the standard library for half characters, which events can hold."""
    try:
        try:
            line = msgspec.json.decode(text)
        except msgspec.DecodeError:
            line = json.loads(text, parse_constant=_refuse_constant)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    if not isinstance(line, dict):
        raise ValueError(f"found {type(line).__name__}")
    return line


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"found {name}")


def _encoded(answer: Line) -> bytes:
    """msgspec first; our own writer for half characters and numbers beyond 64 bits."""
    try:
        try:
            return msgspec.json.encode(answer)
        except (UnicodeEncodeError, OverflowError):
            return str(json_text(msgspec.to_builtins(answer))).encode()
    except RecursionError:
        return msgspec.json.encode({"id": None, "error": {"message": "found an answer nested too deeply to write"}})
