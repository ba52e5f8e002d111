"""Slack: post a message when an event matches."""

from typing import Annotated, Final

import msgspec

from trackyard.kit.action import Destination, Difference, Example, Fact, action
from trackyard.kit.fields import Field
from trackyard.kit.preset import Preset, on_track
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


_DOCS = "https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks"

PRESETS: Final = [
    Preset(
        name="Order Completed",
        action="postToChannel",
        trigger=on_track("Order Completed"),
        mapping={"text": {"@template": "Order {{properties.order_id}}"}},
    )
]


destination = Destination(
    slug="slack",
    name="Slack",
    settings=Settings,
    actions=[post_to_channel],
    purposes=frozenset({"functional"}),
    docs_url=_DOCS,
    presets=PRESETS,
    facts=[
        Fact("auth", "the webhook's address is the secret", _DOCS),
        Fact("limits", "one message in a request", _DOCS),
        Fact(
            "rate",
            "one message a second and webhook, short bursts more",
            "https://docs.slack.dev/apis/web-api/rate-limits",
        ),
        Fact("errors", "the status says it: 400 and 404 are final, 429 comes with Retry-After", _DOCS),
        Fact("dedupe", "none: a message sent again is a second message", _DOCS),
        Fact("accepted", "200 ok: the message is in the channel", _DOCS),
    ],
    differences=[
        Difference(
            path="requests.*.headers.user-agent",
            want="Segment (Actions)",
            got="absent",
            reason="the lane names itself; a request does not claim to be Segment's",
        )
    ],
)
