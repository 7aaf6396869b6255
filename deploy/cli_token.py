"""token: a signed bearer token for development and operators."""

import argparse
from pathlib import Path

from deploy.cli_common import Failed, Subparsers, environment
from deploy.http.keys import PRODUCTION
from deploy.http.tokens import TOKEN_ROLES, SubjectInvalid, as_subject, issue
from deploy.wiring import clock

DAY_S, HOUR_S = 86_400, 3_600


def add(commands: Subparsers, common: argparse.ArgumentParser) -> None:
    token = commands.add_parser("token", parents=[common], help="issue a development token")
    token.add_argument("--role", required=True, choices=TOKEN_ROLES)
    token.add_argument("--subject", required=True, help="a buyer's or seller's id, or a name")
    token.add_argument("--lifetime", type=int, default=DAY_S, metavar="S", help="seconds (a day)")
    token.set_defaults(run=run_token)


def run_token(chosen: argparse.Namespace) -> int:
    try:
        subject = as_subject(chosen.subject)
    except SubjectInvalid as error:
        raise Failed(f"--subject: {error}") from error
    if chosen.lifetime <= 0:
        raise Failed("--lifetime must be more than 0 seconds")
    given = environment(chosen.data).get("MARKET_PRIVATE_KEY_FILE")
    file = Path(given) if given else chosen.data / "keys" / "token.private.pem"
    if not file.exists():
        raise Failed(f"There is no signing key {file}. './deploy/market up' makes one.")
    key = file.read_text()
    if key.startswith(PRODUCTION) and chosen.lifetime > HOUR_S:
        raise Failed(
            f"{file} is a production key: a token by hand lives for an hour at most (--lifetime "
            f"{HOUR_S}), and does nothing that asks for a second factor. People sign in."
        )
    print(issue(key, chosen.role, subject, clock(), chosen.lifetime))
    return 0
