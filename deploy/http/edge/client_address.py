"""Which address a request comes from, whatever its headers say.

A proxy appends the address that it was asked from to `X-Forwarded-For`. What stands further left
was there before, and anybody may have written it: only so many entries are believed, from the
right, as there are proxies of ours, and none at all from a peer that is no proxy.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

FORWARDED_FOR = b"x-forwarded-for"
IPV6_PREFIX = 64
KNOWN_MAX = 4096
ENTRY_MAX = 64

type Headers = Iterable[tuple[bytes, bytes]]


class ClientAddress:
    """`proxies` are networks, separated by spaces or commas; `hops` how many stand in a row."""

    def __init__(self, proxies: str, hops: int) -> None:
        self._networks = [ip_network(one) for one in proxies.replace(",", " ").split()]
        self._hops = hops
        self._known = lru_cache(KNOWN_MAX)(self._find)

    def of(self, peer: str, headers: Headers) -> str:
        """An address, or the /64 of an IPv6 one: a household has a whole one."""
        given = b",".join([value for name, value in headers if name == FORWARDED_FOR])
        # Only what may count is kept: the rest may be as long as a client likes.
        entries = given.rsplit(b",", self._hops)[-self._hops :] if self._hops and given else []
        return self._known(peer, b",".join([entry.strip()[:ENTRY_MAX] for entry in entries]))

    def _find(self, peer: str, forwarded: bytes) -> str:
        near = _address(peer)
        if near is None:
            return peer
        if not forwarded or not self._hops or not self._is_proxy(near):
            return _counted(near)
        entries = forwarded.split(b",")[-self._hops :]
        # What cannot be read was written by no proxy of ours: its right neighbour was the client.
        for position, entry in enumerate(entries):
            found = _address(entry.decode("latin-1"))
            if found is not None and all(_readable(entries[position:])):
                return _counted(found)
        return _counted(near)

    def _is_proxy(self, address: IPv4Address | IPv6Address) -> bool:
        return any(address in network for network in self._networks)


def _readable(entries: Sequence[bytes]) -> Iterable[bool]:
    return (_address(entry.decode("latin-1")) is not None for entry in entries)


def _address(text: str) -> IPv4Address | IPv6Address | None:
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        found = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped: Any = getattr(found, "ipv4_mapped", None)
    return mapped or found


def _counted(address: IPv4Address | IPv6Address) -> str:
    if isinstance(address, IPv4Address):
        return str(address)
    return str(IPv6Network((address, IPV6_PREFIX), strict=False))
