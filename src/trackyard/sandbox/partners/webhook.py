"""A receiver of webhooks: takes any JSON body, a list being a batch of rows."""

from collections.abc import Sequence

import msgspec

from trackyard.sandbox.partner import Answer, Desk, Judgement, Partner, Row, Taken

NOT_JSON = Judgement(Answer(400, b'{"error":"the body is not JSON"}'), refused=["not JSON"])
NOT_POSTED = Judgement(Answer(405, b'{"error":"use POST, PUT or PATCH"}'), refused=["not posted"])
TAKEN = Answer(200, b'{"ok":true}')
one_row, many_rows, anything = (
    msgspec.json.Decoder(Row),
    msgspec.json.Decoder(list[Row]),
    msgspec.json.Decoder(msgspec.Raw),
)


def judge(taken: Taken, desk: Desk) -> Judgement:
    if taken.method not in ("POST", "PUT", "PATCH"):
        return NOT_POSTED
    try:
        anything.decode(taken.body)
    except msgspec.DecodeError:
        return NOT_JSON
    return Judgement(TAKEN, rows(taken))


def rows(taken: Taken) -> Sequence[Row]:
    try:
        return many_rows.decode(taken.body) if taken.body[:1] == b"[" else [one_row.decode(taken.body)]
    except msgspec.ValidationError:  # JSON, but of an operator's own shape: counted without an id
        return [Row()]


partner = Partner(slug="webhook", judge=judge)
