"""What both APIs are wrapped in: who may call, and how faults are answered."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from litestar import Response

from deploy.http import problems
from deploy.http.access import Access
from deploy.http.edge.client_address import ClientAddress
from deploy.http.edge.limits import Limits
from deploy.http.edge.windows import Windows
from deploy.http.keys import KeyRing
from deploy.http.tokens import TokenVerifier
from deploy.settings import Settings
from deploy.wiring import clock

type ErrorHandlers = Mapping[type[Exception], Callable[..., Response[Any]]]


def exception_handlers(more: ErrorHandlers) -> ErrorHandlers:
    return {**problems.HANDLERS, **more}


class DevelopmentKey(RuntimeError):
    """A production start with a key that anybody may have seen."""

    def __init__(self, file: Path) -> None:
        super().__init__(
            f"{file} holds a development key: './deploy/market keys rotate', then 'keys retire'."
        )


def make_access(settings: Settings, limits: Limits | None = None) -> Access:
    keys = KeyRing(settings.public_key_file)
    if settings.production == "yes" and any(key.development for key in keys):
        raise DevelopmentKey(settings.public_key_file)
    verifier = TokenVerifier(keys)
    addresses = ClientAddress(settings.trusted_proxies, settings.proxy_hops)
    return Access(verifier, clock, limits if limits and limits.any else None, addresses)


def make_limits(settings: Settings, windows: Windows) -> Limits:
    """People are counted under hashes that only those with our secrets can make."""
    return Limits(
        windows,
        settings.edge_secret.encode(),
        per_address=settings.limit_per_address,
        per_account=settings.limit_per_account,
        per_staff=settings.limit_per_staff,
    )
