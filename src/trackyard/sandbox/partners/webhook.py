"""A receiver of webhooks: takes any JSON body, a list being a batch of rows."""

from collections.abc import Sequence

import msgspec

from trackyard.sandbox.partner import Answer, Partner, Row, Taken

NOT_JSON = Answer(400, b'{"error":"the body is not JSON"}')
NOT_POSTED = Answer(405, b'{"error":"use POST, PUT or PATCH"}')
TAKEN = Answer(200, b'{"ok":true}')
one_row, many_rows, anything = (
    msgspec.json.Decoder(Row),
    msgspec.json.Decoder(list[Row]),
    msgspec.json.Decoder(msgspec.Raw),
)


def answer(taken: Taken) -> Answer:
    if taken.method not in ("POST", "PUT", "PATCH"):
        return NOT_POSTED
    try:
        anything.decode(taken.body)
    except msgspec.DecodeError:
        return NOT_JSON
    return TAKEN


def rows(taken: Taken) -> Sequence[Row]:
    try:
        return many_rows.decode(taken.body) if taken.body[:1] == b"[" else [one_row.decode(taken.body)]
    except msgspec.ValidationError:  # JSON, but of an operator's own shape: counted without an id
        return [Row()]


partner = Partner(slug="webhook", answer=answer, rows=rows)
