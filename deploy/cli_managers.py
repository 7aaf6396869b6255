"""managers: how far the process managers are, and what they could not react to."""

import argparse

import msgspec

from commands.process_managers import PROCESSES
from commands.runner import parked
from commands.runner.parked import Parked, Place
from deploy.cli_common import Failed, Subparsers, add_json, table
from deploy.cli_models import connected, nested, print_json
from projections.checkpoints import Connection

LISTED_MAX = 1000
NAMES = sorted(process.name for process in PROCESSES)


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    processes: list[Place]
    parked: list[Parked]


def add(commands: Subparsers, common: argparse.ArgumentParser) -> None:
    made = commands.add_parser(
        "managers", parents=[common], help="process managers, and events that wait for them"
    )
    actions = made.add_subparsers(dest="managers_action", metavar="ACTION", required=True)
    listed = actions.add_parser("list", parents=[nested()], help="how far each is, what is parked")
    listed.set_defaults(run=run_list)
    retried = actions.add_parser(
        "retry", parents=[nested()], help="let parked events be taken once more"
    )
    retried.add_argument("name", choices=NAMES, metavar="NAME", nargs="?", default="")
    retried.add_argument("--position", type=int, default=0, help="one event only")
    retried.set_defaults(run=run_retry)
    for one in (listed, retried):
        add_json(one)


def run_list(chosen: argparse.Namespace) -> int:
    async def work(_: str, connection: Connection) -> Seen:
        return Seen(
            processes=await parked.places(connection),
            parked=await parked.listed(connection, LISTED_MAX),
        )

    seen = connected(chosen.data, work)
    if chosen.json:
        print_json(seen)
        return 0
    rows = [(one.process, one.position, one.behind, one.parked) for one in seen.processes]
    print(table(("process", "position", "behind", "parked"), rows))
    if seen.parked:
        waits = [(one.process, one.position, one.attempts, one.problem) for one in seen.parked]
        print()
        print(table(("process", "position", "attempts", "problem"), waits))
    return 0


def run_retry(chosen: argparse.Namespace) -> int:
    async def work(_: str, connection: Connection) -> int:
        return await parked.retry(connection, chosen.name, chosen.position)

    asked = connected(chosen.data, work)
    if not asked:
        raise Failed("Nothing of that name is parked. 'managers list' shows what is.")
    if chosen.json:
        print_json({"events": asked})
    else:
        print(f"{asked} events are taken once more: 'managers list' shows what comes of it.")
    return 0
