"""Which source a write key stands for, under one revision."""

import msgspec

from trackyard.model.workspace import Revision, Source, Workspace
from trackyard.sources.segment.write_key import Credentials, credentials

_CACHED_HEADERS_MAX = 4096


class KnownKey(msgspec.Struct, frozen=True):
    """A write key that the workspace lists."""

    key: str
    slug: str
    environment: str
    source: Source


class Keys:
    """All write keys of a revision. A new revision makes a new table; nothing changes within one."""

    def __init__(self, revision: Revision | None) -> None:
        self.number = revision.number if revision else 0
        self.workspace = revision.workspace if revision else Workspace(name="")
        self._known = {
            key: KnownKey(key, slug, environment, source)
            for slug, source in self.workspace.sources.items()
            for environment, keys in source.write_keys.items()
            for key in keys
        }
        self._headers: dict[tuple[bytes, bytes], tuple[Credentials, KnownKey | None]] = {}

    def get(self, key: str) -> KnownKey | None:
        return self._known.get(key)

    def of_headers(self, authorization: bytes, x_write_key: bytes) -> tuple[Credentials, KnownKey | None]:
        """What the headers claim, and the first of it that is a known key. Kept, since clients repeat themselves."""
        found = self._headers.get((authorization, x_write_key))
        if found is None:
            claimed = credentials(authorization, x_write_key)
            tried = (*claimed.keys, claimed.bearer)
            found = claimed, next((known for key in tried if (known := self._known.get(key))), None)
            if len(self._headers) >= _CACHED_HEADERS_MAX:
                self._headers.clear()
            self._headers[authorization, x_write_key] = found
        return found
