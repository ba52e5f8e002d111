"""What the headers of a request say about it, read in one pass."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from trackyard.pipeline.collect.settings import CollectSettings

HEADER_VALUE_MAX = 1024  # characters kept of a user agent or another stamped header
_FORWARDED_FOR = b"x-forwarded-for"
_WANTED = frozenset(
    (
        b"authorization",
        b"x-write-key",
        b"content-encoding",
        b"content-length",
        b"origin",
        b"user-agent",
        b"sec-gpc",
        b"host",
        _FORWARDED_FOR,
        b"x-forwarded-host",
        b"x-forwarded-proto",
        b"access-control-request-headers",
        b"if-none-match",
        b"accept-encoding",
        b"anonymousid",
        b"sentat",
    )
)
# Headers that carry what others put into the body: RudderStack's browser SDK.
_CARRIED = ((b"anonymousid", "AnonymousId"), (b"sentat", "SentAt"))

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


class HeaderReader:
    """Reads the headers this server cares about; knows which proxies to believe."""

    def __init__(self, settings: CollectSettings) -> None:
        self._country = settings.country_header.lower().encode()
        self._wanted = _WANTED | ({self._country} if self._country else frozenset())
        self._is_trusted = lru_cache(maxsize=4096)(lambda peer: _within(_address(peer), settings.trusted_proxies))

    def read(self, headers: Iterable[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
        """The wanted headers by lower-case name; repeated ones joined by a comma, in order."""
        found: dict[bytes, bytes] = {}
        wanted = self._wanted
        for name, value in headers:
            if name in wanted:
                found[name] = found[name] + b"," + value if name in found else value
        return found

    def trusts(self, peer: str) -> bool:
        return self._is_trusted(peer)

    def client_address(self, peer: str, headers: dict[bytes, bytes]) -> str:
        """The address of the client: the peer's, or behind trusted proxies the last one that they did not add.

        `X-Forwarded-For` is walked from the right: a client can write what it likes on the left.
        """
        if not self.trusts(peer):
            return peer
        address = peer
        for entry in reversed(headers.get(_FORWARDED_FOR, b"").decode("latin-1").split(",")):
            found = _address(_without_port(entry.strip()))
            if found is None:
                break
            address = str(found)
            if not self._is_trusted(address):
                break
        return address

    def country(self, peer: str, headers: dict[bytes, bytes]) -> str:
        """The country a trusted proxy found, as two capital letters; "" when it found none."""
        if not self._country or not self.trusts(peer):
            return ""
        value = headers.get(self._country, b"").decode("latin-1").strip().upper()
        return value if len(value) == 2 and value.isalpha() and value not in ("XX", "T1") else ""

    def own_address(self, peer: str, scheme: str, headers: dict[bytes, bytes]) -> tuple[str, str]:
        """(scheme, host[:port]) under which the client reached this server."""
        host, proto = headers.get(b"host", b""), b""
        if self.trusts(peer):
            host = headers.get(b"x-forwarded-host", host).partition(b",")[0].strip()
            proto = headers.get(b"x-forwarded-proto", b"").partition(b",")[0].strip()
        return (proto.decode("latin-1").lower() or scheme), host.decode("latin-1")


def stamp(value: bytes | None) -> str:
    """A header's value as it is kept: text, bounded."""
    return value[:HEADER_VALUE_MAX].decode("utf-8", "replace") if value else ""


def carried(headers: dict[bytes, bytes]) -> dict[str, str]:
    """Headers that some clients use for what others put into the body."""
    return {wire: stamp(headers[name]) for name, wire in _CARRIED if name in headers}


def _within(address: Address | None, networks: Sequence[Network]) -> bool:
    return address is not None and any(address in network for network in networks)


def _address(text: str) -> Address | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _without_port(entry: str) -> str:
    """`1.2.3.4:5678` and `[::1]:5678` as some proxies write them, without port and brackets."""
    if entry.startswith("["):
        return entry[1:].partition("]")[0]
    return entry.partition(":")[0] if entry.count(":") == 1 else entry
