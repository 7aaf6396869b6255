"""What browsers are told with every answer, whoever gave it.

Set by whoever stands at the edge: the gateway, or nginx in production.
"""

from collections.abc import Iterable

type Headers = list[tuple[bytes, bytes]]

SECURITY: tuple[tuple[bytes, bytes], ...] = (
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"referrer-policy", b"no-referrer"),
    (b"strict-transport-security", b"max-age=31536000; includeSubDomains"),
    (b"x-content-type-options", b"nosniff"),
)
NAMES = frozenset(name for name, _ in SECURITY)


def with_security(headers: Iterable[tuple[bytes, bytes]]) -> Headers:
    """An answer's own policy stands: a page of ours has another."""
    given = list(headers)
    own = NAMES.intersection([name for name, _ in given])
    if not own:
        return [*given, *SECURITY]
    return [*given, *(one for one in SECURITY if one[0] not in own)]
