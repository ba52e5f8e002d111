"""Slack's incoming webhooks: one message per request, answered in plain text (docs.slack.dev, "Sending messages")."""

from typing import Any

import msgspec

from trackyard.sandbox.partner import Answer, Desk, Judgement, Partner, Row, Taken

TEXT = "text/html"


class Message(msgspec.Struct):
    text: str = ""
    blocks: list[Any] = []
    attachments: list[Any] = []


def judge(taken: Taken, desk: Desk) -> Judgement:
    if taken.method != "POST":
        return refused(405, "method_not_allowed")
    try:
        message = msgspec.json.decode(taken.body, type=Message)
    except msgspec.DecodeError:
        return refused(400, "invalid_payload")
    if not (message.text or message.blocks or message.attachments):
        return refused(400, "no_text")
    return Judgement(Answer(200, b"ok", TEXT), [Row()])


def refused(status: int, reason: str) -> Judgement:
    return Judgement(Answer(status, reason.encode(), TEXT), refused=[reason])


partner = Partner(slug="slack", judge=judge, hosts=("hooks.slack.com",))
