"""Remove what is kept of persons and is of no use any more: never confirmed, spent, too old."""

from datetime import datetime

from commands.jobs.job import Daily, Job, Tools
from commands.kept_records import RECORDS


async def expire(tools: Tools, turn: datetime) -> str:
    """By the time of the turn, so that one that is run late removes no more."""
    async with tools.pool.connection() as connection:
        counts = [(one.name, await one.expire(connection, turn)) for one in RECORDS if one.expire]
    return ", ".join(f"{count} {name}" for name, count in counts if count) or "nothing"


EXPIRE_RECORDS = Job(
    name="expire-records",
    about="removes what is kept of persons and is of no use any more",
    calendar=Daily(3, 41),
    run=expire,
)
