"""Requests with their connection's access token: got once, renewed before it expires or when it is refused."""

import asyncio
import hashlib
from collections import defaultdict
from urllib.parse import quote

import msgspec
import structlog

from trackyard.kit.oauth import OAuth, OAuthSettings
from trackyard.kit.outcome import Retry
from trackyard.kit.request import Response
from trackyard.model.errors import MissingSecret, StorageError
from trackyard.pipeline.deliver.clock import Clock
from trackyard.pipeline.deliver.config import Configuration
from trackyard.pipeline.deliver.grants import Credentials, token_in, token_request
from trackyard.pipeline.deliver.transport import NoResponse, Transport, Wire
from trackyard.store.tokens import Token, TokenStore

TOKEN_TIMEOUT_SECONDS = 20.0
USED_SHARE = 0.9  # of a token's lifetime; then it is renewed although it is still good
LOCK_LOOK_SECONDS, LOCK_LOOKS_MAX = 0.2, 150  # another process may be getting the token
UNAUTHORIZED = 401
log = structlog.get_logger()


class Authorized:
    """The transport as connections use it: what needs an access token gets it."""

    def __init__(self, config: Configuration, transport: Transport, store: TokenStore, clock: Clock) -> None:
        self._config, self._transport, self._store, self._clock = config, transport, store, clock
        self._tokens: dict[str, Token] = {}
        self._failed: dict[str, tuple[int, str, Retry]] = {}  # which try failed, with what, and how
        self._tries: dict[str, int] = defaultdict(int)
        self._locks: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def send(self, name: str, wire: Wire, timeout_seconds: float) -> Response | NoResponse | Retry:
        """Send `wire` for connection `name`; one that is refused as unauthorized goes again with a new token."""
        try:
            credentials = credentials_of(self._config, name)
        except MissingSecret as error:
            return Retry(str(error), scope="auth")
        if credentials is None:
            return await self._transport.send(wire, timeout_seconds)
        token = await self.token(name, credentials)
        if isinstance(token, Retry):
            return token
        answer = await self._transport.send(with_token(wire, token, credentials.oauth), timeout_seconds)
        if not isinstance(answer, Response) or answer.status != UNAUTHORIZED:
            return answer
        renewed = await self.token(name, credentials, refused=token)
        if isinstance(renewed, Retry):
            return renewed
        if renewed == token:  # a long-lived one, of which there is no other
            return answer
        return await self._transport.send(with_token(wire, renewed, credentials.oauth), timeout_seconds)

    async def token(self, name: str, credentials: Credentials, refused: str = "") -> str | Retry:
        """An access token other than `refused`, which the platform no longer takes."""
        fixed = credentials.settings.oauth_access_token
        if fixed:
            return fixed
        known = self._tokens.get(name)
        if known and known.access_token != refused and self._is_fresh(known, credentials):
            return known.access_token
        begun = self._tries[name]
        async with self._locks[name]:
            tried, digest, failure = self._failed.get(name, (0, "", None))
            if failure is not None and tried > begun and digest == credentials.digest:
                return failure  # somebody who held the lock while this one waited has just been told so
            return await self._got(name, credentials, refused)

    async def _got(self, name: str, credentials: Credentials, refused: str) -> str | Retry:
        """The token in the store where it will do, else a new one. One task and one process at a time."""
        for _ in range(LOCK_LOOKS_MAX):
            with self._store.locked(name) as is_mine:
                if is_mine:
                    stored = self._stored(name, credentials)
                    if stored.access_token not in ("", refused) and self._is_fresh(stored, credentials):
                        return self._hold(name, stored)
                    return await self._renewed(name, credentials, stored, refused)
            await self._clock.wait(asyncio.Event(), LOCK_LOOK_SECONDS)
        return Retry("another process has been getting the access token for too long", scope="destination")

    async def _renewed(self, name: str, credentials: Credentials, stored: Token, refused: str) -> str | Retry:
        new = await self._asked(credentials, stored.refresh_token)
        self._tries[name] += 1
        if isinstance(new, Token):
            self._keep(name, new)
            return self._hold(name, new)
        self._failed[name] = (self._tries[name], credentials.digest, new)
        now, is_refused = self._clock.now(), new.scope == "auth"
        failed = msgspec.structs.replace(stored, problem=new.reason, problem_at=now, is_refused=is_refused)
        self._keep(name, failed)
        is_good = stored.expires_at is not None and now < stored.expires_at
        if is_good and not is_refused and stored.access_token != refused:
            return self._hold(name, stored)  # renewed too early to be stopped by an outage of the endpoint
        return new

    async def _asked(self, credentials: Credentials, rotated: str) -> Token | Retry:
        request = token_request(credentials, rotated, self._clock.now())
        if isinstance(request, Retry):
            return request
        answer = await self._transport.send(request, TOKEN_TIMEOUT_SECONDS)
        if isinstance(answer, NoResponse):
            return Retry(f"no access token: {answer.reason}", scope="destination")
        return token_in(answer, credentials, rotated, self._clock.now())

    def _stored(self, name: str, credentials: Credentials) -> Token:
        """What is kept; nothing where it was got with other settings, or cannot be opened."""
        empty = Token(credentials=credentials.digest)
        try:
            stored = self._store.load(name)
        except (StorageError, OSError) as error:
            log.error("stored_token_unreadable", connection=name, problem=str(error))
            return empty
        return stored if stored and stored.credentials == credentials.digest else empty

    def _keep(self, name: str, token: Token) -> None:
        try:
            self._store.save(name, token)
        except (StorageError, OSError) as error:  # deliveries go on; a restart asks for a token again
            log.error("token_not_kept", connection=name, problem=str(error))

    def _hold(self, name: str, token: Token) -> str:
        self._tokens[name] = token
        self._config.keep_untold(name, (token.access_token, token.refresh_token))
        return token.access_token

    def _is_fresh(self, token: Token, credentials: Credentials) -> bool:
        if token.credentials != credentials.digest:
            return False
        if token.expires_at is None:
            return True
        return self._clock.now() < token.got_at + USED_SHARE * (token.expires_at - token.got_at)


def credentials_of(config: Configuration, name: str) -> Credentials | None:
    """What connection `name` gets tokens with; None where its destination needs none."""
    destination = config.destination(name)
    if destination is None or destination.oauth is None:
        return None
    settings: OAuthSettings = config.settings(name)
    members = [destination.oauth.token_url, *(getattr(settings, field) or "" for field in OAUTH_FIELDS)]
    return Credentials(destination.oauth, settings, hashlib.sha256(msgspec.json.encode(members)).hexdigest())


OAUTH_FIELDS = OAuthSettings.__struct_fields__


def with_token(wire: Wire, token: str, oauth: OAuth) -> Wire:
    """`wire` as the platform takes it: with the token in a header, and in the address where it wants it there."""
    headers = {"authorization": f"Bearer {token}", **wire.headers}
    url = wire.url
    if oauth.query:
        url = f"{url}{'&' if '?' in url else '?'}{oauth.query}={quote(token, safe='')}"
    return msgspec.structs.replace(wire, headers=headers, url=url)
