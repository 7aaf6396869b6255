"""Ask the registers again of whom was not asked about for long: what was true may have ended."""

from datetime import datetime, timedelta

from commands.command import Actor
from commands.dispatch import Cause
from commands.jobs.job import Daily, Job, Tools
from commands.records.requisites import queries as requisites
from commands.streams.seller_verification.messages import RequestSellerCheck
from eventstore.errors import Refused
from eventstore.events.seller_verification import seller_verification_stream

STALE = timedelta(days=30)
AT_ONCE = 500
NAME = "recheck-sellers"


async def recheck(tools: Tools, turn: datetime) -> str:
    async with tools.pool.connection() as connection:
        sellers = await requisites.stale(connection, turn - STALE, AT_ONCE)
    asked = 0
    for seller_id in sellers:
        asked += await _asked(tools, seller_id, turn)
    return f"{asked} sellers"


async def _asked(tools: Tools, seller_id: str, turn: datetime) -> bool:
    """Whether the log took it: somebody else may have asked meanwhile."""
    now = tools.clock()
    source = f"{NAME}/{seller_id}/{turn.isoformat()}"
    command = RequestSellerCheck(
        seller_id=seller_id,
        check_id=f"~{source}",
        by=Actor("system", NAME),
        now=now,
        occurred_at=now,
    )
    stream = seller_verification_stream(seller_id)
    cause = Cause(command_id=source, correlation_id=stream, causation_id=source)
    try:
        await tools.dispatch(command, cause)
    except Refused:
        return False
    return True


RECHECK_SELLERS = Job(
    name=NAME,
    about="asks the tax registers again of sellers who were not asked about for a month",
    calendar=Daily(4, 11),
    run=recheck,
)
