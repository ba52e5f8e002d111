"""What is asked of a token endpoint, and what its answer means. No socket, no clock."""

import json
import re
from typing import Any
from warnings import catch_warnings, simplefilter

import msgspec

from trackyard.kit.action import RETRIED_CLIENT_ERRORS, retry_after_seconds
from trackyard.kit.oauth import OAuth, OAuthSettings, grant_of, missing_for
from trackyard.kit.outcome import Retry
from trackyard.kit.request import Response
from trackyard.pipeline.deliver.transport import Wire
from trackyard.store.tokens import Token

ASSERTION_SECONDS = 3600  # the longest that Google takes
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
FORM = "application/x-www-form-urlencoded"
PASSING = frozenset({"temporarily_unavailable", "server_error", "slow_down"})  # RFC 6749, 4.1.2.1; RFC 8628, 3.5
FIXES = {  # RFC 6749, 5.2
    "invalid_grant": "the grant is expired, revoked or of another client: authorize again and set the new secret",
    "invalid_client": "correct oauth_client_id and oauth_client_secret",
    "unauthorized_client": "allow this grant for the client at the platform",
    "invalid_scope": "allow the destination's scopes for the client at the platform",
}
_CODE = re.compile(r"[\w.-]{1,60}\Z", re.ASCII)


class Credentials(msgspec.Struct, frozen=True):
    """What a connection gets its tokens with."""

    oauth: OAuth
    settings: OAuthSettings
    digest: str


def token_request(credentials: Credentials, rotated: str, now: float) -> Wire | Retry:
    """The POST for a new access token; `rotated` is the refresh token that replaced that of the settings."""
    # Authlib takes most of a second to import, which only a connection with OAuth should cost.
    from authlib.oauth2.rfc6749.parameters import prepare_token_request

    oauth, settings = credentials.oauth, credentials.settings
    client = {"client_id": settings.oauth_client_id, "client_secret": settings.oauth_client_secret}
    match grant_of(oauth, settings):
        case "refresh_token":
            token = rotated or settings.oauth_refresh_token
            body = prepare_token_request("refresh_token", refresh_token=token, **client)
        case "client_credentials":
            body = prepare_token_request("client_credentials", scope=list(oauth.scopes), **client)
        case "service_account":
            assertion = _assertion(oauth, settings.oauth_service_account or "", now)
            if isinstance(assertion, Retry):
                return assertion
            body = prepare_token_request(JWT_BEARER, assertion=assertion)
        case None:
            return Retry(missing_for(oauth, settings), scope="auth")
    return Wire("POST", oauth.token_url, {"content-type": FORM, "accept": "application/json"}, body.encode())


def _assertion(oauth: OAuth, key_file: str, now: float) -> str | Retry:
    """The signed word of a service account (RFC 7523, RS256)."""
    from authlib.oauth2.rfc7523 import JWTBearerGrant
    from joserfc.errors import JoseError
    from joserfc.jwk import RSAKey

    try:
        key = json.loads(key_file)
        header = {"alg": "RS256", "typ": "JWT", "kid": key["private_key_id"]}
        with catch_warnings():  # Authlib's own, of how it hands the key on
            simplefilter("ignore")
            signed = JWTBearerGrant.sign(
                RSAKey.import_key(key["private_key"]),
                issuer=key["client_email"],
                audience=oauth.token_url,
                issued_at=int(now),
                expires_at=int(now) + ASSERTION_SECONDS,
                claims={"scope": " ".join(oauth.scopes)},
                header=header,
            )
    except (ValueError, KeyError, TypeError, JoseError):
        expected = "the JSON key file of a service account, with client_email, private_key_id and private_key (RSA)"
        return Retry(f"oauth_service_account is not {expected}", scope="auth")
    return str(signed)


def token_in(answer: Response, credentials: Credentials, rotated: str, now: float) -> Token | Retry:
    """The token that `answer` brings, or why there is none."""
    body = _json(answer)
    access = body.get("access_token")
    if answer.status == 200 and isinstance(access, str) and access.isprintable() and access:
        lifetime = body.get("expires_in")
        seconds = float(lifetime) if isinstance(lifetime, int | float | str) and str(lifetime).isdecimal() else None
        renewed = body.get("refresh_token")
        return Token(
            credentials=credentials.digest,
            access_token=access,
            refresh_token=renewed if isinstance(renewed, str) and renewed else rotated,
            got_at=now,
            expires_at=None if seconds is None else now + seconds,
        )
    return _refusal(answer, body)


def _refusal(answer: Response, body: dict[str, Any]) -> Retry:
    found = next((value for value in (body.get("error"), body.get("status")) if isinstance(value, str)), "")
    code = found if _CODE.match(found) else f"HTTP {answer.status}"
    is_passing = answer.status >= 500 or answer.status < 400 or answer.status in RETRIED_CLIENT_ERRORS
    if is_passing or code in PASSING:
        reason = f"the token endpoint gives no access token: {code}"
        return Retry(reason, scope="destination", after_seconds=retry_after_seconds(answer))
    return Retry(f"access token refused: {code}; {FIXES.get(code, 'check the oauth settings')}", scope="auth")


def _json(answer: Response) -> dict[str, Any]:
    try:
        body = msgspec.json.decode(answer.body)
    except msgspec.DecodeError:
        return {}
    return body if isinstance(body, dict) else {}
