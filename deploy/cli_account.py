"""account: the first of staff. There is no default account."""

import argparse
import asyncio
import secrets
from datetime import timedelta

from commands.accounts.keys import TOKEN_BYTES
from commands.accounts.tokens import INVITATION, OpaqueToken
from commands.records.invitations import queries as invitations
from deploy.accounts import new_id
from deploy.cli_common import Subparsers, settings
from deploy.cli_models import nested
from deploy.wiring import clock, make_pool

LIFETIME = timedelta(hours=24)
SAID = """An invitation to be superadmin, good once and until {until:%Y-%m-%d %H:%M} UTC:

  {token}

Register and sign in, add an authenticator (/v1/factors/totp), then show it:

  POST /v1/invitations/claim {{"token": "..."}}"""


def add(commands: Subparsers, common: argparse.ArgumentParser) -> None:
    account = commands.add_parser("account", parents=[common], help="the first of staff")
    actions = account.add_subparsers(dest="account_action", metavar="ACTION", required=True)
    created = actions.add_parser(
        "create-superadmin",
        parents=[nested()],
        help="print an invitation that makes an account superadmin, once",
    )
    created.set_defaults(run=run_create)


def run_create(chosen: argparse.Namespace) -> int:
    token = OpaqueToken(INVITATION, new_id(), secrets.token_bytes(TOKEN_BYTES))
    until = clock() + LIFETIME

    async def keep() -> None:
        async with (
            make_pool(settings(chosen.data).database_url) as pool,
            pool.connection() as connection,
        ):
            await invitations.add(connection, token.hash, "superadmin", until)

    asyncio.run(keep())
    print(SAID.format(token=token, until=until))
    return 0
