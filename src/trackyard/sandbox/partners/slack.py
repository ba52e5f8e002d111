"""Slack's incoming webhooks: one message per request, answered in plain text (docs.slack.dev, "Sending messages")."""

from collections.abc import Sequence
from typing import Any

import msgspec

from trackyard.sandbox.partner import Answer, Partner, Row, Taken

TEXT = "text/html"


class Message(msgspec.Struct):
    text: str = ""
    blocks: list[Any] = []
    attachments: list[Any] = []


def answer(taken: Taken) -> Answer:
    if taken.method != "POST":
        return Answer(405, b"method_not_allowed", TEXT)
    try:
        message = msgspec.json.decode(taken.body, type=Message)
    except msgspec.DecodeError:
        return Answer(400, b"invalid_payload", TEXT)
    if not (message.text or message.blocks or message.attachments):
        return Answer(400, b"no_text", TEXT)
    return Answer(200, b"ok", TEXT)


def rows(taken: Taken) -> Sequence[Row]:
    return [Row()]


partner = Partner(slug="slack", answer=answer, rows=rows)
