"""OAuth client assertions (RFC 7523) in, access tokens out. Tokens are signed, not stored."""

import base64
import binascii
import hashlib
import hmac
import os
import time
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from trackyard.model.workspace import Workspace
from trackyard.pipeline.collect.answers import Answer, json_document

TOKEN_SECONDS = 86_400
SCOPE = "tracking_api:write"
ASSERTION_SECONDS_MAX = 3600  # clients ask for 60; a long-lived assertion would be a password
CLOCK_SKEW_SECONDS = 5
_REMEMBERED_MAX = 100_000
_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_PREFIX = "ty_"
_SECRET_BYTES = 32


class TokenRefused(Exception):
    """The assertion is not accepted; `error` is OAuth's word for why."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.error, self.description, self.status = error, description, status


class Tokens:
    """Issues and checks access tokens. Needs the same secret wherever they are checked."""

    def __init__(self, secret: bytes, clock: Callable[[], float] = time.time) -> None:
        self._secret, self._clock = secret, clock
        self._used: dict[str, float] = {}  # assertion ids and when they expire

    def answer(self, form: bytes, workspace: Workspace, own_hosts: Collection[str]) -> Answer:
        """What `POST /token` says to `form`. `own_hosts` are the addresses an assertion may be meant for."""
        try:
            client = self._client(form, workspace, {host.lower() for host in own_hosts})
        except TokenRefused as refused:
            named = {"error": refused.error, "error_description": refused.description}
            common = {"success": False, "code": refused.error, "message": refused.description}
            return json_document(common | named, status=refused.status)
        return json_document(
            {
                "access_token": self.issue(client),
                "token_type": "Bearer",
                "expires_in": TOKEN_SECONDS,
                "scope": SCOPE,
            }
        )

    def issue(self, client: str) -> str:
        """A token of `client`, good for `TOKEN_SECONDS`."""
        content = _b64(msgspec.json.encode({"client": client, "exp": int(self._clock()) + TOKEN_SECONDS}))
        return f"{_PREFIX}{content}.{self._signature(content)}"

    def client_of(self, token: str) -> str | None:
        """The client a token was issued to; None for one that is not ours, forged or expired."""
        content, _, signature = token.removeprefix(_PREFIX).partition(".")
        if not token.startswith(_PREFIX) or not hmac.compare_digest(
            signature.encode(), self._signature(content).encode()
        ):
            return None
        claims = msgspec.json.decode(_unb64(content))
        return str(claims["client"]) if claims["exp"] > self._clock() else None

    def _signature(self, content: str) -> str:
        return _b64(hmac.digest(self._secret, content.encode(), hashlib.sha256))

    def _client(self, form: bytes, workspace: Workspace, own_hosts: set[str]) -> str:
        fields = _fields(form)
        _expect(fields, "grant_type", "client_credentials", "unsupported_grant_type")
        _expect(fields, "client_assertion_type", _ASSERTION_TYPE, "invalid_request")
        if SCOPE not in fields.get("scope", SCOPE).split():
            raise TokenRefused("invalid_scope", f"only {SCOPE} can be granted")
        header, claims, signed, signature = _taken_apart(fields.get("client_assertion", ""))
        client = str(claims.get("iss", ""))
        if claims.get("sub") != claims.get("iss"):
            raise TokenRefused("invalid_client", "iss and sub of the assertion differ", 401)
        _verify(_public_key(workspace, client, str(header.get("kid", ""))), signed, signature)
        self._check_time(claims)
        _check_audience(claims.get("aud"), own_hosts)
        self._use(str(claims.get("jti", "")), float(claims["exp"]))
        return client

    def _check_time(self, claims: dict[str, Any]) -> None:
        now, issued, expires = self._clock(), claims.get("iat"), claims.get("exp")
        if not isinstance(issued, int | float) or not isinstance(expires, int | float):
            raise TokenRefused("invalid_request", "the assertion needs iat and exp in seconds")
        # These two descriptions are the ones on which analytics-python corrects its clock and asks again.
        if expires <= now - CLOCK_SKEW_SECONDS:
            raise TokenRefused("invalid_request", "Token is expired")
        if issued > now + CLOCK_SKEW_SECONDS:
            raise TokenRefused("invalid_request", "Token used before issued")
        if expires - issued > ASSERTION_SECONDS_MAX:
            raise TokenRefused("invalid_request", f"the assertion may be good for {ASSERTION_SECONDS_MAX} s at most")

    def _use(self, assertion: str, expires: float) -> None:
        now = self._clock()
        if not assertion or self._used.get(assertion, 0) > now - CLOCK_SKEW_SECONDS:
            raise TokenRefused("invalid_grant", "the assertion's jti is missing or was used before")
        if len(self._used) >= _REMEMBERED_MAX:
            self._used = {one: until for one, until in self._used.items() if until > now - CLOCK_SKEW_SECONDS}
        if len(self._used) >= _REMEMBERED_MAX:
            raise TokenRefused("temporarily_unavailable", "too many tokens are asked for; try again", 503)
        self._used[assertion] = expires


def secret_in(path: Path) -> bytes:
    """The signing secret kept in `path`, made at first use and readable by its owner only."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_bytes()
    secret = os.urandom(_SECRET_BYTES)
    with os.fdopen(descriptor, "wb") as file:
        file.write(secret)
        file.flush()
        os.fsync(file.fileno())
    return secret


def _fields(form: bytes) -> dict[str, str]:
    try:
        parsed = parse_qs(form.decode("latin-1"), max_num_fields=20)
    except ValueError:
        raise TokenRefused("invalid_request", "the form has too many fields") from None
    return {name: values[0] for name, values in parsed.items()}


def _expect(fields: dict[str, str], name: str, expected: str, error: str) -> None:
    if fields.get(name) != expected:
        raise TokenRefused(error, f"{name} is {fields.get(name, 'missing')[:100]}, expected {expected}")


def _taken_apart(assertion: str) -> tuple[dict[str, Any], dict[str, Any], bytes, bytes]:
    try:
        header, claims, signature = assertion.split(".")
        decoded = msgspec.json.decode(_unb64(header), type=dict), msgspec.json.decode(_unb64(claims), type=dict)
        return *decoded, f"{header}.{claims}".encode(), _unb64(signature)
    except (ValueError, msgspec.MsgspecError):
        raise TokenRefused("invalid_request", "client_assertion is not a JWT") from None


def _public_key(workspace: Workspace, client: str, key_id: str) -> RSAPublicKey:
    found = [
        source.oauth_clients[client][key_id]
        for source in workspace.sources.values()
        if key_id in source.oauth_clients.get(client, {})
    ]
    if not found:
        raise TokenRefused("invalid_client", "no source lists this client with this key id", 401)
    try:
        key = load_pem_public_key(found[0].encode())
    except (ValueError, UnsupportedAlgorithm):
        raise TokenRefused("invalid_client", "the key listed for this client is not a PEM public key", 401) from None
    if not isinstance(key, RSAPublicKey):
        raise TokenRefused("invalid_client", "the key listed for this client is not an RSA key", 401)
    return key


def _verify(key: RSAPublicKey, signed: bytes, signature: bytes) -> None:
    """RS256, whatever the assertion's header says: what signs is not for the client to choose."""
    try:
        key.verify(signature, signed, PKCS1v15(), SHA256())
    except InvalidSignature:
        raise TokenRefused("invalid_client", "the assertion's RS256 signature is wrong", 401) from None


def _check_audience(audience: object, own_hosts: set[str]) -> None:
    stated = [one for one in (audience if isinstance(audience, list) else [audience]) if isinstance(one, str)]
    if not any((urlsplit(one).netloc or one).lower() in own_hosts for one in stated):
        raise TokenRefused("invalid_client", f"the assertion's aud is none of {', '.join(sorted(own_hosts))}", 401)


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _unb64(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error as error:
        raise ValueError(str(error)) from None
