"""project parked: what read models could not apply."""

import argparse
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from deploy.cli_common import Failed, add_json, table
from deploy.cli_models import connected, models_named, nested, print_json
from projections import control
from projections.checkpoints import Connection
from projections.read_models import NAMES
from projections.running import parking
from projections.running.parking import Parked

LEFT = 2


def add_parked(parked: argparse.ArgumentParser) -> None:
    add_json(parked)
    parked.set_defaults(name=None, stream=None, run=run_parked_list)
    actions = parked.add_subparsers(dest="parked_action", metavar="ACTION")

    def action(name: str, text: str, run: Callable[[argparse.Namespace], int]) -> Any:
        made = actions.add_parser(name, parents=[nested()], help=text, description=text)
        made.set_defaults(run=run)
        add_json(made)
        return made

    listed = action("list", "what waits, in order", run_parked_list)
    listed.add_argument("--name", choices=NAMES, metavar="NAME", help="of one read model")
    listed.add_argument("--stream", help="of one stream, such as order-ID")
    shown = action("show", "one parked event with its payload", run_parked_show)
    retried = action("retry", "drive parked events in again, in order", run_parked_retry)
    retried.add_argument("--stream", help="of one stream only")
    dropped = action("drop", "give an event up for a read model", run_parked_drop)
    for made in (shown, retried, dropped):
        made.add_argument("name", choices=NAMES, metavar="NAME")
    for made in (shown, dropped):
        made.add_argument("position", type=int, metavar="POSITION")
    dropped.add_argument("--reason", required=True, help="kept with the event")


def run_parked_list(chosen: argparse.Namespace) -> int:
    async def work(_: str, connection: Connection) -> Sequence[Parked]:
        return await parking.listed(connection, chosen.name, chosen.stream)

    found = connected(chosen.data, work)
    if chosen.json:
        print_json(found)
        return 0
    if not found:
        print("Nothing is parked.")
        return 0
    rows = [(p.name, p.position, p.key, p.event, p.attempts, p.error or "waits") for p in found]
    print(table(("read model", "position", "key", "event", "attempts", "error"), rows))
    return 0


def run_parked_show(chosen: argparse.Namespace) -> int:
    async def work(_: str, connection: Connection) -> Parked:
        return await parking.one(connection, chosen.name, chosen.position)

    found = connected(chosen.data, work)
    if chosen.json:
        print_json(found)
        return 0
    for field, value in msgspec.structs.asdict(found).items():
        print(f"{field:>10}  {value}")
    return 0


def run_parked_retry(chosen: argparse.Namespace) -> int:
    async def work(_: str, connection: Connection) -> control.Retried:
        (model,) = models_named(chosen.data, chosen.name)
        return await control.retry(connection, model, chosen.stream)

    done = connected(chosen.data, work)
    if chosen.json:
        print_json(done)
    else:
        print(f"{done.name}: {done.applied} applied, {done.left} still parked")
    return LEFT if done.left else 0


def run_parked_drop(chosen: argparse.Namespace) -> int:
    if not chosen.reason.strip():
        raise Failed("--reason must say why the event is given up")

    async def work(_: str, connection: Connection) -> None:
        await parking.drop(connection, chosen.name, chosen.position, chosen.reason.strip())

    connected(chosen.data, work)
    if chosen.json:
        print_json({"name": chosen.name, "position": chosen.position, "dropped": True})
    else:
        print(
            f"Position {chosen.position} is dropped for {chosen.name}. What waited for it goes in"
        )
        print(f"with: ./deploy/market project parked retry {chosen.name}")
    return 0
