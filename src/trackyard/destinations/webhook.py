"""Webhook: send events as JSON to any address, signed, one by one or in batches.

Compatible with receivers of Segment's Webhooks (Actions) (Segment's published source, read 2026-11): `X-Signature` is
the hex HMAC-SHA1 of the JSON body; in a batch it covers the first row only, as there. `X-Trackyard-Signature` covers
every byte that is sent, single or batch: `sha256=` and the hex HMAC-SHA256 of the body.
"""

import hmac
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Final, Literal

import msgspec

from trackyard.kit.action import Destination, Difference, Example, Fact, action
from trackyard.kit.canonical_json import canonical_json
from trackyard.kit.fields import Field
from trackyard.kit.preset import Preset
from trackyard.kit.request import Request

BATCH_ROWS = 1000  # Segment's own default
BATCH_ROWS_MAX = 4000  # Segment's own limit of `batch_size`
USER_AGENT = "Segment (Actions)"  # receivers are known to filter on it


class Settings(msgspec.Struct, frozen=True):
    """What a connection is configured with."""

    url: Annotated[str | None, Field(label="URL", help="Where the mapping gives none.", secret=True)] = None
    sharedSecret: Annotated[str | None, Field(label="Shared secret", secret=True)] = None


class Delivery(msgspec.Struct, frozen=True):
    """One row."""

    url: Annotated[str | None, Field(label="URL", format="uri", help="Instead of the setting.")] = None
    method: Annotated[Literal["POST", "PUT", "PATCH"], Field(label="Method", mapping="POST")] = "POST"
    headers: Annotated[dict[str, Any] | None, Field(label="Headers", help="ASCII only.")] = None
    data: Annotated[Any, Field(label="Data", type="object", mapping={"@path": "$."})] = None
    enable_batching: Annotated[bool, Field(label="Batch", help="Send several rows as one JSON array.")] = False
    batch_size: Annotated[int, Field(label="Rows in a batch", help="0: 1000 with batching, else one by one.")] = 0
    batch_keys: Annotated[Any, Field(label="Batch keys", help="Read from imported mappings, always as here.")] = None

    @property
    def rows(self) -> int:
        """How many rows a request may have."""
        return self.batch_size or (BATCH_ROWS if self.enable_batching else 1)


def send_batch(rows: Sequence[Delivery], settings: Settings, now: datetime) -> Request:
    """All rows as one JSON array; they agree on url, method and headers."""
    encoded = [_row(row) for row in rows]
    return _request(rows[0], settings, b"[" + b",".join(encoded) + b"]", signed=encoded[0])


EXAMPLE = Example(
    title="An order is sent as it is",
    event={"type": "track", "event": "Order Completed", "messageId": "m-1", "properties": {"revenue": 9.5, "n": 1.0}},
    settings={"sharedSecret": "abc"},
    mapping={"url": "https://hooks.example.com/in", "data": {"@path": "$."}},
    request=Request(
        url="https://hooks.example.com/in",
        headers={
            "content-type": "application/json",
            "user-agent": USER_AGENT,
            "x-signature": "8d4ac7a2fd5fe908207e1b0351c083a80e94c583",
            "x-trackyard-signature": "sha256=54111f47d03cc3d00d7dc1a85ebfaf2bab0d96b99bc0140c7896cc5380c7ca15",
        },
        body=b'{"type":"track","event":"Order Completed","messageId":"m-1","properties":{"revenue":9.5,"n":1}}',
    ),
)


@action(
    "send",
    title="Send",
    build_batch=send_batch,
    batch_keys=("url", "method", "headers"),
    batch_rows_max=BATCH_ROWS_MAX,
    batch_rows=lambda row: row.rows,
    examples=[EXAMPLE],
)
def send(row: Delivery, settings: Settings) -> Request:
    """The row's data as a JSON body."""
    body = _row(row)
    return _request(row, settings, body, signed=body)


def _row(row: Delivery) -> bytes:
    return b"" if row.data is None else canonical_json(row.data)


def _request(row: Delivery, settings: Settings, body: bytes, signed: bytes) -> Request:
    headers = {"content-type": "application/json", "user-agent": USER_AGENT}
    headers.update({name.lower(): str(value) for name, value in (row.headers or {}).items()})
    if settings.sharedSecret:
        key = settings.sharedSecret.encode()
        headers["x-signature"] = hmac.digest(key, signed, "sha1").hex()
        headers["x-trackyard-signature"] = "sha256=" + hmac.digest(key, body, "sha256").hex()
    url = row.url or settings.url
    if not url:
        raise ValueError("no URL: set url in the connection's settings or in the mapping")
    return Request(url=url, method=row.method, headers=headers, body=body)


_DOCS = "https://segment.com/docs/connections/destinations/catalog/actions-webhook/"

PRESETS: Final = [Preset(name="Every event", action="send", trigger="true")]


destination = Destination(
    slug="webhook",
    name="Webhook",
    settings=Settings,
    actions=[send],
    purposes=frozenset({"functional"}),
    docs_url=_DOCS,
    presets=PRESETS,
    facts=[
        Fact("auth", "a shared secret signs the body", _DOCS),
        Fact("limits", "as the receiver says; 4,000 rows at most", _DOCS),
        Fact("errors", "the status says it, for all rows of a request", _DOCS),
        Fact("dedupe", "by the receiver, on messageId", _DOCS),
        Fact("accepted", "any 2xx", _DOCS),
    ],
    differences=[
        Difference(
            path="requests.*.headers.x-trackyard-signature",
            want="absent",
            got="re:sha256=[0-9a-f]{64}",
            reason="covers every byte with SHA-256; there only the first row of a batch is signed, with SHA-1",
        )
    ],
)
