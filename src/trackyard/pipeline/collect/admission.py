"""Whether a known key may send here and now."""

from functools import lru_cache

from trackyard.model.errors import BadRequest
from trackyard.pipeline.collect.intake import Asked
from trackyard.pipeline.collect.keys import KnownKey


def admit(known: KnownKey, asked: Asked) -> None:
    """Raises `BadRequest` 401 for a disabled source, 403 for a page that its `allowed_origins` leave out."""
    source = known.source
    if not source.enabled:
        raise BadRequest(401, "source_disabled", f"source {known.slug} is switched off")
    if source.allowed_origins:
        origin = asked.headers.get(b"origin")
        if origin is not None and not _allows(tuple(source.allowed_origins), origin):
            raise BadRequest(
                403,
                "origin_not_allowed",
                f"source {known.slug} does not take events from {origin.decode('latin-1')[:200]}",
            )


@lru_cache(maxsize=1024)
def _allows(allowed: tuple[str, ...], origin: bytes) -> bool:
    """`https://*.example.com` stands for every host below example.com; neither case nor a trailing slash matters."""
    asked = origin.decode("latin-1").lower()
    return any(_matches(pattern.lower().rstrip("/"), asked) for pattern in allowed)


def _matches(pattern: str, origin: str) -> bool:
    head, star, tail = pattern.partition("*")
    if not star:
        return pattern == origin
    middle = origin[len(head) : len(origin) - len(tail)] if len(origin) > len(head) + len(tail) else ""
    return (
        origin.startswith(head) and origin.endswith(tail) and middle != "" and "/" not in middle and ":" not in middle
    )
