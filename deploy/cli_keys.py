"""keys: what bearer tokens are signed with, and what still verifies them."""

import argparse
from pathlib import Path

from deploy.cli_common import Failed, Subparsers, add_json, settings, table
from deploy.cli_models import nested, print_json
from deploy.http import keys
from deploy.http.keys import LiveKey

COLUMNS = ("kid", "algorithm", "use", "kind")


def add(commands: Subparsers, common: argparse.ArgumentParser) -> None:
    made = commands.add_parser("keys", parents=[common], help="the keys of bearer tokens")
    actions = made.add_subparsers(dest="keys_action", metavar="ACTION", required=True)
    listed = actions.add_parser("list", parents=[nested()], help="the live keys, the signing first")
    listed.set_defaults(run=run_list)
    rotated = actions.add_parser(
        "rotate", parents=[nested()], help="sign with a new key; the last one stays live"
    )
    rotated.add_argument(
        "--development", action="store_true", help="mark it as one that production refuses"
    )
    rotated.set_defaults(run=run_rotate)
    retired = actions.add_parser(
        "retire", parents=[nested()], help="refuse what any but the signing key has signed"
    )
    retired.set_defaults(run=run_retire)
    for one in (listed, rotated, retired):
        add_json(one)


def run_list(chosen: argparse.Namespace) -> int:
    return _show(chosen, keys.live_keys(_public(chosen).read_text()))


def run_rotate(chosen: argparse.Namespace) -> int:
    live = keys.rotate(_private(chosen), _public(chosen), development=chosen.development)
    return _show(chosen, live)


def run_retire(chosen: argparse.Namespace) -> int:
    return _show(chosen, keys.retire(_private(chosen), _public(chosen)))


def _private(chosen: argparse.Namespace) -> Path:
    file = settings(chosen.data).private_key_file
    if not file.exists():
        raise Failed(f"There is no signing key {file}: run this where it is.")
    return file


def _public(chosen: argparse.Namespace) -> Path:
    file = settings(chosen.data).public_key_file
    if not file.exists():
        raise Failed(f"There is no public key {file}. './deploy/market up' makes a pair.")
    return file


def _show(chosen: argparse.Namespace, live: list[LiveKey]) -> int:
    rows = [
        (key.kid, key.algorithm, "signs" if number == 0 else "verifies", _kind(key))
        for number, key in enumerate(live)
    ]
    if chosen.json:
        print_json([dict(zip(COLUMNS, row, strict=True)) for row in rows])
    else:
        print(table(COLUMNS, rows))
    return 0


def _kind(key: LiveKey) -> str:
    return "development" if key.development else "production"
