"""Who may send, how much, and from which page."""

import pytest

from trackyard.model.errors import BadRequest
from trackyard.model.workspace import Source
from trackyard.pipeline.collect.admission import Admission
from trackyard.pipeline.collect.keys import KnownKey
from trackyard.pipeline.collect.ownership import Asked
from trackyard.pipeline.collect.quota import Quotas
from trackyard.pipeline.collect.tokens import Tokens

TOKENS = Tokens(b"secret", lambda: 1000.0)


def refusal(origin: bytes | None = None, authorization: bytes = b"", **settings: object) -> tuple[int, str] | None:
    source = Source(name="Shop", kind="website", write_keys={}, no_decision={}, **settings)  # type: ignore[arg-type]
    headers = {b"authorization": authorization} | ({b"origin": origin} if origin is not None else {})
    try:
        Admission(TOKENS)(KnownKey("k", "shop", "production", source), Asked("track", False, "", headers, b""))
    except BadRequest as refused:
        return refused.status, refused.code
    return None


@pytest.mark.parametrize(
    ("allowed", "origin", "let_in"),
    [
        ([], b"https://any.example", True),
        (["https://shop.example"], b"https://shop.example", True),
        (["https://Shop.example/"], b"https://shop.EXAMPLE", True),
        (["https://shop.example"], b"http://shop.example", False),
        (["https://shop.example"], b"https://shop.example:8443", False),
        (["https://shop.example"], b"https://shop.example.evil.test", False),
        (["https://*.shop.example"], b"https://www.shop.example", True),
        (["https://*.shop.example"], b"https://a.b.shop.example", True),
        (["https://*.shop.example"], b"https://shop.example", False),
        (["https://*.shop.example"], b"https://evil.test/.shop.example", False),
        (["http://localhost:*"], b"http://localhost:3000", True),
        (["http://localhost:*"], b"http://localhost", False),
        (["https://*.shop.example:*"], b"https://www.shop.example:8443", True),
        (["https://*.shop.example"], b"https://evil.test:x@.shop.example", False),
        (["https://shop.example"], b"null", False),
        (["https://shop.example"], None, True),  # not a browser
    ],
)
def test_pages_are_let_in_by_their_origin(allowed: list[str], origin: bytes | None, let_in: bool) -> None:
    assert refusal(origin, allowed_origins=allowed) == (None if let_in else (403, "origin_not_allowed"))


def test_a_disabled_source_takes_nothing() -> None:
    assert refusal(enabled=False) == (401, "source_disabled")


def test_a_source_with_oauth_clients_asks_for_a_token_of_one_of_them() -> None:
    clients = {"app": {"key-1": "PEM"}}
    assert refusal(oauth_clients=clients) == (401, "invalid_token")
    assert refusal(authorization=b"Bearer " + TOKENS.issue("app").encode(), oauth_clients=clients) is None
    assert refusal(authorization=b"Bearer " + TOKENS.issue("other").encode(), oauth_clients=clients) is not None
    forged = Tokens(b"another", lambda: 1000.0).issue("app").encode()
    assert refusal(authorization=b"Bearer " + forged, oauth_clients=clients) == (401, "invalid_token")
    expired = Tokens(b"secret", lambda: -100_000.0).issue("app").encode()
    assert refusal(authorization=b"Bearer " + expired, oauth_clients=clients) == (401, "invalid_token")


def test_a_source_without_a_quota_is_never_slowed() -> None:
    for _ in range(10):
        Quotas().spend("shop", None, 1_000_000, 0)


def test_a_quota_lets_a_second_through_then_tells_how_long_to_wait() -> None:
    quotas = Quotas()
    quotas.spend("shop", 100, 100, 0)
    with pytest.raises(BadRequest) as refused:
        quotas.spend("shop", 100, 1, 0)
    assert refused.value.status == 429
    assert refused.value.headers == (("Retry-After", "1"), ("X-RateLimit-Reset", "1"))
    quotas.spend("shop", 100, 1, 1)
    quotas.spend("other", 100, 1, 0)


def test_one_large_batch_overdraws_and_is_waited_for() -> None:
    quotas = Quotas()
    quotas.spend("shop", 100, 1000, 0)
    with pytest.raises(BadRequest) as refused:
        quotas.spend("shop", 100, 1, 0.5)
    assert dict(refused.value.headers)["Retry-After"] == "9"
    quotas.spend("shop", 100, 1, 9.1)
