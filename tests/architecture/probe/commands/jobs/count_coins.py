"""Counts the coins outside, each week."""

from datetime import datetime

from commands.jobs.job import Job, Tools, Weekly


async def count(tools: Tools, _: datetime) -> str:
    (coins,) = (one for one in tools.outsides if one.provider == "coins")
    return f"{await coins.adapter.counted()} coins"


COUNT_COINS = Job(name="count-coins", about="counts coins", calendar=Weekly(0, 4), run=count)
