"""project: run the projectors, rebuild and verify read models, see to what is parked."""

import argparse
import re
from collections.abc import Callable
from typing import Any

import msgspec

from deploy import background
from deploy.cli_common import Failed, Subparsers, add_json, settings, table
from deploy.cli_models import Shown, connected, models_named, nested, print_json
from deploy.cli_parked import add_parked
from deploy.cli_stack import run_own
from deploy.cli_status import overview_table
from deploy.parts import projectors
from deploy.wiring import clock
from projections import control
from projections.checkpoints import Connection
from projections.model import Model
from projections.read_models import NAMES, SHARED, VERSIONS
from projections.rebuilding.compare import Comparison
from projections.rebuilding.rebuild import RATE, Rebuild, Rebuilt
from projections.rebuilding.verify import Verified, Verify
from projections.running.parts import PARTS_MAX, split

DIFFERENT = 2


def add(commands: Subparsers, common: argparse.ArgumentParser) -> None:
    project = commands.add_parser(
        "project",
        parents=[common],
        help="run the projectors, rebuild, verify and repair read models",
        description="Without an action: run the projectors of all read models.",
    )
    project.set_defaults(run=run_projectors)
    project.add_argument("--only", choices=SHARED, metavar="NAME", help="a part of one read model")
    project.add_argument("--part", metavar="I/N", help="which part of how many, such as 0/2")
    actions = project.add_subparsers(dest="action", metavar="ACTION")
    names = f"one of {', '.join(NAMES)}, or all"

    def action(name: str, text: str, run: Callable[[argparse.Namespace], int]) -> Any:
        made = actions.add_parser(name, parents=[nested()], help=text, description=text)
        made.set_defaults(run=run)
        return made

    listed = action("list", "read models, where they are and what holds them", run_list)
    add_json(listed)
    again = action("rebuild", "build anew beside the live one, compare, swap", run_rebuild)
    again.add_argument("name", choices=[*NAMES, "all"], metavar="NAME", help=names)
    again.add_argument("--dry-run", action="store_true", help="compare, and do not swap")
    again.add_argument("--anew", action="store_true", help="do not go on with an earlier copy")
    again.add_argument(
        "--rate", type=int, default=RATE, metavar="N", help=f"events a second ({RATE}; 0: no limit)"
    )
    add_json(again)
    checked = action("verify", "compare with the log, build nothing", run_verify)
    checked.add_argument("name", choices=[*NAMES, "all"], metavar="NAME", help=names)
    add_json(checked)
    for name, text in (("pause", "hold a read model"), ("resume", "let it go on")):
        held = action(name, text, run_hold)
        held.add_argument("name", choices=NAMES, metavar="NAME", help=names)
    divided = action("split", "divide a read model among N processes (1: whole again)", run_split)
    divided.add_argument("name", choices=SHARED, metavar="NAME", help=f"one of {', '.join(SHARED)}")
    divided.add_argument("parts", type=int, metavar="N")
    add_parked(actions.add_parser("parked", parents=[nested()], help="what could not be applied"))


def run_projectors(chosen: argparse.Namespace) -> int:
    if chosen.only is None and chosen.part is None:
        return run_own(chosen)
    part, parts = _part(chosen)
    known = settings(chosen.data)
    background.run(lambda: projectors.work_on_part(known, chosen.only, part, parts))
    return 0


def _part(chosen: argparse.Namespace) -> tuple[int, int]:
    found = re.fullmatch(r"(\d{1,3})/(\d{1,3})", chosen.part or "")
    if chosen.only is None or found is None:
        raise Failed("A part needs both: --only NAME --part I/N, such as --only audit --part 0/2")
    part, parts = int(found[1]), int(found[2])
    if not part < parts <= PARTS_MAX:
        raise Failed(f"--part I/N: I counts from 0 to N-1, N is at most {PARTS_MAX}")
    return part, parts


def run_split(chosen: argparse.Namespace) -> int:
    if not 1 <= chosen.parts <= PARTS_MAX:
        raise Failed(f"N must be from 1 to {PARTS_MAX}")

    async def work(_: str, connection: Connection) -> int:
        (model,) = models_named(chosen.data, chosen.name)
        return await split(connection, model, chosen.parts)

    position = connected(chosen.data, work)
    if chosen.parts == 1:
        print(f"{chosen.name} is whole at position {position}: the projectors take it up again.")
    else:
        print(f"{chosen.name} is divided in {chosen.parts} at position {position}. Start each:")
        for part in range(chosen.parts):
            print(f"  ./deploy/market project --only {chosen.name} --part {part}/{chosen.parts}")
    return 0


def run_list(chosen: argparse.Namespace) -> int:
    async def work(_: str, connection: Connection) -> control.Overview:
        return await control.overview(connection, clock(), VERSIONS, control.SAMPLE_S)

    seen = connected(chosen.data, work)
    if chosen.json:
        print_json(seen)
    else:
        print(overview_table(seen.models))
    return 0


def run_rebuild(chosen: argparse.Namespace) -> int:
    if chosen.rate < 0:
        raise Failed("--rate must be 0 (no limit) or more events a second")
    dsn = settings(chosen.data).database_url

    async def one(model: Model) -> tuple[Rebuilt, float]:
        shown = Shown(model.name)
        rebuild = Rebuild(dsn, model, shown, chosen.rate)
        done = await rebuild.run(dry_run=chosen.dry_run, anew=chosen.anew)
        return done, shown.done()

    async def work(_: str, __: Connection) -> list[dict[str, Any]]:
        results: list[dict[str, Any]] = []
        for model in models_named(chosen.data, chosen.name):
            done, seconds = await one(model)
            results.append(msgspec.to_builtins(done) | {"seconds": seconds})
            if not chosen.json:
                _say_rebuilt(done, seconds)
        return results

    results = connected(chosen.data, work)
    if chosen.json:
        print_json(results)
    return 0


def _say_rebuilt(done: Rebuilt, seconds: float) -> None:
    what = "swapped" if done.swapped else "not swapped (dry run)"
    print(f"{done.name} version {done.version}, position {done.position:,}: {what}, {seconds} s")
    if done.parked:
        print(f"  {done.parked} events could not be applied: see 'project parked list'")
    if done.comparison is None:
        print("  not compared: the live rows were made by another version")
    else:
        say_comparison(done.comparison)


def say_comparison(found: Comparison) -> None:
    rows = [(t.table, t.live_rows, t.log_rows, t.buckets, t.differing) for t in found.tables]
    print(table(("  table", "live rows", "by the log", "buckets", "differing"), rows))
    for difference in found.differences:
        live, log = difference.live, difference.log
        print(f"  {difference.table} {difference.key}: live {_row(live)}, by the log {_row(log)}")
    if found.different > len(found.differences):
        print(f"  and {found.different - len(found.differences)} more")


def _row(row: dict[str, object] | None) -> str:
    if row is None:
        return "no row"
    return ", ".join(f"{column}={value}" for column, value in row.items())


def run_verify(chosen: argparse.Namespace) -> int:
    """Exit status 2 when a row differs."""
    dsn = settings(chosen.data).database_url

    async def work(_: str, __: Connection) -> list[Verified]:
        found: list[Verified] = []
        for model in models_named(chosen.data, chosen.name):
            shown = Shown(model.name)
            found.append(await Verify(dsn, model, shown).run())
            shown.done()
            if not chosen.json:
                _say_verified(found[-1])
        return found

    found = connected(chosen.data, work)
    if chosen.json:
        print_json(found)
    return DIFFERENT if any(verified.comparison.different for verified in found) else 0


def _say_verified(found: Verified) -> None:
    different = found.comparison.different
    verdict = "equals the log" if not different else f"{different} rows differ from the log"
    print(
        f"{found.name} version {found.version}, position {found.comparison.position:,}: {verdict}"
    )
    if different:
        say_comparison(found.comparison)
        print(f"  mend it with: ./deploy/market project rebuild {found.name}")
    if found.unapplied:
        print(f"  events that cannot be applied: {found.unapplied[:20]}")


def run_hold(chosen: argparse.Namespace) -> int:
    paused = chosen.action == "pause"

    async def work(_: str, connection: Connection) -> None:
        await control.hold(connection, chosen.name, paused=paused)

    connected(chosen.data, work)
    print(f"{chosen.name} {'is paused' if paused else 'goes on'}.")
    return 0
