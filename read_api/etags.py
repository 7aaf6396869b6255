"""ETags: the version of the stream that a change rests on, and a digest of what is shown.

A view is made of more than its stream: stock, escrow, refunds. So caches compare the digest of the
whole, and `If-Match`, which the write side judges, the version in front of it.
"""

import hashlib

DIGEST_BYTES = 12


def etag_of(body: bytes, version: int) -> str:
    digest = hashlib.blake2b(body, digest_size=DIGEST_BYTES).hexdigest()
    return f'"{version}-{digest}"'


def is_known(etag: str, if_none_match: str | None) -> bool:
    """Whether the client has that already, by its `If-None-Match`: one, a list or `*`."""
    if if_none_match is None:
        return False
    if if_none_match == etag:
        return True
    known = [tag.strip().removeprefix("W/") for tag in if_none_match.split(",")]
    return etag in known or known == ["*"]
