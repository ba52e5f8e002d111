"""Access tokens: got once, renewed in time or when refused, and a lane that says why it has none."""

import asyncio
import json
from base64 import urlsafe_b64decode
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from tests.unit.deliver.world import START, ManualClock, MemoryRevisions

from trackyard.destinations import catalogue
from trackyard.kit.action import Destination
from trackyard.kit.oauth import OAuth, OAuthSettings
from trackyard.kit.outcome import Retry
from trackyard.kit.request import Response
from trackyard.model.errors import StorageError
from trackyard.model.workspace import Connection, Workspace
from trackyard.pipeline.deliver.authorized import Authorized
from trackyard.pipeline.deliver.config import Configuration
from trackyard.pipeline.deliver.transport import NoResponse, Wire
from trackyard.store.secrets import Secrets
from trackyard.store.tokens import MemoryTokens, Token, TokenFiles

REFRESH = {"oauth_client_id": "app", "oauth_client_secret": "${env:SECRET}", "oauth_refresh_token": "refresh-0"}
UPLOAD = Wire("POST", "https://api.example/upload?v=1", {}, b"{}")


def destination(**oauth: Any) -> Destination:
    described = {"authorize_url": "https://auth.example/", "token_url": "https://auth.example/token", **oauth}
    return Destination(
        slug="ads", name="Ads", settings=OAuthSettings, actions=(), purposes=frozenset(), docs_url="",
        oauth=OAuth(**described),
    )  # fmt: skip


class Platform:
    """A token endpoint and an API which takes what `takes` says."""

    def __init__(self) -> None:
        self.forms: list[dict[str, str]] = []
        self.uploads: list[Wire] = []
        self.grants: Callable[[int], Response | NoResponse] = granted
        self.takes: Callable[[str], bool] = lambda token: True

    async def send(self, wire: Wire, timeout_seconds: float) -> Response | NoResponse:
        await asyncio.sleep(0)  # others have their turn, as on a network
        if wire.url == "https://auth.example/token":
            self.forms.append(dict(parse_qsl(wire.body.decode())))
            return self.grants(len(self.forms))
        self.uploads.append(wire)
        return Response(status=200 if self.takes(wire.headers["authorization"].removeprefix("Bearer ")) else 401)

    async def allow(self, private_hosts: frozenset[str]) -> None: ...

    async def close(self) -> None: ...

    @property
    def bearers(self) -> list[str]:
        return [wire.headers["authorization"] for wire in self.uploads]


def granted(count: int, **more: Any) -> Response:
    return Response(
        status=200, body=msgspec.json.encode({"access_token": f"token-{count}", "expires_in": 3600, **more})
    )


def refused(error: str, status: int = 400) -> Response:
    return Response(status=status, body=msgspec.json.encode({"error": error}))


class World:
    def __init__(self, settings: dict[str, Any], tokens: Any = None, **oauth: Any) -> None:
        self.platform, self.clock, self.tokens = Platform(), ManualClock(), tokens or MemoryTokens()
        connection = Connection(destination="ads", settings=settings)
        self.revisions = MemoryRevisions(Workspace(name="test", connections={"ads": connection}))
        self.environ = {"SECRET": "s3cret"}
        known = {"ads": destination(**oauth)}
        self.config = Configuration(self.revisions, known, Secrets(None, self.environ), self.clock)
        self.restart()

    def restart(self) -> None:
        self.authorized = Authorized(self.config, self.platform, self.tokens, self.clock)

    def upload(self, times: int = 1) -> list[Response | NoResponse | Retry]:
        async def all_at_once() -> list[Any]:
            return list(await asyncio.gather(*(self.authorized.send("ads", UPLOAD, 5) for _ in range(times))))

        return asyncio.run(all_at_once())

    def wait(self, seconds: float) -> None:
        self.clock._now += seconds


def test_requests_at_the_same_time_share_one_token() -> None:
    world = World(REFRESH)
    assert [answer.status for answer in world.upload(20)] == [200] * 20
    assert world.platform.forms == [
        {"grant_type": "refresh_token", "refresh_token": "refresh-0", "client_id": "app", "client_secret": "s3cret"}
    ]
    assert world.platform.bearers == ["Bearer token-1"] * 20


def test_a_token_is_renewed_before_it_expires() -> None:
    world = World(REFRESH)
    world.upload()
    world.wait(3000)
    world.upload()
    world.wait(300)
    world.upload()
    assert world.platform.bearers == ["Bearer token-1", "Bearer token-1", "Bearer token-2"]


def test_an_outage_of_the_token_endpoint_stops_nothing_while_the_token_is_good() -> None:
    world = World(REFRESH)
    world.upload()
    world.platform.grants = lambda count: refused("server_error", 500)
    world.wait(3300)
    assert world.upload()[0].status == 200
    world.wait(400)
    [answer] = world.upload()
    assert isinstance(answer, Retry) and answer.scope == "destination" and "server_error" in answer.reason


def test_a_refused_token_is_replaced_once_for_all_who_had_it() -> None:
    world = World(REFRESH)
    world.upload()
    world.platform.takes = lambda token: token != "token-1"
    assert [answer.status for answer in world.upload(10)] == [200] * 10
    assert len(world.platform.forms) == 2


def test_a_new_token_that_is_refused_too_is_not_replaced_again() -> None:
    world = World(REFRESH)
    world.platform.takes = lambda token: False
    assert [answer.status for answer in world.upload()] == [401]
    assert world.platform.bearers == ["Bearer token-1", "Bearer token-2"]


@pytest.mark.parametrize(
    ("answer", "scope", "says"),
    [
        (refused("invalid_grant"), "auth", "invalid_grant; the grant is expired, revoked"),
        (refused("invalid_client", 401), "auth", "invalid_client; correct oauth_client_id"),
        (refused("something <odd>"), "auth", "HTTP 400; check"),
        (refused("temporarily_unavailable"), "destination", "temporarily_unavailable"),
        (Response(status=429, headers={"retry-after": "7"}), "destination", "HTTP 429"),
        (Response(status=200, body=b"<html>"), "destination", "HTTP 200"),
        (NoResponse("no answer from auth.example in time", may_have_arrived=True), "destination", "in time"),
    ],
)
def test_no_token_is_told_with_its_reason(answer: Response | NoResponse, scope: str, says: str) -> None:
    world = World(REFRESH)
    world.platform.grants = lambda count: answer
    outcomes = world.upload(5)
    assert all(isinstance(one, Retry) and one.scope == scope and says in one.reason for one in outcomes)
    assert len(world.platform.forms) == 1 and not world.platform.uploads
    kept = world.tokens.load("ads")
    assert says in kept.problem and kept.is_refused == (scope == "auth")


def test_other_settings_are_tried_at_once_and_get_a_token_of_their_own() -> None:
    world = World(REFRESH)
    world.platform.grants = lambda count: granted(count) if count > 1 else refused("invalid_grant")
    assert isinstance(world.upload()[0], Retry)
    before = world.config.fingerprint("ads")
    world.environ["SECRET"] = "another"
    assert world.config.fingerprint("ads") != before, "the lane notices, and probes"
    assert world.upload()[0].status == 200
    assert world.platform.forms[-1]["client_secret"] == "another" and not world.tokens.load("ads").problem


def test_a_refresh_token_that_was_replaced_is_used_from_then_on_and_after_a_restart() -> None:
    world = World(REFRESH)
    world.platform.grants = lambda count: granted(count, refresh_token=f"refresh-{count}")
    world.upload()
    world.restart()
    world.wait(4000)
    world.upload()
    assert [form["refresh_token"] for form in world.platform.forms] == ["refresh-0", "refresh-1"]


def test_a_restart_goes_on_with_the_token_that_is_kept() -> None:
    world = World(REFRESH)
    world.upload()
    world.restart()
    world.upload()
    assert len(world.platform.forms) == 1


def test_a_token_that_another_process_has_got_is_taken_over() -> None:
    world = World(REFRESH)
    world.upload()
    other = msgspec.structs.replace(world.tokens.load("ads"), access_token="theirs")
    world.tokens.save("ads", other)
    world.platform.takes = lambda token: token == "theirs"
    assert world.upload()[0].status == 200 and len(world.platform.forms) == 1


def test_client_credentials_ask_for_the_declared_scopes() -> None:
    settings = {"oauth_client_id": "app", "oauth_client_secret": "s"}
    world = World(settings, grants=("client_credentials",), scopes=("a", "b"))
    world.upload()
    [form] = world.platform.forms
    assert (form["grant_type"], form["scope"]) == ("client_credentials", "a b")


@pytest.fixture(scope="module")
def key() -> RSAPrivateKey:
    return generate_private_key(65537, 2048)


def key_file(key: RSAPrivateKey) -> str:
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return json.dumps({"client_email": "robot@example.test", "private_key_id": "k1", "private_key": pem})


def test_a_service_account_signs_for_an_hour_with_rs256(key: RSAPrivateKey) -> None:
    world = World({"oauth_service_account": key_file(key)}, grants=("service_account",), scopes=("ads",))
    assert world.upload()[0].status == 200
    [form] = world.platform.forms
    header, claims, signature = form["assertion"].split(".")
    key.public_key().verify(unpadded(signature), f"{header}.{claims}".encode(), PKCS1v15(), SHA256())
    assert json.loads(unpadded(header)) == {"alg": "RS256", "typ": "JWT", "kid": "k1"}
    told = json.loads(unpadded(claims))
    assert told.pop("jti")
    assert told == {
        "iss": "robot@example.test", "aud": "https://auth.example/token", "scope": "ads",
        "iat": int(START), "exp": int(START) + 3600,
    }  # fmt: skip


@pytest.mark.parametrize("text", ["no json", "[]", "{}", '{"private_key":"x","private_key_id":"k","client_email":"e"}'])
def test_a_key_file_that_is_none_stops_the_lane_and_is_not_quoted(text: str) -> None:
    [answer] = World({"oauth_service_account": text}, grants=("service_account",)).upload()
    assert isinstance(answer, Retry) and answer.scope == "auth"
    assert answer.reason.startswith("oauth_service_account is not the JSON key file")


def unpadded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def test_missing_settings_are_named() -> None:
    [answer] = World({"oauth_client_id": "app"}).upload()
    assert isinstance(answer, Retry) and answer.scope == "auth"
    assert answer.reason == ("no access token: set oauth_client_secret and oauth_refresh_token, or oauth_access_token")


def test_a_long_lived_token_is_used_as_it_is_and_never_replaced() -> None:
    world = World({"oauth_access_token": "long"}, query="access_token")
    world.platform.takes = lambda token: False
    assert world.upload()[0].status == 401
    [sent] = world.platform.uploads
    assert sent.url == "https://api.example/upload?v=1&access_token=long" and not world.platform.forms


def test_tokens_are_among_what_is_not_told() -> None:
    world = World(REFRESH)
    world.upload()
    assert {"token-1", "s3cret", "refresh-0"} <= set(world.config.secrets_of("ads"))


def test_every_destination_with_oauth_has_the_settings_for_it() -> None:
    found = [one.slug for one in catalogue().values() if one.oauth]
    assert {"google-enhanced-conversions", "hubspot", "linkedin-conversions", "snap-conversions-api"} <= set(found)
    with pytest.raises(TypeError, match="OAuthSettings"):
        msgspec.structs.replace(destination(), settings=Token)


# At rest


def files(tmp_path: Path) -> TokenFiles:
    return TokenFiles(tmp_path / "oauth", tmp_path / "oauth.key")


def test_tokens_at_rest_are_encrypted_and_their_owners_only(tmp_path: Path) -> None:
    world = World(REFRESH, files(tmp_path))
    world.platform.grants = lambda count: granted(count, refresh_token="replaced-1")
    world.upload()
    for path in (one for one in tmp_path.rglob("*") if one.is_file()):
        content = path.read_bytes()
        assert not any(secret in content for secret in (b"token-1", b"replaced-1", b"s3cret", b"refresh-0")), path
        assert path.suffix == ".lock" or path.stat().st_mode & 0o077 == 0, path
    again = files(tmp_path).load("ads")
    assert again is not None and (again.access_token, again.refresh_token) == ("token-1", "replaced-1")
    assert "token-1" not in repr(again)


def test_looking_makes_no_key(tmp_path: Path) -> None:
    """Whoever looks may be another user, whose file the server could not read."""
    assert files(tmp_path).load("ads") is None and not list(tmp_path.iterdir())


def test_rotation_waits_for_a_token_that_is_being_got_and_loses_nothing(tmp_path: Path) -> None:
    store, token = files(tmp_path), Token(credentials="c", access_token="a")
    store.save("ads", token)
    with store.locked("ads"), pytest.raises(StorageError, match="rotate again"):
        store.rotate()
    assert store.load("ads") == token
    assert store.rotate() == 1 and store.load("ads") == token


def test_keys_can_be_rotated(tmp_path: Path) -> None:
    store, token = files(tmp_path), Token(credentials="c", access_token="a")
    store.save("ads", token)
    old = (tmp_path / "oauth.key").read_bytes()
    assert store.rotate() == 1
    new = (tmp_path / "oauth.key").read_bytes()
    assert store.load("ads") == token and old.strip() not in new


def test_a_token_that_no_key_opens_is_got_anew(tmp_path: Path) -> None:
    world = World(REFRESH, files(tmp_path))
    world.upload()
    (tmp_path / "oauth.key").unlink()
    world.restart()
    assert world.upload()[0].status == 200 and len(world.platform.forms) == 2


def test_one_process_gets_a_token_at_a_time(tmp_path: Path) -> None:
    store = files(tmp_path)
    with store.locked("ads") as mine, files(tmp_path).locked("ads") as theirs, files(tmp_path).locked("other") as other:
        assert (mine, theirs, other) == (True, False, True)
    with files(tmp_path).locked("ads") as free:
        assert free
