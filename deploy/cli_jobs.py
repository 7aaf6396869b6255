"""jobs: what comes again by the calendar, and when it last did."""

import argparse

from commands.jobs.job import Calendar, Daily
from commands.runner import scheduler
from commands.runner.scheduler import Known
from commands.scheduled_jobs import JOBS
from deploy.cli_common import Failed, Subparsers, add_json, table
from deploy.cli_models import connected, nested, print_json
from projections.checkpoints import Connection

DAYS = ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays")


def add(commands: Subparsers, common: argparse.ArgumentParser) -> None:
    made = commands.add_parser(
        "jobs", parents=[common], help="nightly and weekly work, and when it was last done"
    )
    actions = made.add_subparsers(dest="jobs_action", metavar="ACTION", required=True)
    listed = actions.add_parser(
        "list", parents=[nested()], help="what there is and last came of it"
    )
    listed.set_defaults(run=run_list)
    asked = actions.add_parser("run", parents=[nested()], help="let one run now, out of its turn")
    asked.add_argument("name", choices=sorted(job.name for job in JOBS), metavar="NAME")
    asked.set_defaults(run=run_now)
    for one in (listed, asked):
        add_json(one)


def when(calendar: Calendar) -> str:
    at = f"{calendar.hour:02}:{calendar.minute:02} UTC"
    return f"daily {at}" if isinstance(calendar, Daily) else f"{DAYS[calendar.weekday]} {at}"


def run_list(chosen: argparse.Namespace) -> int:
    async def work(_: str, connection: Connection) -> list[Known]:
        return await scheduler.listed(connection, JOBS)

    known = connected(chosen.data, work)
    if chosen.json:
        print_json(known)
        return 0
    rows = [
        (
            *(job.name, when(job.calendar)),
            f"{one.turn:%Y-%m-%d %H:%M}" if one.turn else "never",
            one.problem or one.said,
            job.about,
        )
        for job, one in zip(JOBS, known, strict=True)
    ]
    print(table(("job", "when", "last turn", "result", "about"), rows))
    return 0


def run_now(chosen: argparse.Namespace) -> int:
    async def work(_: str, connection: Connection) -> bool:
        return await scheduler.want(connection, chosen.name)

    if not connected(chosen.data, work):
        raise Failed("The processes have not yet seen this job: start them, then ask again.")
    if chosen.json:
        print_json({"job": chosen.name, "asked": True})
    else:
        print(f"{chosen.name} runs as soon as the processes see it: 'jobs list' shows the result.")
    return 0
