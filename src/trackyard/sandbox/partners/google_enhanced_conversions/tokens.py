"""Google's token endpoint: a refresh token or a service account's signed word in, an access token for an hour out.

Sources: "Using OAuth 2.0 for Web Server Applications" and "for Server to Server Applications"; RFC 6749, 5.2. Who
signed an assertion is not checked: the sandbox knows no keys.
"""

import base64
import binascii
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from trackyard.sandbox import forms
from trackyard.sandbox.partner import Answer, Desk, Judgement, Taken

PATHS = ("oauth2/v4/token", "token")
LIFETIME_SECONDS = 3600
CLOCK_SLACK_SECONDS = 300
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
PREFIX = "ya29.sandbox-"
COUNT = "google access tokens"


def judge(taken: Taken, desk: Desk) -> Judgement:
    form = dict(parse_qsl(taken.body.decode("latin-1")))
    fault = _fault(form, desk.now)
    if fault:
        answer = Answer(401 if fault == "invalid_client" else 400, msgspec.json.encode({"error": fault}))
        return Judgement(answer, refused=[fault])
    number = (desk.kept(COUNT) or 0) + 1
    desk.keep(COUNT, number)
    token = f"{PREFIX}{number}"
    desk.keep(token, desk.now + LIFETIME_SECONDS)
    body = {"access_token": token, "expires_in": LIFETIME_SECONDS, "token_type": "Bearer"}
    return Judgement(Answer(200, msgspec.json.encode(body)))


def are_refused(token: str, desk: Desk) -> bool:
    """One of ours is good for its hour, any other as the sandbox's other partners have it."""
    if not token.startswith(PREFIX):
        return forms.token_is_refused(token)
    expires = desk.kept(token)
    return expires is None or desk.now >= expires


def _fault(form: dict[str, str], now: float) -> str:
    match form.get("grant_type"):
        case "refresh_token":
            if not form.get("client_id") or forms.token_is_refused(form.get("client_secret", "")):
                return "invalid_client"
            return "invalid_grant" if forms.token_is_refused(form.get("refresh_token", "")) else ""
        case grant if grant == JWT_BEARER:
            return "" if _is_good(_claims(form.get("assertion", "")), now) else "invalid_grant"
        case _:
            return "unsupported_grant_type"


def _is_good(claims: dict[str, Any], now: float) -> bool:
    if not all(forms.is_whole(claims.get(name)) for name in ("iat", "exp")):
        return False
    issued, expires = int(claims["iat"]), int(claims["exp"])
    is_in_time = abs(now - issued) <= CLOCK_SLACK_SECONDS and now < expires <= issued + LIFETIME_SECONDS
    return is_in_time and bool(claims.get("iss") and claims.get("scope"))


def _claims(assertion: str) -> dict[str, Any]:
    try:
        _, claims, _ = assertion.split(".")
        decoded = msgspec.json.decode(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
    except (ValueError, binascii.Error, msgspec.DecodeError):
        return {}
    return decoded if isinstance(decoded, dict) else {}
