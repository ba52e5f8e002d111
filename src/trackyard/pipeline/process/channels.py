"""Which channel an event came by. A fact of the event, not of the path: browsers post to server paths, too."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from trackyard.model.event import Received
from trackyard.model.workspace import Source
from trackyard.pipeline.process.envelope import Envelope

COPIES = frozenset({"mirror", "import"})  # kinds of source that are a channel of their own
SAID = {  # what SDKs write into `channel`: RudderStack web, mobile, server; Segment client, server
    "web": "browser",
    "browser": "browser",
    "client": "browser",
    "mobile": "mobile",
    "server": "server",
}
LIBRARIES = {  # context.library.name as the SDKs send it; @jitsu/js runs in both places and is left to the request
    "analytics.js": "browser",
    "RudderLabs JavaScript SDK": "browser",
    "events-sdk-js": "browser",  # Hightouch
    "@segment/analytics-node": "server",
    "@customerio/cdp-analytics-node": "server",
    "analytics-node": "server",
    "analytics-python": "server",
    "analytics-go": "server",
    "analytics-ruby": "server",
    "analytics-php": "server",
    "analytics-java": "server",
    "analytics-rust": "server",
    "Analytics.NET": "server",
    "analytics-kotlin": "mobile",
    "analytics-swift": "mobile",
    "analytics-android": "mobile",
    "analytics-ios": "mobile",
    "analytics-react-native": "mobile",
    "@segment/analytics-react-native": "mobile",
    "analytics_flutter": "mobile",
    "Analytics-CSharp": "mobile",
    "analytics-csharp": "mobile",
    "analytics-roku": "mobile",
}
# how HTTP clients of server languages name themselves; phones have other ones (okhttp, CFNetwork, Dart)
PROGRAMS = ("node", "undici", "axios/", "python-", "Python/", "Go-http-client/", "curl/", "Java/", "Ruby", "PHP")


def decide_channels(sources: Mapping[str, Source]) -> Callable[[Sequence[Envelope]], Sequence[Envelope]]:
    """The step that sets each event's channel."""
    kinds = {slug: source.kind for slug, source in sources.items()}

    def step(envelopes: Sequence[Envelope]) -> Sequence[Envelope]:
        for envelope in envelopes:
            received = envelope.request.received
            envelope.decided.channel = channel_of(kinds.get(received.source, ""), envelope.event, received)
        return envelopes

    return step


def channel_of(kind: str, event: Mapping[str, Any], received: Received) -> str:
    """The surest sign wins: the source's kind, the SDK's own word, its library, then how the request looked."""
    if kind in COPIES:
        return kind
    said = event.get("channel")
    if isinstance(said, str) and said in SAID:
        return SAID[said]
    library = library_name(event)
    if library in LIBRARIES:
        return LIBRARIES[library]
    return _channel_of_request(kind, received)


def library_name(event: Mapping[str, Any]) -> str:
    """`context.library.name`, or nothing."""
    context = event.get("context")
    library = context.get("library") if isinstance(context, dict) else None
    name = library.get("name") if isinstance(library, dict) else None
    return name if isinstance(name, str) else ""


def _channel_of_request(kind: str, received: Received) -> str:
    if received.origin or received.user_agent.startswith("Mozilla/"):
        return "browser"
    if received.user_agent.startswith(PROGRAMS):  # @jitsu/js uses the browser's paths in Node, too
        return "server"
    if kind == "mobile":
        return "mobile"
    if received.client_side:  # letter paths, /b and the pixel are reserved for browsers and phones
        return "browser" if kind == "website" or received.endpoint == "pixel" else "mobile"
    return "server"
