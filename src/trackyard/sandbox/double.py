"""Stand-ins by recorded contract: they know a partner's addresses and the form of its good answers, and check nothing
but that a body can be read. Faults come from a script."""

import re
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from trackyard.sandbox.partner import Answer, Desk, Judgement, Partner, Row, Taken, first_part

NO_CONTENT = 204
FORM = "application/x-www-form-urlencoded"


class Contract(msgspec.Struct, frozen=True, kw_only=True):
    """What a partner answers at one address."""

    path: str  # pattern of the whole path
    method: str = "POST"
    status: int = 200
    says: Any = {}  # the answer, or a function of how many rows came that makes it
    rows: str | None = None  # the member with the rows; "" where the body is their list; None where it is one row
    row_id: Sequence[str] = ()  # the members by which a repeat is known, the first that is there
    has_effect: bool = True  # a question has none


def double(
    slug: str,
    hosts: Sequence[str],
    contracts: Sequence[Contract],
    connection: Callable[[Taken], str] = first_part,
    window_seconds: float = float("inf"),
) -> Partner:
    """The stand-in of `slug` that keeps to `contracts`."""

    def judge(taken: Taken, desk: Desk) -> Judgement:
        for contract in contracts:
            if taken.method == contract.method and re.fullmatch(contract.path, taken.path):
                return _judged(taken, contract)
        return Judgement(Answer(404), refused=["no such path"])

    return Partner(slug=slug, judge=judge, hosts=hosts, connection=connection, window_seconds=window_seconds)


def access_token(whose: str) -> dict[str, Any]:
    """What a token endpoint says (RFC 6749, 5.1)."""
    return {"access_token": f"{whose}-sandbox-token", "token_type": "Bearer", "expires_in": 1800}


def _judged(taken: Taken, contract: Contract) -> Judgement:
    try:
        rows = _rows(taken, contract)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return Judgement(Answer(400, b'{"error":"the body cannot be read"}'), refused=["unreadable"])
    says = contract.says(len(rows)) if callable(contract.says) else contract.says
    answer = Answer(contract.status, b"" if contract.status == NO_CONTENT else msgspec.json.encode(says))
    return Judgement(answer, [Row(_id(row, contract.row_id)) for row in rows] if contract.has_effect else ())


def _rows(taken: Taken, contract: Contract) -> Sequence[Any]:
    if not taken.body:
        return [{}]
    is_form = taken.header(b"content-type").startswith(FORM)
    body = dict(parse_qsl(taken.body.decode())) if is_form else msgspec.json.decode(taken.body)
    if contract.rows and isinstance(body, dict):
        body = body.get(contract.rows)
    return body if isinstance(body, list) and contract.rows is not None else [body]


def _id(row: Any, members: Sequence[str]) -> str:
    return next((str(row[name]) for name in members if isinstance(row, dict) and row.get(name)), "")
