"""routes: which role may call what, as the routes declare it."""

import argparse
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec
from litestar.handlers import HTTPRouteHandler

from deploy.cli_common import Subparsers, add_json, table
from deploy.cli_models import print_json
from eventstore.identity import ROLES, Permission
from read_api.app import TOPICS as READ
from write_api.app import TOPICS as WRITE

PAGE = Path(__file__).with_name("permissions.md")
HEAD = """# Who may call what

Made by `./deploy/market routes --markdown` from what each route declares; `routes --check` fails
where the two differ, or a route declares nothing. A superadmin's session is in every role of staff;
of a seller's people only those named hold a permission, a token made by hand holds it in any case.
What a role sees of what it may read is said in decision 0016. ↑: a session must have shown a second
factor within five minutes. Permissions that end in `:own` reach only what is the account's own.
"""
SHOWN = tuple(role for role in ROLES if role != "system")


class Route(msgspec.Struct, frozen=True):
    """`roles` is "everybody" where no token is asked for."""

    method: str
    path: str
    permission: str
    roles: list[str]
    step_up: bool
    members: list[str] = []


def add(commands: Subparsers, common: argparse.ArgumentParser) -> None:
    made = commands.add_parser("routes", parents=[common], help="which role may call what")
    add_json(made)
    made.add_argument("--markdown", action="store_true", help="print deploy/permissions.md")
    made.add_argument("--check", action="store_true", help="compare it with what routes declare")
    made.set_defaults(run=run)


def routes() -> list[Route]:
    """Both APIs have some that are the same."""
    found = {(one.path, one.method): one for one in _routes()}
    return [found[name] for name in sorted(found)]


def _routes() -> Iterator[Route]:
    topics: list[Any] = [*WRITE, *READ]
    for topic in topics:
        for handler in topic.routes:
            asked: Permission | None = handler.opt.get("permission")
            for path in sorted(handler.paths):
                for method in sorted(handler.http_methods):
                    yield _route(handler, asked, path, str(method))


def _route(handler: HTTPRouteHandler, asked: Permission | None, path: str, method: str) -> Route:
    if asked is None:
        roles: list[str] = []
    elif asked.anybody:
        roles = ["everybody"]
    else:
        roles = [role for role in SHOWN if role in asked.roles]
    name = asked.name if asked else ""
    shown = path.replace(":str", "")
    members: list[str] = sorted(asked.members) if asked else []
    return Route(method, shown, name, roles, bool(handler.opt.get("step_up")), members)


def undeclared(found: Iterable[Route]) -> list[str]:
    return [f"{one.method} {one.path}" for one in found if not one.permission]


def markdown() -> str:
    columns = [*SHOWN]
    lines = [
        f"| route | permission | {' | '.join(columns)} |",
        f"|---|---|{'---|' * len(columns)}",
    ]
    for one in routes():
        cells = [_cell(one, role) for role in columns]
        up = " \u2191" if one.step_up else ""
        lines.append(f"| {one.method} `{one.path}` | {one.permission}{up} | {' | '.join(cells)} |")
    return f"{HEAD}\n" + "\n".join(lines) + "\n"


def _cell(one: Route, role: str) -> str:
    if role == "seller" and one.members and role in one.roles:
        return ", ".join(one.members)
    return "x" if role in one.roles or one.roles == ["everybody"] else ""


def run(chosen: argparse.Namespace) -> int:
    found = routes()
    if chosen.check:
        return _check(found)
    if chosen.markdown:
        print(markdown(), end="")
    elif chosen.json:
        print_json(msgspec.to_builtins(found))
    else:
        rows = [
            (one.method, one.path, one.permission, ", ".join(one.roles), "yes" * one.step_up)
            for one in found
        ]
        print(table(("method", "path", "permission", "roles", "step-up"), rows))
    return 0


def _check(found: list[Route]) -> int:
    faults = [f"{one} declares no permission" for one in undeclared(found)]
    if not PAGE.is_file() or PAGE.read_text() != markdown():
        faults.append("deploy/permissions.md is not what routes declare: 'routes --markdown'")
    for fault in faults:
        print(fault, file=sys.stderr)
    if not faults:
        print(f"{len(found)} routes, each with its permission, as deploy/permissions.md says")
    return 1 if faults else 0
