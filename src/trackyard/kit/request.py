"""A request to a partner, and its response, as values."""

from typing import Any

import msgspec


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """An HTTP request to be sent by a lane. Give `json`, or `body` with its own content type, or neither."""

    url: str
    method: str = "POST"
    headers: dict[str, str] = {}
    json: Any = msgspec.UNSET
    body: bytes | None = None


class Response(msgspec.Struct, frozen=True, kw_only=True):
    """What came back. Header names are lower case."""

    status: int
    headers: dict[str, str] = {}
    body: bytes = b""

    def json(self) -> Any:
        """The body as JSON, or None where it is not JSON."""
        try:
            return msgspec.json.decode(self.body)
        except msgspec.DecodeError:
            return None
