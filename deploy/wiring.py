"""From settings to what several parts are made of: the store, connections, the outside."""

from datetime import UTC, datetime

from psycopg_pool import AsyncConnectionPool

from commands.accounts.keys import AccountKeys
from commands.accounts.tokens import undo_token
from commands.dispatch import Dispatch
from commands.outside.adapters import ADAPTERS
from commands.outside.port import Host, Outside
from commands.write_model import WriteModelFold
from deploy.settings import Settings
from eventstore.master_key import LocalMasterKey
from eventstore.store import EventStore
from eventstore.vault import Vault

MAX_IDLE_S = 30.0


def clock() -> datetime:
    """The one clock that is read; everything else is told the time."""
    return datetime.now(UTC)


def make_store(settings: Settings) -> EventStore:
    return EventStore(settings.database_url, WriteModelFold())


def make_pool(dsn: str, size: int = 4, *, checked: bool = True) -> AsyncConnectionPool:
    """A small pool that opens with the application and comes back after a lost database.

    `checked` costs a round trip for each use, and finds connections that a restart has ended.
    """
    return AsyncConnectionPool(
        dsn,
        min_size=1,
        max_size=size,
        open=False,
        timeout=2.0,
        # What a burst has opened is given back: PostgreSQL has a process for each.
        max_idle=MAX_IDLE_S,
        reconnect_timeout=0,
        check=AsyncConnectionPool.check_connection if checked else None,
        kwargs={"autocommit": True},
    )


def make_vault(settings: Settings, pool: AsyncConnectionPool) -> Vault:
    """What opens the sealed texts of persons, and seals new ones."""
    before = (settings.master_key_before,) if settings.master_key_before else ()
    return Vault(pool, LocalMasterKey(settings.master_key, *before))


def make_dispatch(settings: Settings, store: EventStore, pool: AsyncConnectionPool) -> Dispatch:
    """`pool` is what the keys of persons are read over."""
    return Dispatch(store, settings.policy, make_vault(settings, pool).seal)


def make_outsides(settings: Settings, records: AsyncConnectionPool) -> list[Outside]:
    """The providers of every port with an outside; `manual` has none."""
    keys = AccountKeys(settings.account_secret)
    host = Host(
        timeout_s=settings.provider_timeout_s,
        records=records,
        clock=clock,
        code=keys.code,
        # A notice of a change or a recovery is named by that, and by whom it goes to.
        undo=lambda change_id: undo_token(keys, change_id.partition(".")[0]),
    )
    return [
        Outside(
            provider.port,
            provider.name,
            provider.make(settings.providers[provider.name], host),
        )
        for provider in ADAPTERS
    ]
