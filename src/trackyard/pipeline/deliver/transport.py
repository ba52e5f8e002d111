"""The only socket of deliver: bounded, verified, to public addresses, following no redirect.

In a rehearsal nothing leaves but to one address, where stand-ins answer for every host.
"""

import asyncio
import hashlib
import socket
from typing import Protocol

import aiohttp
import msgspec
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from trackyard.kit.canonical_json import canonical_json
from trackyard.kit.request import Request, Response
from trackyard.pipeline.deliver.addresses import is_allowed, is_public

RESPONSE_BYTES_MAX = 1_000_000
CONNECT_SECONDS = 5.0
KEEPALIVE_SECONDS = 30.0


class Wire(msgspec.Struct, frozen=True):
    """A request as bytes."""

    method: str
    url: str
    headers: dict[str, str]
    body: bytes

    @property
    def digest(self) -> str:
        """The SHA-256 of the body."""
        return hashlib.sha256(self.body).hexdigest()


class NoResponse(msgspec.Struct, frozen=True):
    """No whole answer came. The reason names no part of the URL but its host: paths and queries hold secrets."""

    reason: str
    may_have_arrived: bool


class Transport(Protocol):
    """What sends a request and says what came back."""

    async def send(self, wire: Wire, timeout_seconds: float) -> Response | NoResponse: ...

    async def allow(self, private_hosts: frozenset[str]) -> None:
        """From now on deliveries may reach these hosts although they are not public, and no others that are not."""
        ...

    async def close(self) -> None: ...


def wire(request: Request) -> Wire:
    """The bytes of `request`. Raises `ValueError` where it cannot be written as such."""
    headers = {name.lower(): _header(value) for name, value in request.headers.items()}
    if request.body is not None:
        return Wire(request.method, request.url, headers, request.body)
    if request.json is msgspec.UNSET:
        return Wire(request.method, request.url, headers, b"")
    headers.setdefault("content-type", "application/json")
    return Wire(request.method, request.url, headers, canonical_json(request.json))


def _header(value: str) -> str:
    if any(ord(character) < 32 for character in value):
        raise ValueError("a header may have no control characters")
    return value


class HttpTransport:
    """aiohttp with a resolver that refuses what is not public. TLS is always verified.

    With `rehearse_at`, the URL of a sandbox, requests go there and nowhere else: https://HOST/PATH to URL/HOST/PATH.
    """

    def __init__(
        self,
        private_hosts: frozenset[str] = frozenset(),
        resolver: AbstractResolver | None = None,
        rehearse_at: str = "",
    ) -> None:
        self._private_hosts = private_hosts
        self._rehearse_at = rehearse_at
        self._resolver = resolver
        self._session: aiohttp.ClientSession | None = None

    async def send(self, wire: Wire, timeout_seconds: float) -> Response | NoResponse:
        """One attempt. Redirects are answers, a body beyond the bound is cut, a body that breaks off is no answer."""
        refusal = self._refusal(wire.url)
        if refusal:
            return NoResponse(refusal, may_have_arrived=False)
        timeout = aiohttp.ClientTimeout(total=timeout_seconds, connect=CONNECT_SECONDS)
        connected = _Connected()
        try:
            async with self._client().request(
                wire.method,
                URL(rehearsed(wire.url, self._rehearse_at) if self._rehearse_at else wire.url),
                data=wire.body,
                headers=wire.headers,
                timeout=timeout,
                allow_redirects=False,
                trace_request_ctx=connected,
            ) as answer:
                body = await _bounded(answer.content)
                headers = {name.lower(): value for name, value in answer.headers.items()}
                return Response(status=answer.status, headers=headers, body=body)
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            return NoResponse(_reason(error, wire.url), may_have_arrived=connected.yes)

    async def allow(self, private_hosts: frozenset[str]) -> None:
        """Connections kept open to hosts that are no longer allowed are closed with the others."""
        if private_hosts != self._private_hosts:
            self._private_hosts = private_hosts
            await self.close()

    async def close(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    def _client(self) -> aiohttp.ClientSession:
        if self._session is None:
            allowed = {URL(self._rehearse_at).host or ""} if self._rehearse_at else self._private_hosts
            resolver = _PublicResolver(self._resolver or aiohttp.ThreadedResolver(), frozenset(allowed))
            connector = aiohttp.TCPConnector(
                limit=0, resolver=resolver, ttl_dns_cache=10, keepalive_timeout=KEEPALIVE_SECONDS
            )
            self._session = aiohttp.ClientSession(
                connector=connector,
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,  # a bounded answer must not unfold into an unbounded one
                headers={"accept-encoding": "identity"},
                trace_configs=[_trace_of_connection()],
            )
        return self._session

    def _refusal(self, url: str) -> str:
        """Why `url` may not be asked for at all, as far as its text says. Names are checked when they resolve."""
        try:
            parsed = URL(url)
            host, port = parsed.host or "", parsed.port or 0
        except ValueError:
            return "the URL cannot be read"
        if parsed.scheme not in ("http", "https") or not host:
            return "the URL is not http or https with a host"
        if parsed.user or parsed.password:
            return f"the URL of {host} holds credentials; send them in a header"
        looks_numeric = ":" in host or host.replace(".", "").isdigit()
        if looks_numeric and not is_public(host) and not is_allowed(host, port, self._private_hosts):
            return _not_public(host)
        return ""


def rehearsed(url: str, at: str) -> str:
    """Where a rehearsal sends what would go to `url`: the host becomes the first part of the path."""
    return f"{at.rstrip('/')}/{url.partition('://')[2]}"


class _PublicResolver(AbstractResolver):
    """Answers with public addresses only, so that what is checked is what is connected to."""

    def __init__(self, inner: AbstractResolver, private_hosts: frozenset[str]) -> None:
        self._inner, self._private_hosts = inner, private_hosts

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        found = await self._inner.resolve(host, port, family)
        if is_allowed(host, port, self._private_hosts):
            return found
        public = [result for result in found if is_public(result["host"])]
        if not public:
            raise OSError(_not_public(host))
        return public

    async def close(self) -> None:
        await self._inner.close()


class _Connected:
    """Whether a request had a connection: from then on it may have arrived."""

    yes = False


def _trace_of_connection() -> aiohttp.TraceConfig:
    trace = aiohttp.TraceConfig()

    async def connected(_session: object, context: object, _params: object) -> None:
        context.trace_request_ctx.yes = True  # type: ignore[attr-defined]

    trace.on_request_headers_sent.append(connected)
    return trace


async def _bounded(content: aiohttp.StreamReader) -> bytes:
    parts: list[bytes] = []
    left = RESPONSE_BYTES_MAX
    while left > 0 and (part := await content.read(left)):
        parts.append(part)
        left -= len(part)
    return b"".join(parts)


def _not_public(host: str) -> str:
    return f"{host} is not a public address; name it in allowed_private_hosts if deliveries may reach it"


def _reason(error: Exception, url: str) -> str:
    host = URL(url).host or ""
    if isinstance(error, TimeoutError | asyncio.TimeoutError):
        return f"no answer from {host} in time"
    if isinstance(error, aiohttp.ClientConnectorCertificateError | aiohttp.ClientConnectorSSLError):
        return f"TLS with {host} failed: {type(error).__name__}"
    inner = getattr(error, "os_error", None) or error
    if isinstance(inner, OSError) and "allowed_private_hosts" in str(inner):
        return _not_public(host)
    return f"{type(error).__name__} with {host}"
