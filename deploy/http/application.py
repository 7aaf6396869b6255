"""What both APIs are wrapped in: who may call, and how faults are answered."""

from collections.abc import Callable, Mapping
from typing import Any

from litestar import Response

from deploy.http import problems
from deploy.http.access import Access
from deploy.http.api_keys import ApiKeys
from deploy.http.attempts import Note
from deploy.http.edge.client_address import ClientAddress
from deploy.http.edge.limits import Limits
from deploy.http.edge.windows import Windows
from deploy.http.keys import KeyRing
from deploy.http.revocations import Revocations
from deploy.http.tokens import TokenVerifier
from deploy.settings import Settings
from deploy.wiring import clock

type ErrorHandlers = Mapping[type[Exception], Callable[..., Response[Any]]]


def exception_handlers(more: ErrorHandlers) -> ErrorHandlers:
    return {**problems.HANDLERS, **more}


def make_access(
    settings: Settings,
    limits: Limits | None = None,
    revocations: Revocations | None = None,
    note: Note | None = None,
    keys: ApiKeys | None = None,
) -> Access:
    """Raises `DevelopmentKey`."""
    production = settings.production == "yes"
    verifier = TokenVerifier(KeyRing(settings.public_key_file, production=production))
    addresses = ClientAddress(settings.trusted_proxies, settings.proxy_hops)
    limited = limits if limits and limits.any else None
    if revocations is None:
        return Access(verifier, clock, limited, addresses, by_hand=not production)
    followed = (revocations.check, note, keys)
    return Access(verifier, clock, limited, addresses, *followed, by_hand=not production)


def make_limits(settings: Settings, windows: Windows) -> Limits:
    """People are counted under hashes that only those with our secrets can make."""
    return Limits(
        windows,
        settings.edge_secret.encode(),
        per_address=settings.limit_per_address,
        per_account=settings.limit_per_account,
        per_staff=settings.limit_per_staff,
        per_key=settings.limit_per_key,
    )
