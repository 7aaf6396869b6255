"""Who an API key speaks for: looked up once in a while, and refused within a second of its end.

A key that is good is remembered for five minutes. Its end is followed in the log, as that of any
session (`revocations`), which remembers one for longer than that.
"""

import hashlib
from datetime import datetime, timedelta
from typing import Any

import msgspec
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from commands.accounts import key_texts
from commands.accounts.keys import AccountKeys
from commands.records.api_keys import queries
from deploy.http.tokens import TokenInvalid
from eventstore.identity import Identity

KEPT_FOR = timedelta(minutes=5)
KEPT_MAX = 10_000
BEARER = f"bearer {key_texts.PREFIX}"

type Pool = AsyncConnectionPool[AsyncConnection[tuple[Any, ...]]]


class Kept(msgspec.Struct, frozen=True, gc=False):
    identity: Identity
    until: datetime


class ApiKeys:
    def __init__(self, keys: AccountKeys, pool: Pool) -> None:
        self._keys = keys
        self._pool = pool
        self._kept: dict[bytes, Kept] = {}

    def is_one(self, authorization: str | None) -> bool:
        """Whether it looks like one. Any other header is a token's."""
        return authorization is not None and authorization[: len(BEARER)].lower() == BEARER

    async def identity(self, authorization: str, now: datetime) -> Identity:
        """Raises `TokenInvalid`, the same for every reason."""
        text = authorization[len(BEARER) - len(key_texts.PREFIX) :]
        digest = hashlib.blake2b(text.encode(), digest_size=32).digest()
        kept = self._kept.get(digest)
        if kept is None or now >= kept.until:
            kept = await self._looked_up(text, now)
            if len(self._kept) >= KEPT_MAX:
                self._kept.clear()
            self._kept[digest] = kept
        return kept.identity

    async def _looked_up(self, text: str, now: datetime) -> Kept:
        if not key_texts.is_ours(self._keys, text):
            raise TokenInvalid("The API key is not valid.")
        async with self._pool.connection() as connection:
            found = await queries.good(connection, key_texts.hash_of(text), now)
            if found is None:
                raise TokenInvalid("The API key is not valid.")
            await queries.used(connection, found.key_id, now)
        identity = Identity(
            subject=found.seller_id,
            roles=("seller",),
            account=found.account_id,
            session=found.key_id,
            surface="seller",
            member=found.member,
            permissions=frozenset(found.permissions),
        )
        return Kept(identity, min(now + KEPT_FOR, found.expires_at))
