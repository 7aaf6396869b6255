"""Where a request comes from: what anybody may write in a header is not believed."""

import pytest

from deploy.http.edge.client_address import ClientAddress

PROXIES = "10.0.0.0/8, ::1/128"
CASES = [
    # peer, X-Forwarded-For, hops, counted
    ("203.0.113.9", "", 1, "203.0.113.9"),
    ("203.0.113.9", "198.51.100.1", 1, "203.0.113.9"),  # No proxy of ours.
    ("10.1.2.3", "198.51.100.1", 1, "198.51.100.1"),
    ("10.1.2.3", "6.6.6.6, 198.51.100.1", 1, "198.51.100.1"),  # The left one is forged.
    ("10.1.2.3", "6.6.6.6, 198.51.100.1, 10.9.9.9", 2, "198.51.100.1"),
    ("10.1.2.3", "198.51.100.1", 2, "198.51.100.1"),
    ("10.1.2.3", "198.51.100.1", 0, "10.1.2.3"),
    ("10.1.2.3", "", 1, "10.1.2.3"),
    ("10.1.2.3", "unknown", 1, "10.1.2.3"),
    ("10.1.2.3", "junk, 198.51.100.1", 2, "198.51.100.1"),
    ("10.1.2.3", "198.51.100.1, junk", 2, "10.1.2.3"),
    ("10.1.2.3", "198.51.100.1:4711", 1, "198.51.100.1"),
    ("::1", "[2001:db8:1:2:3:4:5:6]:443", 1, "2001:db8:1:2::/64"),
    ("2001:db8:1:2::7", "", 1, "2001:db8:1:2::/64"),
    ("::ffff:203.0.113.9", "", 1, "203.0.113.9"),
    ("fe80::1%eth0", "", 1, "fe80::/64"),
    ("", "198.51.100.1", 1, ""),
]


@pytest.mark.parametrize(("peer", "forwarded", "hops", "counted"), CASES)
def test_who_is_counted(peer: str, forwarded: str, hops: int, counted: str) -> None:
    headers = [(b"x-forwarded-for", forwarded.encode())] if forwarded else []
    assert ClientAddress(PROXIES, hops).of(peer, headers) == counted


def test_a_header_sent_twice_is_one_list() -> None:
    headers = [(b"x-forwarded-for", b"6.6.6.6"), (b"x-forwarded-for", b"198.51.100.1")]
    assert ClientAddress(PROXIES, 1).of("10.0.0.1", headers) == "198.51.100.1"


def test_what_a_client_writes_at_length_is_not_kept() -> None:
    addresses = ClientAddress(PROXIES, 2)
    header = b"x" * 60_000 + b", 198.51.100.1, " + b"1" * 60_000
    assert addresses.of("10.0.0.1", [(b"x-forwarded-for", header)]) == "10.0.0.1"
    assert addresses._known.cache_parameters()["maxsize"] == 4096
    header = b"x" * 60_000 + b", 198.51.100.1, 10.0.0.9"
    assert addresses.of("10.0.0.1", [(b"x-forwarded-for", header)]) == "198.51.100.1"
