"""Forget what providers sent once it has long been answered: it may name people and their cards."""

from datetime import datetime, timedelta

from commands.jobs.job import Daily, Job, Tools

AT_ONCE = 1000
# The row stays: a delivery that comes again is known by its id, whenever it comes.
FORGET = (
    "UPDATE webhook_inbox SET body = '' WHERE (provider, external_id) IN"
    " (SELECT provider, external_id FROM webhook_inbox"
    "  WHERE translated_at < %s AND body <> '' LIMIT %s)"
)


async def forget(tools: Tools, turn: datetime) -> str:
    until = turn - timedelta(days=tools.policy.deliveries_kept_days)
    forgotten = 0
    async with tools.pool.connection() as connection:
        while count := (await connection.execute(FORGET, [until, AT_ONCE])).rowcount:
            forgotten += count
    return f"{forgotten} deliveries"


FORGET_DELIVERIES = Job(
    name="forget-deliveries",
    about="forgets what providers sent, when it has long been answered",
    calendar=Daily(3, 17),
    run=forget,
)
