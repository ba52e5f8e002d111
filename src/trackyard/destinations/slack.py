"""Slack: post a message when an event matches."""

from typing import Annotated

import msgspec

from trackyard.kit.action import Destination, Example, action
from trackyard.kit.fields import Field
from trackyard.kit.request import Request


class Settings(msgspec.Struct, frozen=True):
    """What a connection is configured with."""

    webhook_url: Annotated[str | None, Field(label="Webhook URL", secret=True)] = None


class Message(msgspec.Struct, frozen=True):
    """One post. `url` is where imported connections keep the address; elsewhere the setting holds it."""

    text: Annotated[str, Field(label="Message", mapping={"@path": "$.event"})]
    url: Annotated[str | None, Field(label="Webhook URL", help="Instead of the setting.", secret=True)] = None
    channel: Annotated[str | None, Field(label="Channel", help="Without the #.")] = None
    username: Annotated[str | None, Field(label="Sender")] = None
    icon_url: Annotated[str | None, Field(label="Icon URL")] = None


ORDER_COMPLETED = Example(
    title="An order is announced",
    event={"type": "track", "event": "Order Completed", "messageId": "m-1", "properties": {"total": 27.5}},
    settings={"webhook_url": "https://hooks.slack.com/services/T/B/X"},
    mapping={"text": {"@template": "{{event}}: {{properties.total}}"}, "channel": "orders"},
    request=Request(
        url="https://hooks.slack.com/services/T/B/X", json={"text": "Order Completed: 27.5", "channel": "orders"}
    ),
)


@action("postToChannel", title="Post a message", trigger='type = "track"', examples=[ORDER_COMPLETED])
def post_to_channel(message: Message, settings: Settings) -> Request:
    """One message to one channel; Slack has no batches."""
    url = message.url or settings.webhook_url
    if not url:
        raise ValueError("no webhook URL: set webhook_url in the connection's settings")
    body = {
        "text": message.text,
        "channel": message.channel,
        "username": message.username,
        "icon_url": message.icon_url,
    }
    return Request(url=url, json={name: value for name, value in body.items() if value is not None})


destination = Destination(
    slug="slack",
    name="Slack",
    settings=Settings,
    actions=[post_to_channel],
    purposes=frozenset({"functional"}),
    docs_url="https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks",
)
