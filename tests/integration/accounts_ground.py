"""Accounts for tests: any number of processes over one log, and a reader of everybody's mail."""

import asyncio
import itertools
import os
import secrets
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

import msgspec

from commands.accounts.asking import Asking
from commands.accounts.ceremonies import RelyingParty
from commands.accounts.desk import Accounts, make_accounts
from commands.accounts.gate import Gate, Origin
from commands.accounts.keys import AccountKeys
from commands.accounts.means import Bearer, Elsewhere, Means
from commands.accounts.sessions import Granted
from commands.accounts.texting import Budgets, Texting
from commands.dispatch import Dispatch
from commands.records.passwords.hashing import Passwords
from commands.write_model import WriteModelFold
from deploy.accounts import grantable
from deploy.http.edge.gate import OpenGate
from deploy.wiring import make_pool
from eventstore import reader
from eventstore.events.notice import NoticeRequested
from eventstore.master_key import LocalMasterKey
from eventstore.store import EventStore
from eventstore.vault import Vault
from tests.given import NOW, POLICY

SECRET = "throw-away"
KEYS = AccountKeys(SECRET)
PASSWORD = "korrekte-pferde-batterie"
OTHER_PASSWORD = "vier-bunte-laternen-77"
COST = 4
ORIGIN = "https://shop.example"
MINUTE = timedelta(minutes=1)
WITHIN_S = 120.0
HERE = Origin(address="203.0.113.7")
NOWHERE_ELSE = Elsewhere()
NUMBERS = itertools.count(1)


def quietly() -> None:
    """Hashing for tests yields to nobody."""


def hashing() -> Passwords:
    """Cheap, and the same for all tests of a module."""
    return Passwords(
        KEYS.pepper, workers=os.cpu_count() or 1, begin=quietly, cost=COST, queue_max=500
    )


def issued(bearer: Bearer, now: datetime) -> str:
    acts = f"{bearer.surface}:{'+'.join(bearer.roles)}"
    if bearer.member:
        acts += f":{bearer.subject}:{bearer.member}"
    return f"{bearer.account_id}|{bearer.session_id}|{acts}|{now.isoformat()}|{bearer.factor_at}"


def new_address() -> str:
    return f"anna{next(NUMBERS)}@example.org"


def new_number() -> str:
    return f"+7916{next(NUMBERS):07}"


class Process(msgspec.Struct, frozen=True):
    """One of several that serve the same people."""

    accounts: Accounts
    pool: Any
    store: EventStore

    async def registered(self, address: str, now: datetime = NOW, password: str = PASSWORD) -> Any:
        """A new account's session."""
        asked = await self.accounts.registration.begin(address, password, now)
        challenge = await self.accounts.registration.confirm(
            asked.challenge_id, code_of(asked), now
        )
        return await self.accounts.signing_in.let_in(challenge, "code", HERE, now)

    async def sign_in(
        self,
        address: str,
        now: datetime = NOW,
        password: str = PASSWORD,
        device: str = "",
        origin: Origin = HERE,
    ) -> Any:
        asking = Asking(address=address, password=password, device_token=device)
        return await self.accounts.signing_in.begin(asking, origin, now)

    async def refresh(self, token: str, now: datetime = NOW) -> Granted:
        return await self.accounts.sessions.refresh(token, now)

    async def sql(self, query: str, *parameters: object) -> list[Any]:
        async with self.pool.connection() as connection:
            cursor = await connection.execute(query, parameters)
            return list(await cursor.fetchall()) if cursor.description else []

    async def events(self) -> list[Any]:
        async with self.pool.connection() as connection:
            return [recorded.event async for recorded in reader.replay(connection)]

    async def told(self) -> list[str]:
        """The templates of all notices so far, in order."""
        return [
            event.template for event in await self.events() if isinstance(event, NoticeRequested)
        ]


def code_of(asked: Any, sent: int = 1) -> str:
    """What the letter says."""
    return KEYS.code(f"{asked.challenge_id}.{sent}")


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


@asynccontextmanager
async def process(
    dsn: str,
    hashed_by: Passwords,
    gate: Gate | None = None,
    elsewhere: Elsewhere = NOWHERE_ELSE,
    texting: Texting | None = None,
) -> AsyncIterator[Process]:
    store = EventStore(dsn, WriteModelFold())
    await store.start()
    try:
        async with make_pool(dsn, 8) as pool:
            vault = Vault(pool, LocalMasterKey("m1"))
            means = Means(
                records=pool,
                dispatch=Dispatch(store, POLICY, vault.seal),
                keys=KEYS,
                hashing=hashed_by,
                vault=vault,
                gate=gate or OpenGate(),
                issue=issued,
                mail_by="smtp",
                relying_party=RelyingParty(domain="shop.example", origins=[ORIGIN]),
                draw=secrets.token_bytes,
                new_id=lambda: f"~{uuid.uuid4()}",
                elsewhere=elsewhere,
                texting=texting or Texting("smsc", Budgets(countries=frozenset({"RU", "KZ"}))),
                grantable=grantable,
            )
            accounts = make_accounts(means)
            yield Process(accounts, pool, store)
    finally:
        await store.stop()


def run(
    dsn: str,
    hashed_by: Passwords,
    work: Callable[..., Awaitable[None]],
    many: int = 1,
    gate: Gate | None = None,
    within_s: float = WITHIN_S,
    elsewhere: Elsewhere = NOWHERE_ELSE,
    texting: Texting | None = None,
) -> None:
    """`work` with so many processes."""

    async def main() -> None:
        async with asyncio.timeout(within_s), AsyncExitStack() as stack:
            processes = [
                await stack.enter_async_context(process(dsn, hashed_by, gate, elsewhere, texting))
                for _ in range(many)
            ]
            await work(*processes)

    asyncio.run(main())
