"""What is of no use any more goes by itself; what somebody needs stays."""

from datetime import datetime, timedelta
from typing import Any

import msgspec

from commands.jobs.expire_records import expire
from commands.kept_records import RECORDS
from commands.records.passwords.hashing import Passwords
from tests.given import NOW
from tests.integration.accounts_ground import PASSWORD, Process, new_address, run
from tests.integration.test_factors import with_authenticator
from tests.integration.test_staff import invitation

DAY = timedelta(days=1)
TABLES = (
    "contacts.contact",
    "passwords.password",
    "challenges.challenge",
    "sessions.session",
    "devices.device",
    "factors.factor",
    "invitations.invitation",
)


async def kept(process: Process) -> list[int]:
    return [(await process.sql(f"SELECT count(*) FROM {table}"))[0][0] for table in TABLES]


async def expired(process: Process, turn: datetime) -> str:
    tools: Any = msgspec.defstruct("Tools", ["pool"])(process.pool)
    return await expire(tools, turn)


def test_what_was_never_confirmed_is_gone_after_a_day(dsn: str, hashed_by: Passwords) -> None:
    async def work(here: Process) -> None:
        await here.accounts.registration.begin(new_address(), PASSWORD, NOW)
        await here.accounts.resetting.begin(new_address(), NOW)
        assert await expired(here, NOW + DAY) == "nothing"
        later = NOW + DAY + timedelta(minutes=11)
        assert await expired(here, later) == "2 contacts, 1 passwords, 2 challenges"
        assert await kept(here) == [0] * len(TABLES)

    run(dsn, hashed_by, work)


def test_what_an_account_lives_by_stays_and_goes_when_it_is_over(
    dsn: str, hashed_by: Passwords
) -> None:
    async def work(here: Process) -> None:
        anna = await with_authenticator(here)
        await here.accounts.factors.begin_totp(anna.account_id, NOW)
        await invitation(here)
        assert await kept(here) == [1, 1, 1, 1, 1, 3, 1]
        await expired(here, NOW + 2 * DAY)
        assert await kept(here) == [1, 1, 0, 1, 1, 2, 0]
        await expired(here, NOW + 16 * DAY)
        assert await kept(here) == [1, 1, 0, 0, 1, 2, 0]
        await expired(here, NOW + 91 * DAY)
        assert await kept(here) == [1, 1, 0, 0, 0, 2, 0]

    run(dsn, hashed_by, work)


def test_all_of_an_account_can_be_erased(dsn: str, hashed_by: Passwords) -> None:
    """And nothing of anybody else's."""

    async def work(here: Process) -> None:
        anna, bob = await with_authenticator(here), await with_authenticator(here)
        before = await kept(here)
        async with here.pool.connection() as connection:
            for record in RECORDS:
                await record.erase(connection, anna.account_id)
        assert await kept(here) == [count // 2 for count in before]
        asked = await here.sign_in(bob.address)
        assert asked.by == "factor"

    run(dsn, hashed_by, work)
