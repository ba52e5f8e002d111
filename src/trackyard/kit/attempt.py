"""Tries an action without a network: events, settings and canned replies in; the requests it would make out."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

import msgspec

from trackyard.kit.action import Action, Built, Destination
from trackyard.kit.fields import compile_payload
from trackyard.kit.mapping import compile_mapping
from trackyard.kit.oauth import OAuth
from trackyard.kit.outcome import Outcome
from trackyard.kit.payload import PayloadError
from trackyard.kit.request import Request, Response

REQUESTS_MAX = 1_000  # of one conversation: one that goes on is a fault of the action


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """An answer for every request whose `METHOD URL` contains `match`; `body` is text, or JSON as a value."""

    match: str | None = None
    status: int = 200
    headers: dict[str, str] = {}
    body: Any = msgspec.UNSET

    def response(self) -> Response:
        if isinstance(self.body, str):
            return Response(status=self.status, headers=self.headers, body=self.body.encode())
        body = {} if self.body is msgspec.UNSET else self.body
        headers = {"content-type": "application/json", **self.headers}
        return Response(status=self.status, headers=headers, body=msgspec.json.encode(body))


STAND_IN_TOKEN = "access-token-1"  # of OAuth destinations, as in Segment's recordings


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it. `refused` has one reason for each row that made no payload."""

    requests: Sequence[Request]
    outcomes: Sequence[Outcome]
    refused: Sequence[str]


class Refused(ValueError):
    """No row was left to send; the text says why, without values."""


def attempt(
    action: Action,
    settings: Any,
    mapping: Mapping[str, Any],
    events: Sequence[Mapping[str, Any]],
    *,
    now: datetime,
    batch: bool = False,
    replies: Sequence[Reply] = (),
) -> Attempt:
    """Map, check and build as a lane does, answering every request from `replies`. Raises `Refused`."""
    payloads, refused = _payloads(action, mapping, events, batch)
    if not payloads:
        raise Refused("; ".join(refused))
    requests: list[Request] = []
    outcomes: list[Outcome] = []
    for built, rows in _built(action, payloads, settings, now, batch):
        outcomes.extend(_converse(action, built, rows, replies, requests))
    return Attempt(requests=requests, outcomes=outcomes, refused=refused)


def stand_in_settings(destination: Destination, settings: Mapping[str, Any]) -> Any:
    """`settings` as the destination's type; what Segment holds for its customers and is not given is `env-NAME`."""
    stand_ins = {ours: f"env-{theirs}" for ours, theirs in destination.hosted_by_segment.items()}
    return msgspec.convert({**stand_ins, **settings}, destination.settings, strict=False)


def recorded(request: Request, oauth: OAuth | None = None) -> dict[str, Any]:
    """The request as a JSON value: method, url, headers in lower case, `json` or `body`; with a stand-in token."""
    headers = {"authorization": f"Bearer {STAND_IN_TOKEN}"} if oauth else {}
    url = f"{request.url}?{oauth.query}={STAND_IN_TOKEN}" if oauth and oauth.query else request.url
    headers |= {name.lower(): value for name, value in request.headers.items()}
    wire: dict[str, Any] = {"method": request.method, "url": url, "headers": headers}
    if request.json is not msgspec.UNSET:
        headers.setdefault("content-type", "application/json")
        wire["json"] = msgspec.to_builtins(request.json)
    elif request.body is not None:
        wire |= _recorded_body(request.body, headers.get("content-type", ""))
    return wire


def _recorded_body(body: bytes, content_type: str) -> dict[str, Any]:
    if "json" in content_type:
        return {"json": msgspec.json.decode(body)} if body else {}
    return {"body": body.decode()}


def _payloads(
    action: Action, mapping: Mapping[str, Any], events: Sequence[Mapping[str, Any]], batch: bool
) -> tuple[list[Any], list[str]]:
    mapped = compile_mapping({**action.always, **mapping})
    payload = _payload_step(action.payload)
    payloads, refused = [], []
    for event in events:
        try:
            payloads.append(payload(mapped(dict(event)), batch=batch))
        except (PayloadError, msgspec.ValidationError) as error:
            refused.append(str(error))
    return payloads, refused


@cache
def _payload_step(payload: type) -> Callable[..., Any]:
    return compile_payload(payload)


def _built(
    action: Action, payloads: Sequence[Any], settings: Any, now: datetime, batch: bool
) -> Iterable[tuple[Built, int]]:
    try:
        if batch and action.build_batch is not None:
            yield action.build_batch(payloads, settings, now), len(payloads)
            return
        for payload in payloads:
            yield action.build(payload, settings, now), 1
    except ValueError as error:
        raise Refused(str(error)) from error


def _converse(
    action: Action, built: Built, rows: int, replies: Sequence[Reply], requests: list[Request]
) -> Sequence[Outcome]:
    if isinstance(built, Request):
        requests.append(built)
        return action.read(_reply(built, replies), rows)
    response: Response | None = None
    try:
        for _ in range(REQUESTS_MAX):
            request = built.send(response)  # type: ignore[arg-type]  # the first send of a generator is None
            requests.append(request)
            response = _reply(request, replies)
        raise Refused(f"the conversation made {REQUESTS_MAX} requests and did not end")
    except StopIteration as ended:
        if ended.value is not None:
            return list(ended.value)
        return action.read(response, rows) if response is not None else ()
    except ValueError as error:
        raise Refused(str(error)) from error


def _reply(request: Request, replies: Sequence[Reply]) -> Response:
    line = f"{request.method} {request.url}"
    return next((reply for reply in replies if reply.match is None or reply.match in line), Reply()).response()
