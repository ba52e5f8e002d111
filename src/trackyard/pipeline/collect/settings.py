"""What an operator can set about the door. Bounds that protect a promise are constants beside the code they bound."""

from ipaddress import IPv4Network, IPv6Network
from pathlib import Path

import msgspec


class CollectSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How this server is reached and what stands in front of it."""

    public_url: str = ""  # https://events.example.com; empty: what the request's Host header says
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = ()  # whose X-Forwarded-* and country header are believed
    country_header: str = ""  # such as cf-ipcountry; empty: no country is stamped
    library_directory: Path | None = None  # an installed npm copy of @segment/analytics-next
    token_secret: bytes = b""  # signs OAuth access tokens; empty: they end with this process
    connections_max: int = 4000
