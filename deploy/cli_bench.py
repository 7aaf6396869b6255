"""bench: ours against its floor in one run, as a ratio."""

import argparse
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

from deploy.bench.catalogue import BENCHES, bench
from deploy.bench.report import page
from deploy.bench.result import Options, Result
from deploy.cli_common import Failed, Subparsers, add_json, table

ROUNDS_MIN = 1
SECONDS_MIN = 0.5


def add(commands: Subparsers, common: argparse.ArgumentParser) -> None:
    command = commands.add_parser(
        "bench",
        parents=[common],
        help="measure ours against its floor",
        description="Measures on stacks of its own below /tmp; the data folder is not touched. "
        "Let the machine be quiet.",
    )
    command.add_argument("name", choices=[*BENCHES, "all"], metavar="NAME", help=", ".join(BENCHES))
    command.add_argument("--seconds", type=float, default=5.0, metavar="S", help="a stretch (5)")
    command.add_argument("--rounds", type=int, default=3, metavar="R", help="turns (3)")
    command.add_argument(
        "--seed", type=int, default=1, metavar="N", help="of baskets and reads (1)"
    )
    command.add_argument("--big", action="store_true", help="growth up to 10^7 events")
    command.add_argument("--report", type=Path, metavar="FILE", help="write a page with charts")
    add_json(command)
    command.set_defaults(run=run_bench)


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def run_bench(chosen: argparse.Namespace) -> int:
    """The exit status is 0 when every bar is met, 2 when one is missed."""
    if chosen.rounds < ROUNDS_MIN or chosen.seconds < SECONDS_MIN:
        raise Failed(f"--rounds is at least {ROUNDS_MIN} and --seconds at least {SECONDS_MIN}")
    if chosen.report is not None and not chosen.report.resolve().parent.is_dir():
        raise Failed(f"There is no folder {chosen.report.resolve().parent} for the report.")
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _interrupted)
    options = Options(
        seconds=chosen.seconds, rounds=chosen.rounds, seed=chosen.seed, big=chosen.big
    )
    results: list[Result] = []
    for name in BENCHES if chosen.name == "all" else [chosen.name]:
        say(f"{name}:")
        results.append(_measured(name, options))
        if chosen.report is not None:
            chosen.report.write_text(page(results))
        print(_json(results[-1]) if chosen.json else _text(results[-1]), flush=True)
    return 0 if all(bar.met for result in results for bar in result.bars) else 2


def _interrupted(*_: object) -> None:
    """However it is told to end, it ends what it has started."""
    raise KeyboardInterrupt


def _measured(name: str, options: Options) -> Result:
    # Loaded only to measure: every part of the stack starts through this command line.
    from deploy.bench import environment  # noqa: PLC0415
    from deploy.bench.ground import Ground  # noqa: PLC0415

    where = environment.machine(options)
    result = bench(name)(options, say)
    return msgspec.structs.replace(result, environment=where | {"postgres": Ground.durability})


def _json(result: Result) -> str:
    return msgspec.json.encode(result).decode()


def _text(result: Result) -> str:
    floor = "" if result.floor is None else f", floor {result.floor:,.1f}, ratio {result.ratio}"
    lines = [f"{result.name}: {result.ours:,.1f} {result.unit}{floor}"]
    if result.ratio_spread is not None:
        lines.append(f"  ratio from {result.ratio_spread[0]} to {result.ratio_spread[1]}")
    for title, values in (
        ("latency ms", result.latency_ms),
        ("CPU us/op", result.cpu_us),
        ("memory MB", result.rss_mb),
    ):
        if values:
            shown = ", ".join(f"{key} {value:g}" for key, value in values.items())
            lines.append(f"  {title}: {shown}")
    return "\n".join([*lines, _bar_table(result)])


def _bar_table(result: Result) -> str:
    rows: Sequence[Sequence[object]] = [
        (
            "met" if bar.met else "MISSED",
            f"{bar.seen:g}",
            f"{'at most' if bar.at_most else 'at least'} {bar.wanted:g}",
            bar.what,
        )
        for bar in result.bars
    ]
    return table(["bar", "seen", "wanted", "of what"], rows)
