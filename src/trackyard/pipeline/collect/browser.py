"""What browsers and phones fetch before they send: their settings, and the library itself."""

import re
from urllib.parse import urlsplit

from trackyard.model.errors import BadRequest
from trackyard.pipeline.collect.answers import Answer, json_document
from trackyard.pipeline.collect.facts import HeaderReader
from trackyard.pipeline.collect.keys import Keys, KnownKey
from trackyard.pipeline.collect.library import Library
from trackyard.pipeline.collect.settings import CollectSettings
from trackyard.sources.segment.cdn import client_settings, rudder_config
from trackyard.sources.segment.endpoints import SOURCE_CONFIG, chunk_name, library_key, settings_asked
from trackyard.sources.segment.write_key import key_of_query

SETTINGS_SECONDS = 60  # a source that is switched off reaches open pages this fast
_HOST = re.compile(r"[\w.-]+(:\d+)?|\[[0-9a-fA-F:.]+\](:\d+)?", re.ASCII)


class BrowserSide:
    """Answers what a client's CDN host answers."""

    def __init__(self, settings: CollectSettings, reader: HeaderReader) -> None:
        self._public = urlsplit(settings.public_url) if settings.public_url else None
        self._reader = reader
        self._library = Library(settings.library_directory)

    def get(
        self, path: str, query: bytes, headers: dict[bytes, bytes], peer: str, scheme: str, keys: Keys
    ) -> Answer | None:
        """The document at `path` (normal form); None where this is not one of ours."""
        asked = settings_asked(path)
        if asked is not None:
            return self._settings(*asked, self.address(headers, peer, scheme), keys)
        key = library_key(path)
        if key is not None:
            return self._library.main(_enabled(keys, key).key, *self.address(headers, peer, scheme), headers)
        name = chunk_name(path)
        if name is not None:
            return self._library.chunk(name, headers)
        if path in SOURCE_CONFIG:
            return self._rudder(query, headers, self.address(headers, peer, scheme), keys)
        return None

    def address(self, headers: dict[bytes, bytes], peer: str, scheme: str) -> tuple[str, str]:
        """(scheme, host[:port]) that clients are told to send to."""
        if self._public:
            return self._public.scheme, self._public.netloc
        found, host = self._reader.own_address(peer, scheme, headers)
        if not _HOST.fullmatch(host):
            raise BadRequest(400, "bad_request", "the Host header is missing or no host name")
        return found, host

    def own_hosts(self, headers: dict[bytes, bytes], peer: str, scheme: str) -> tuple[str, str]:
        """The hosts by which this server may be known to whoever sent `headers`."""
        return self.address(headers, peer, scheme)[1], self._reader.own_address(peer, scheme, headers)[1]

    def _settings(self, key: str, customerio: bool, own: tuple[str, str], keys: Keys) -> Answer:
        known = _enabled(keys, key)
        categories = tuple(keys.workspace.consent.categories)
        return json_document(
            client_settings(known.key, *own, categories, customerio=customerio), seconds=SETTINGS_SECONDS
        )

    def _rudder(self, query: bytes, headers: dict[bytes, bytes], own: tuple[str, str], keys: Keys) -> Answer:
        asked = key_of_query(query)
        known = keys.get(asked) or keys.of_headers(headers.get(b"authorization", b""), b"")[1]
        return json_document(rudder_config(_enabled(keys, known.key if known else asked).slug, *own))


def _enabled(keys: Keys, key: str) -> KnownKey:
    known = keys.get(key)
    if known is None or not known.source.enabled:
        raise BadRequest(404, "unknown_source", "the write key is not listed by any enabled source of this workspace")
    return known
