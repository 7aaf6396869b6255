"""vault: the keys under which the texts of persons are sealed."""

import argparse
import sys

from deploy.cli_common import Failed, Subparsers, add_json, settings
from deploy.cli_models import connected, nested, print_json
from deploy.wiring import make_pool, make_vault
from eventstore.master_key import MasterKeyUnknown
from eventstore.vault import Rotated
from projections.checkpoints import Connection


def add(commands: Subparsers, common: argparse.ArgumentParser) -> None:
    made = commands.add_parser("vault", parents=[common], help="keys of sealed texts of persons")
    actions = made.add_subparsers(dest="vault_action", metavar="ACTION", required=True)
    rotated = actions.add_parser(
        "rotate",
        parents=[nested()],
        help="wrap all keys with MARKET_MASTER_KEY; the one before is MARKET_MASTER_KEY_BEFORE",
    )
    rotated.set_defaults(run=run_rotate)
    add_json(rotated)


def run_rotate(chosen: argparse.Namespace) -> int:
    """May be broken off and run again: what is wrapped anew already is left alone."""
    known = settings(chosen.data)

    def report(done: int) -> None:
        print(f"{done} keys", file=sys.stderr)

    async def work(dsn: str, _: Connection) -> Rotated:
        async with make_pool(dsn) as pool:
            try:
                return await make_vault(known, pool).rotate(report)
            except MasterKeyUnknown as error:
                raise Failed(f"{error}. Give it as MARKET_MASTER_KEY_BEFORE.") from error

    done = connected(chosen.data, work)
    if chosen.json:
        print_json(done)
    elif done.left:
        print(f"{done.done} keys are wrapped anew, {done.left} were in use: run it again.")
    else:
        print(f"{done.done} keys are wrapped with the new master key; the one before can go.")
    return 1 if done.left else 0
