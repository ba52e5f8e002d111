"""What browsers and phones fetch before they send: their settings, and the library itself."""

from urllib.parse import parse_qs, urlsplit

from trackyard.model.errors import BadRequest
from trackyard.pipeline.collect.answers import Answer, json_document
from trackyard.pipeline.collect.keys import Keys, KnownKey
from trackyard.pipeline.collect.settings import CollectSettings
from trackyard.sources.segment.cdn import client_settings, rudder_config
from trackyard.sources.segment.endpoints import SOURCE_CONFIG, settings_key

SETTINGS_SECONDS = 60  # a switched-off source reaches open pages this fast


class BrowserSide:
    """Answers what a client's CDN host answers."""

    def __init__(self, settings: CollectSettings) -> None:
        self._public = urlsplit(settings.public_url) if settings.public_url else None

    def get(
        self, path: str, query: bytes, headers: dict[bytes, bytes], own: tuple[str, str], keys: Keys
    ) -> Answer | None:
        """The document at `path` (normal form); None where this is not one of ours."""
        key = settings_key(path)
        if key is not None:
            known = _enabled(keys, key)
            scheme, host = self._address(own)
            value = client_settings(known.key, scheme, host, tuple(keys.workspace.consent.categories))
            return json_document(value, seconds=SETTINGS_SECONDS)
        if path in SOURCE_CONFIG:
            return self._rudder(query, headers, own, keys)
        return None

    def _address(self, own: tuple[str, str]) -> tuple[str, str]:
        return (self._public.scheme, self._public.netloc) if self._public else own

    def _rudder(self, query: bytes, headers: dict[bytes, bytes], own: tuple[str, str], keys: Keys) -> Answer:
        asked = parse_qs(query.decode("latin-1"), max_num_fields=100).get("writeKey", [""])[0]
        known = keys.get(asked) or keys.of_headers(headers.get(b"authorization", b""), b"")[1]
        return json_document(rudder_config(_enabled(keys, known.key if known else asked).slug, *self._address(own)))


def _enabled(keys: Keys, key: str) -> KnownKey:
    known = keys.get(key)
    if known is None or not known.source.enabled:
        raise BadRequest(404, "unknown_source", "the write key is not listed by any enabled source of this workspace")
    return known
