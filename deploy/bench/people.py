"""Accounts with sessions, for benchmarks: over a log of their own, without mail or limits."""

import secrets
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from commands.accounts.ceremonies import RelyingParty
from commands.accounts.desk import Accounts, make_accounts
from commands.accounts.keys import AccountKeys
from commands.accounts.lifetimes import Shown
from commands.accounts.means import Means, cause, theirs
from commands.accounts.sessions import Granted
from commands.command import Policy
from commands.dispatch import Dispatch
from commands.records.passwords.hashing import Passwords
from commands.streams.account.messages import RegisterAccount
from commands.write_model import WriteModelFold
from deploy.accounts import issuer, new_id
from deploy.http.edge.gate import OpenGate
from deploy.http.keys import make_keys
from deploy.priority import yield_to_others
from deploy.wiring import make_pool
from eventstore.events.account import account_stream
from eventstore.master_key import LocalMasterKey
from eventstore.store import EventStore
from eventstore.vault import Vault

SECRET = "bench"  # noqa: S105 - of the bench


class People(msgspec.Struct, frozen=True):
    """`pool` is what their records are in."""

    accounts: Accounts
    dispatch: Dispatch
    pool: Any

    async def signed_in(self) -> Granted:
        """Somebody new, with a session."""
        account_id, now = new_id(), datetime.now(UTC)
        command = RegisterAccount(
            account_id=account_id,
            contact=account_id,
            contact_id=account_id,
            channel="email",
            **theirs(account_id, now),
        )
        await self.dispatch(command, cause(f"bench/{account_id}", account_stream(account_id)))
        shown = Shown(
            account_id=account_id,
            credentials=1,
            method="code",
            device_id="",
            address="127.0.0.1",
        )
        return await self.accounts.sessions.start(shown, "buyer", now)


@asynccontextmanager
async def people(dsn: str, folder: Path, size: int) -> AsyncGenerator[People]:
    """`folder` is where the key that signs tokens is put; `size` of the pool."""
    private, public = folder / "private.pem", folder / "public.pem"
    make_keys(private, public)
    store = EventStore(dsn, WriteModelFold())
    await store.start()
    keys = AccountKeys(SECRET)
    try:
        async with make_pool(dsn, size, checked=False) as pool:
            vault = Vault(pool, LocalMasterKey(SECRET))
            dispatch = Dispatch(store, Policy(), vault.seal)
            means = Means(
                records=pool,
                dispatch=dispatch,
                keys=keys,
                hashing=Passwords(keys.pepper, workers=1, begin=yield_to_others),
                vault=vault,
                gate=OpenGate(),
                issue=issuer(private),
                mail_by="smtp",
                relying_party=RelyingParty(domain="", origins=()),
                draw=secrets.token_bytes,
                new_id=new_id,
            )
            yield People(make_accounts(means), dispatch, pool)
    finally:
        await store.stop()
