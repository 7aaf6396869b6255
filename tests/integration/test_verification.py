"""A seller says who they are: kept in a row, named in the log by an id, asked about again later."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from commands.accounts.refusals import RequisiteInvalid
from commands.command import Actor, Policy
from commands.jobs.job import Tools
from commands.jobs.recheck_sellers import STALE, recheck
from commands.records.passwords.hashing import Passwords
from commands.records.requisites.queries import Details
from commands.refusals import NotYours
from commands.streams.seller_verification.messages import RecordSellerCheck
from commands.streams.seller_verification.refusals import CheckUnderWay, DetailsUnknown
from eventstore.events.seller_verification import SellerCheckRequested
from tests.given import NOW, OPERATOR, at
from tests.integration.accounts_ground import Process, run
from tests.integration.test_members import seller
from tests.integration.test_staff import sent
from tests.unit.test_requisites import ACCOUNT, COMPANY

ANNA = Actor("seller", "anna")
DETAILS = msgspec.structs.replace(
    COMPANY, details_id="", seller_id="anna", bank_account=ACCOUNT, name="Vanishing Ltd"
)


async def submitted(here: Process, details: Details = DETAILS, now: Any = NOW) -> str:
    return await here.accounts.verifying.submit(details, now, by=ANNA)


async def recorded(here: Process, check_id: str, found: Any = "active") -> None:
    command: Any = RecordSellerCheck(
        seller_id="anna",
        check_id=check_id,
        found=found,
        reason="" if found == "active" else "liquidated",
        evidence="e" * 64,
        **at(Actor("system", "dadata")),
    )
    await sent(here, command, f"record-{check_id}")


def tools(here: Process, now: Any) -> Tools:
    dispatch: Any = here.accounts.verifying._means.dispatch
    return Tools(pool=here.pool, dispatch=dispatch, outsides=(), policy=Policy(), clock=lambda: now)


def test_what_is_said_is_seen_and_its_outcome(dsn: str, hashed_by: Passwords) -> None:
    async def work(here: Process) -> None:
        await seller(here)
        verifying = here.accounts.verifying
        with pytest.raises(DetailsUnknown):
            await verifying.seen("anna")
        check_id = await submitted(here)
        assert (await verifying.seen("anna")).asking
        with pytest.raises(CheckUnderWay):
            await submitted(here)
        with pytest.raises(CheckUnderWay):
            await verifying.check("anna", NOW, by=OPERATOR)
        await recorded(here, check_id)
        seen = await verifying.seen("anna")
        assert (seen.asking, seen.found, seen.details.inn) == (False, "active", COMPANY.inn)

    run(dsn, hashed_by, work)


def test_a_wrong_number_leaves_nothing_and_nobody_speaks_for_another(
    dsn: str, hashed_by: Passwords
) -> None:
    async def work(here: Process) -> None:
        await seller(here)
        await seller(here, "olga")
        wrong = msgspec.structs.replace(DETAILS, inn="7707083894")
        with pytest.raises(RequisiteInvalid):
            await submitted(here, wrong)
        with pytest.raises(NotYours):
            await submitted(here, msgspec.structs.replace(DETAILS, seller_id="olga"))
        assert await here.sql("SELECT count(*) FROM requisites.details WHERE inn <> %s", "x") == [
            (1,)  # Of olga's, which the log did not take: it goes by itself.
        ]
        later = NOW + timedelta(days=2)
        assert "1 requisites" in await _expired(here, later)

    run(dsn, hashed_by, work)


async def _expired(here: Process, now: Any) -> str:
    from commands.jobs.expire_records import expire  # noqa: PLC0415

    return await expire(tools(here, now), now)


def test_no_number_of_theirs_is_in_the_log(dsn: str, hashed_by: Passwords) -> None:
    async def work(here: Process) -> None:
        await seller(here)
        await recorded(here, await submitted(here))
        kept: list[Any] = await here.sql("SELECT originator_id, state FROM stored_events")
        kept += await here.sql("SELECT command_id, answer FROM command_log")
        text = " ".join(
            str(bytes(v) if isinstance(v, memoryview) else v) for row in kept for v in row
        )
        for told in (COMPANY.inn, COMPANY.ogrn, COMPANY.kpp, ACCOUNT, "Vanishing"):
            assert told not in text

    run(dsn, hashed_by, work)


def test_who_was_not_asked_about_for_a_month_is_asked_about_again(
    dsn: str, hashed_by: Passwords
) -> None:
    async def work(here: Process) -> None:
        for name in ("anna", "olga"):
            await seller(here, name)
        await recorded(here, await submitted(here))
        # Of events the log keeps when they were recorded.
        ((recorded_at,),) = await here.sql(
            "SELECT max((convert_from(state, 'UTF8')::jsonb ->> 'recorded_at')::timestamptz)"
            " FROM stored_events"
        )
        early, due = recorded_at + STALE, recorded_at + STALE + timedelta(seconds=1)
        assert await recheck(tools(here, early), early) == "0 sellers"
        assert await recheck(tools(here, due), due) == "1 sellers"
        assert await recheck(tools(here, due), due) == "0 sellers"  # It is under way.
        asked = [one for one in await here.events() if isinstance(one, SellerCheckRequested)]
        assert [one.seller_id for one in asked] == ["anna"]

    run(dsn, hashed_by, work)
