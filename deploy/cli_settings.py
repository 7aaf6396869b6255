"""settings: everything that can be set in the environment."""

import argparse

from deploy.cli_common import Subparsers, add_json, table
from deploy.cli_models import print_json
from deploy.setting import Setting
from deploy.settings import all_settings


def add(commands: Subparsers, common: argparse.ArgumentParser) -> None:
    listed = commands.add_parser(
        "settings", parents=[common], help="everything that can be set in the environment"
    )
    add_json(listed)
    listed.add_argument("--markdown", action="store_true", help="print the README's table")
    listed.set_defaults(run=run)


def markdown() -> str:
    """The table in the README."""
    rows = [f"| `{one.variable}` | {one.shown_default} | {one.about} |" for one in all_settings()]
    return "\n".join(["| variable | default | meaning |", "|---|---|---|", *rows])


def _row(one: Setting) -> dict[str, object]:
    row: dict[str, object] = {
        "variable": one.variable,
        "default": one.shown_default,
        "meaning": one.about,
    }
    return row if one.low is None else row | {"from": one.low, "to": one.high}


def run(chosen: argparse.Namespace) -> int:
    if chosen.json:
        print_json([_row(one) for one in all_settings()])
    elif chosen.markdown:
        print(markdown())
    else:
        rows = [(one.variable, one.shown_default, one.about) for one in all_settings()]
        print(table(("variable", "default", "meaning"), rows))
    return 0
