"""OAuth client assertions in, access tokens out."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from trackyard.model.workspace import Source, Workspace
from trackyard.pipeline.collect.tokens import TOKEN_SECONDS, Tokens, secret_in

NOW = 1_795_289_451
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
HOSTS = ("events.example:8099",)


def pem(key: Any) -> str:
    text: bytes = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return text.decode()


WORKSPACE = Workspace(
    name="w",
    sources={
        "shop": Source(
            name="Shop",
            kind="server",
            write_keys={"production": ["WK"]},
            no_decision={},
            oauth_clients={
                "CID": {"KID": pem(KEY), "BAD": "no pem", "EC": pem(ec.generate_private_key(ec.SECP256R1()))}
            },
        )
    },
)


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def assertion(header: dict[str, Any] | None = None, key: rsa.RSAPrivateKey = KEY, **changes: Any) -> str:
    claims = {"iss": "CID", "sub": "CID", "aud": "http://events.example:8099", "iat": NOW - 5, "exp": NOW + 55}
    claims |= {"jti": "a61d5909"} | changes
    head = {"alg": "RS256", "kid": "KID", "typ": "JWT"} | (header or {})
    signed = f"{b64(json.dumps(head).encode())}.{b64(json.dumps(claims).encode())}"
    return f"{signed}.{b64(key.sign(signed.encode(), PKCS1v15(), SHA256()))}"


def form(assertion: str, **changes: str) -> bytes:
    """Not percent-encoded, as analytics-node and analytics-python send it."""
    fields = {
        "grant_type": "client_credentials",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": assertion,
        "scope": "tracking_api:write",
    } | changes
    return "&".join(f"{name}={value}" for name, value in fields.items()).encode()


def asked(body: bytes, tokens: Tokens | None = None) -> tuple[int, dict[str, Any]]:
    answer = (tokens or Tokens(b"secret", lambda: NOW)).answer(body, WORKSPACE, HOSTS)
    return answer.status, json.loads(answer.body)


def test_a_good_assertion_is_given_a_token_that_is_its_clients() -> None:
    tokens = Tokens(b"secret", lambda: NOW)
    status, answer = asked(form(assertion()), tokens)
    assert (status, answer["expires_in"], answer["token_type"]) == (200, TOKEN_SECONDS, "Bearer")
    assert tokens.client_of(answer["access_token"]) == "CID"


@pytest.mark.parametrize(
    "audience", ["http://events.example:8099", "https://EVENTS.example:8099/", ["x", "http://events.example:8099"]]
)
def test_the_audience_may_be_spelled_as_clients_do(audience: Any) -> None:
    assert asked(form(assertion(aud=audience)))[0] == 200


@pytest.mark.parametrize(
    ("body", "status", "error", "description"),
    [
        (form(assertion(exp=NOW - 60)), 400, "invalid_request", "Token is expired"),
        (form(assertion(iat=NOW + 60, exp=NOW + 90)), 400, "invalid_request", "Token used before issued"),
        (form(assertion(exp=NOW + 90_000)), 400, "invalid_request", ""),
        (form(assertion(exp="soon")), 400, "invalid_request", ""),
        (form(assertion(key=OTHER_KEY)), 401, "invalid_client", ""),
        (form(assertion(iss="other", sub="other")), 401, "invalid_client", ""),
        (form(assertion(sub="other")), 401, "invalid_client", ""),
        (form(assertion({"kid": "unknown"})), 401, "invalid_client", ""),
        (form(assertion({"kid": "BAD"})), 401, "invalid_client", ""),
        (form(assertion({"kid": "EC"})), 401, "invalid_client", ""),
        (form(assertion(aud="https://oauth2.segment.io")), 401, "invalid_client", ""),
        (form(assertion(aud=None)), 401, "invalid_client", ""),
        (form(assertion(jti="")), 400, "invalid_grant", ""),
        (form("not.a.jwt"), 400, "invalid_request", ""),
        (form("nonsense"), 400, "invalid_request", ""),
        (form(assertion(), grant_type="password"), 400, "unsupported_grant_type", ""),
        (form(assertion(), client_assertion_type="x"), 400, "invalid_request", ""),
        (form(assertion(), scope="public_api:read_write"), 400, "invalid_scope", ""),
        (b"", 400, "unsupported_grant_type", ""),
    ],
)
def test_refusals_use_oauths_words_and_ours(body: bytes, status: int, error: str, description: str) -> None:
    found, answer = asked(body)
    assert (found, answer["error"], answer["code"], answer["success"]) == (status, error, error, False)
    assert answer["error_description"] == answer["message"] == (description or answer["message"])


def test_an_unsigned_assertion_is_refused() -> None:
    head, claims, _ = assertion({"alg": "none"}).split(".")
    assert asked(form(f"{head}.{claims}."))[0] == 401


def test_an_assertion_is_good_once() -> None:
    tokens = Tokens(b"secret", lambda: NOW)
    assert asked(form(assertion()), tokens)[0] == 200
    assert asked(form(assertion()), tokens)[1]["error"] == "invalid_grant"
    assert asked(form(assertion(jti="another")), tokens)[0] == 200


@pytest.mark.parametrize("token", ["", "ty_", "ty_.", "WK", "ty_e30.AAAA", "ty_\u00e9.x"])
def test_what_is_no_token_of_ours_has_no_client(token: str) -> None:
    assert Tokens(b"secret", lambda: NOW).client_of(token) is None


def test_the_secret_is_made_once_and_kept_private(tmp_path: Path) -> None:
    path = tmp_path / "token.key"
    assert secret_in(path) == secret_in(path)
    assert len(secret_in(path)) == 32
    assert path.stat().st_mode & 0o777 == 0o600
