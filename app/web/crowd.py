"""How many connections each address has at once, so that none can take them all."""

from __future__ import annotations

from collections import Counter
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

# Whoever has one address of IPv6 has all of its /64 (RFC 4291, 2.5.1).
ONE_PEER_BITS = 64


class Crowd:
    """Proxies that are trusted speak for many, and have to count by themselves."""

    def __init__(self, most_per_address: int, proxies: str = "") -> None:
        self._most = most_per_address
        self._proxies = [ip_network(proxy) for proxy in proxies.split()]
        self._here: Counter[str] = Counter()

    def enter(self, host: str) -> bool:
        """Whether one more connection of this address may stay; ``leave`` says that it has gone."""
        peer = self._peer(host)
        if not peer:
            return True
        if self._here[peer] >= self._most:
            return False
        self._here[peer] += 1
        return True

    def leave(self, host: str) -> None:
        """One that was let in has gone."""
        peer = self._peer(host)
        if peer:
            self._here[peer] -= 1
            if self._here[peer] <= 0:
                del self._here[peer]

    def _peer(self, host: str) -> str:
        """Who is counted together; empty for who is not counted."""
        try:
            address = ip_address(host.partition("%")[0])
        except ValueError:
            return ""  # a unix socket, whose other end is on this machine
        if any(address in proxy for proxy in self._proxies):
            return ""
        return str(_whole(address))


def _whole(address: IPv4Address | IPv6Address) -> object:
    if isinstance(address, IPv4Address):
        return address
    if address.ipv4_mapped:
        return address.ipv4_mapped
    return ip_network(f"{address}/{ONE_PEER_BITS}", strict=False)
