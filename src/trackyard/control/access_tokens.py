"""How each connection stands with its platform's OAuth, told without a token."""

from collections.abc import Iterator
from typing import Literal

import msgspec

from trackyard.kit.oauth import missing_for
from trackyard.model.errors import MissingSecret, StorageError
from trackyard.pipeline.deliver.authorized import credentials_of
from trackyard.pipeline.deliver.config import Configuration
from trackyard.pipeline.deliver.grants import Credentials
from trackyard.store.tokens import Token, TokenStore

State = Literal["good", "long-lived", "expired", "none yet", "refused", "unreachable", "incomplete", "unreadable"]
BAD: frozenset[State] = frozenset({"refused", "unreachable", "incomplete", "unreadable"})
NO_SETTINGS = "the settings do not fit the destination; run `trackyard check`"


class TokenStanding(msgspec.Struct, kw_only=True):
    """A connection's access token: in which state, since and until when (milliseconds since 1970)."""

    connection: str
    destination: str
    mode: str
    state: State
    since: int | None = None
    until: int | None = None
    reason: str = ""


def token_standings(config: Configuration, store: TokenStore, now: float) -> Iterator[TokenStanding]:
    """Of every connection of the revision in force that needs a token."""
    current = config.current
    for name, connection in (current.workspace.connections if current else {}).items():
        destination = config.destination(name)
        if destination is None or destination.oauth is None:
            continue
        standing = TokenStanding(
            connection=name, destination=destination.slug, mode=connection.mode, state="incomplete"
        )
        try:
            credentials = credentials_of(config, name)
            if credentials is not None:
                _describe(standing, credentials, store, now)
        except MissingSecret as error:
            standing.reason = str(error)
        except msgspec.ValidationError:
            standing.reason = NO_SETTINGS
        except StorageError as error:
            standing.state, standing.reason = "unreadable", str(error)
        yield standing


def _describe(standing: TokenStanding, credentials: Credentials, store: TokenStore, now: float) -> None:
    standing.reason = missing_for(credentials.oauth, credentials.settings)
    if standing.reason:
        return
    if credentials.settings.oauth_access_token:
        standing.state, standing.reason = "long-lived", "oauth_access_token is used as it is"
        return
    token = store.load(standing.connection)
    if token is None or token.credentials != credentials.digest:
        standing.state, standing.reason = "none yet", "got with the first delivery"
    elif token.problem:
        standing.state = "refused" if token.is_refused else "unreachable"
        standing.reason, standing.since = token.problem, int(token.problem_at * 1000)
    else:
        _describe_token(standing, token, now)


def _describe_token(standing: TokenStanding, token: Token, now: float) -> None:
    standing.since = int(token.got_at * 1000)
    standing.until = int(token.expires_at * 1000) if token.expires_at is not None else None
    is_over = token.expires_at is not None and now >= token.expires_at
    standing.state = "expired" if is_over else "good"
    standing.reason = "renewed with the next delivery" if is_over else ""
