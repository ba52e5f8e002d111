"""Which path means what: Segment's own, what misconfigured clients make of them, and other vendors' names for the same.

Sources: Segment's HTTP API documentation; requests of 13 SDK families recorded on the wire; the routes of Jitsu's and
RudderStack's open servers.
"""

import re

import msgspec

from trackyard.model.event import EVENT_TYPES


class Endpoint(msgspec.Struct, frozen=True):
    """Where a request came in. `name` is what a `Received` record keeps: an event type, batch, import, b or pixel."""

    name: str
    client_side: bool  # letter paths and /b are used by browsers and phones only
    batch: bool


# Hosts are configured with and without /v1; a host that already ends in /v1 doubles it.
_PREFIXES = ("", "/v1", "/v1/v1")
_LETTERS = {"t": "track", "i": "identify", "p": "page", "s": "screen", "g": "group", "a": "alias"}
_SERVER_BATCHES = ("batch", "import")
_PIXEL_PREFIXES = ("/v1/pixel", "/pixel", "/pixel/v1")
_SLASHES = re.compile("/{2,}")
# Customer.io's browser library asks for the same path; its cdnURL is given the prefix to tell the two apart.
_SETTINGS = re.compile("(/customerio)?(?:/v1)*(?:/projects)+/([^/]+)/settings")
_LIBRARY = re.compile(r"/analytics\.js/v1/([^/]+)(?:/platform)?/analytics(?:\.min)?\.js")
_CHUNK = re.compile(r"/analytics-next/bundles/([\w.-]+\.js)")


def normal(path: str) -> str:
    """`path` without doubled and trailing slashes: `//v1/import/` is `/v1/import`."""
    return _SLASHES.sub("/", path).rstrip("/")


def settings_asked(path: str) -> tuple[str, bool] | None:
    """(write key, whether for Customer.io's library) of a settings path in normal form; None for any other path."""
    match = _SETTINGS.fullmatch(path)
    return (match[2], match[1] is not None) if match else None


def library_key(path: str) -> str | None:
    """The write key of a path of the browser library itself (normal form); None for any other path."""
    match = _LIBRARY.fullmatch(path)
    return match[1] if match else None


def chunk_name(path: str) -> str | None:
    """The file name of a part that the browser library loads later; None for any other path."""
    match = _CHUNK.fullmatch(path)
    return match[1] if match else None


def _ingest() -> dict[str, Endpoint]:
    table: dict[str, Endpoint] = {}
    for prefix in _PREFIXES:
        for kind in EVENT_TYPES:
            table[f"{prefix}/{kind}"] = Endpoint(kind, client_side=False, batch=False)
        for letter, name in _LETTERS.items():
            table[f"{prefix}/{letter}"] = Endpoint(name, client_side=True, batch=False)
        for name in _SERVER_BATCHES:
            table[f"{prefix}/{name}"] = Endpoint(name, client_side=False, batch=True)
        # React Native appends /b to a proxy address that already names an endpoint.
        for name in ("/b", "/b/b", "/batch/b", "/import/b"):
            table[f"{prefix}{name}"] = Endpoint("b", client_side=True, batch=True)
    return table | _jitsu() | {"/beacon/v1/batch": Endpoint("b", client_side=True, batch=True)}  # RudderStack


def _jitsu() -> dict[str, Endpoint]:
    table = {
        "/api/s/batch": Endpoint("b", client_side=True, batch=True),
        "/api/s/s2s/batch": Endpoint("batch", client_side=False, batch=True),
    }
    for name in EVENT_TYPES:
        table[f"/api/s/{name}"] = Endpoint(name, client_side=True, batch=False)
        table[f"/api/s/s2s/{name}"] = Endpoint(name, client_side=False, batch=False)
    return table


INGEST: dict[str, Endpoint] = _ingest()
PIXELS: dict[str, str] = {f"{prefix}/{name}": name for prefix in _PIXEL_PREFIXES for name in EVENT_TYPES}
METRICS: frozenset[str] = frozenset(f"{prefix}/m" for prefix in _PREFIXES)  # the clients' own telemetry
SOURCE_CONFIG: frozenset[str] = frozenset(("/sourceConfig", "/v1/sourceConfig"))  # RudderStack's settings
TOKENS: frozenset[str] = frozenset(("/token", "/v1/token"))
BATCHES: frozenset[str] = frozenset(endpoint.name for endpoint in INGEST.values() if endpoint.batch)
