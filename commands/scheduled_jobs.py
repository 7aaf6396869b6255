"""All jobs that come again by the calendar, a line each."""

from commands.jobs.expire_records import EXPIRE_RECORDS
from commands.jobs.forget_deliveries import FORGET_DELIVERIES
from commands.jobs.job import Job
from commands.jobs.recheck_sellers import RECHECK_SELLERS

JOBS: tuple[Job, ...] = (FORGET_DELIVERIES, EXPIRE_RECORDS, RECHECK_SELLERS)
