"""Whether a known key may send here and now."""

import re
from functools import lru_cache

from trackyard.model.errors import BadRequest
from trackyard.pipeline.collect.keys import KnownKey
from trackyard.pipeline.collect.ownership import Asked
from trackyard.pipeline.collect.tokens import Tokens
from trackyard.sources.segment.write_key import credentials


class Admission:
    """The rules of a source about who may send to it."""

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens

    def __call__(self, known: KnownKey, asked: Asked) -> None:
        """Raises `BadRequest`: 401 for a disabled source or a missing token, 403 for a page it does not list."""
        source = known.source
        if not source.enabled:
            raise BadRequest(401, "source_disabled", f"source {known.slug} is switched off")
        origin = asked.headers.get(b"origin")
        if source.allowed_origins and origin is not None and not _allows(tuple(source.allowed_origins), origin):
            found = origin.decode("latin-1")[:200]
            raise BadRequest(403, "origin_not_allowed", f"source {known.slug} does not take events from {found}")
        if source.oauth_clients:
            self._check_token(known, asked)

    def _check_token(self, known: KnownKey, asked: Asked) -> None:
        bearer = credentials(asked.headers.get(b"authorization", b""), b"").bearer
        if self._tokens.client_of(bearer) not in known.source.oauth_clients:
            raise BadRequest(
                401, "invalid_token", f"source {known.slug} needs a valid OAuth access token beside the write key"
            )


@lru_cache(maxsize=1024)
def _allows(allowed: tuple[str, ...], origin: bytes) -> bool:
    """`https://*.example.com` stands for every host below example.com, `:*` for any port; case does not matter."""
    asked = origin.decode("latin-1")
    return any(_pattern(entry).fullmatch(asked) for entry in allowed)


@lru_cache(maxsize=1024)
def _pattern(entry: str) -> re.Pattern[str]:
    return re.compile(re.escape(entry.rstrip("/")).replace(r"\*", "[^/:@]+"), re.IGNORECASE)
