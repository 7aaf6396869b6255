"""Which limits a request falls under, and what it is answered when one is used up."""

import hashlib
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from litestar import Response

from deploy.http.edge.windows import Counted, Limit, Verdict, Windows
from deploy.http.problems import problem
from eventstore.identity import STAFF, Identity

KEY_BYTES = 15

type RawHeaders = list[tuple[bytes, bytes]]


class Limits:
    """A limit whose quota is 0 is none. `secret` keys the hashes under which people are counted."""

    def __init__(
        self,
        windows: Windows,
        secret: bytes,
        *,
        per_address: int,
        per_account: int,
        per_staff: int,
        per_key: int = 0,
    ) -> None:
        self._windows = windows
        self._secret = hashlib.blake2b(secret, digest_size=32).digest()
        self._address = Limit("address", per_address)
        self._account = Limit("account", per_account)
        self._staff = Limit("staff", per_staff)
        self._program = Limit("key", per_key)
        self.refused = 0
        self.any = bool(per_address or per_account or per_staff or per_key)

    async def check(self, address: str, identity: Identity | None) -> Verdict | None:
        """None if nothing limits this request, or nobody can say."""
        counted = self._counted(address, identity)
        if not counted:
            return None
        verdict = await self._windows.check(counted)
        if verdict is not None and not verdict.allowed:
            self.refused += 1
        return verdict

    def _counted(self, address: str, identity: Identity | None) -> Sequence[Counted]:
        asked: tuple[tuple[Limit, str], ...]
        if identity is None:
            asked = ((self._address, address),)
        elif identity.role in STAFF:
            asked = ((self._staff, str(identity)),)
        elif identity.permissions is not None:
            # A program's key, by its own: many may come from one address of a service.
            asked = ((self._program, identity.session),)
        else:
            asked = ((self._address, address), (self._account, str(identity)))
        return [Counted(limit, self._key(limit, who)) for limit, who in asked if limit.quota]

    def _key(self, limit: Limit, who: str) -> str:
        digest = hashlib.blake2b(who.encode(), key=self._secret, digest_size=KEY_BYTES)
        return f"limit:{limit.name}:{digest.hexdigest()}"

    def gauges(self) -> dict[str, float]:
        return {"limits_away": float(self._windows.away), "limits_refused": float(self.refused)}


def headers_of(verdict: Verdict) -> RawHeaders:
    """As in draft 11 of the RateLimit header fields."""
    limit = verdict.limit
    policy = f'"{limit.name}";q={limit.quota};w={limit.window_s}'
    state = f'"{limit.name}";r={verdict.left};t={verdict.reset_s}'
    return [(b"ratelimit-policy", policy.encode()), (b"ratelimit", state.encode())]


def refusal(verdict: Verdict) -> Response[Any]:
    limit = verdict.limit
    detail = (
        f"{limit.quota} requests in {limit.window_s} s are allowed by {limit.name}."
        f" Come again in {verdict.reset_s} s."
    )
    headers = {"Retry-After": str(max(1, verdict.reset_s))}
    return problem(HTTPStatus.TOO_MANY_REQUESTS, "rate-limited", detail, headers=headers)
