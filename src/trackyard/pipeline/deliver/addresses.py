"""Which addresses deliveries may reach: public ones, and hosts that the workspace names."""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

# Reached from inside a cloud only, although public by number: Azure's metadata and health address (Microsoft Learn,
# "What is IP address 168.63.129.16", read 2026-11).
METADATA_ADDRESSES = frozenset({IPv4Address("168.63.129.16")})
NAT64 = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"))  # RFC 6052, RFC 8215


def is_public(address: str) -> bool:
    """Whether `address` is one of the open internet, whatever it is wrapped in."""
    try:
        return _is_public(ip_address(address.partition("%")[0]))
    except ValueError:
        return False


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    if isinstance(address, IPv6Address):
        inner = _wrapped(address)
        if inner is not None:
            return _is_public(inner)
    return address.is_global and not address.is_multicast and address not in METADATA_ADDRESSES


def _wrapped(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that an IPv6 one leads to: mapped, compatible, 6to4, NAT64."""
    number = int(address)
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if number >> 32 == 0 or any(address in network for network in NAT64):
        return IPv4Address(number & 0xFFFFFFFF)
    return address.sixtofour or (address.teredo[1] if address.teredo else None)


def is_allowed(host: str, port: int, allowed: frozenset[str]) -> bool:
    """Whether the workspace names `host`, on every port or on this one."""
    name = host.lower().rstrip(".")
    return name in allowed or f"{name}:{port}" in allowed or f"[{name}]:{port}" in allowed
