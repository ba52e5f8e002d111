"""What a destination says of OAuth, and the settings that every connection to such a destination has."""

from collections.abc import Sequence
from typing import Annotated, Literal

import msgspec

from trackyard.kit.fields import Field

Grant = Literal["refresh_token", "client_credentials", "service_account"]
MEMBERS: dict[Grant, tuple[str, ...]] = {
    "service_account": ("oauth_service_account",),
    "refresh_token": ("oauth_client_id", "oauth_client_secret", "oauth_refresh_token"),
    "client_credentials": ("oauth_client_id", "oauth_client_secret"),
}


class OAuth(msgspec.Struct, frozen=True, kw_only=True):
    """How a connection gets its access token. The lane adds `authorization: Bearer …` to every request at sending:
    a token that is refreshed between two attempts leaves the row as it was."""

    authorize_url: str
    token_url: str
    scopes: Sequence[str] = ()
    query: str = ""  # a parameter of the address that has to hold the token, too
    grants: Sequence[Grant] = ("refresh_token",)  # that the platform takes; the first whose settings are there is used


class OAuthSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The base of a destination's settings where it declares `oauth`."""

    oauth_client_id: Annotated[str | None, Field("OAuth client id", help="Of your own app at the platform.")] = None
    oauth_client_secret: Annotated[str | None, Field("OAuth client secret", secret=True)] = None
    oauth_refresh_token: Annotated[str | None, Field("OAuth refresh token", secret=True)] = None
    oauth_service_account: Annotated[
        str | None, Field("Service account", help="Its key file, as JSON, instead of the three above.", secret=True)
    ] = None
    oauth_access_token: Annotated[
        str | None, Field("Access token", help="A long-lived one, instead of all others.", secret=True)
    ] = None


def grant_of(oauth: OAuth, settings: OAuthSettings) -> Grant | None:
    """The grant that `settings` are complete for; None where there is none."""
    complete = (grant for grant in oauth.grants if all(getattr(settings, name) for name in MEMBERS[grant]))
    return next(complete, None)


def missing_for(oauth: OAuth, settings: OAuthSettings) -> str:
    """Which settings would let a connection get a token; empty where they are there."""
    if settings.oauth_access_token or grant_of(oauth, settings):
        return ""
    ways = [" and ".join(name for name in MEMBERS[grant] if not getattr(settings, name)) for grant in oauth.grants]
    return f"no access token: set {', or '.join(ways)}, or oauth_access_token"
