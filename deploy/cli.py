"""The command line. `./deploy/market --help` lists it."""

import argparse
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from importlib import import_module
from pathlib import Path

from deploy.cli_common import Failed

# The module of each command, so that none loads what the others need: a machine may be busy.
MODULES: Mapping[str, tuple[str, ...]] = {
    "stack": ("up", "down", "logs", "serve", "relay", "processes", "work", "migrate"),
    "status": ("status",),
    "project": ("project",),
    "restored": ("restored",),
    "log": ("replay", "ledger", "audit", "import"),
    "owed": ("owed", "refund"),
    "managers": ("managers",),
    "jobs": ("jobs",),
    "token": ("token",),
    "keys": ("keys",),
    "vault": ("vault",),
    "letters": ("letters",),
    "account": ("account",),
    "routes": ("routes",),
    "asvs": ("asvs",),
    "settings": ("settings",),
    "bench": ("bench",),
    "quality": ("check", "test"),
}

EPILOG = """
examples:
  ./deploy/market up --demo                 start everything, play a marketplace day
  ./deploy/market up --detach; ./deploy/market status; ./deploy/market down
  ./deploy/market token --role operator --subject me
  ./deploy/market import olist DIR --json
  ./deploy/market test
"""


def parser(modules: Iterable[str] = MODULES) -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(
        prog="market",
        description="An event-sourced transaction backend for multi-vendor marketplaces.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "--data",
        type=Path,
        default=Path(os.environ.get("MARKET_DATA") or _default_data()),
        metavar="DIR",
        help="data folder (MARKET_DATA; default: .market beside the project)",
    )
    commands = made.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name in modules:
        import_module(f"deploy.cli_{name}").add(commands, common)
    return made


def _default_data() -> Path:
    return Path(__file__).resolve().parent.parent / ".market"


def main(arguments: Sequence[str] | None = None) -> int:
    words = sys.argv[1:] if arguments is None else list(arguments)
    wanted = [name for name, commands in MODULES.items() if words[:1] and words[0] in commands]
    chosen = parser(wanted or MODULES).parse_args(words)
    chosen.data = chosen.data.expanduser().resolve()
    try:
        return int(chosen.run(chosen) or 0)
    except Failed as failure:
        print(f"market: {failure}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        return 0
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
