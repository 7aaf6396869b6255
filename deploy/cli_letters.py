"""letters: what the embedded mail server has taken, for who tries the product."""

import argparse
import json
from typing import Any

import httpx

from deploy.cli_common import Failed, Subparsers, add_json, settings

WITHIN_S = 5.0


def add(commands: Subparsers, common: argparse.ArgumentParser) -> None:
    letters = commands.add_parser(
        "letters",
        parents=[common],
        help="letters and text messages in the embedded servers",
        description="What was sent to an e-mail address or a number, the newest last; nothing "
        "leaves this machine there.",
    )
    letters.add_argument("address", metavar="ADDRESS")
    add_json(letters)
    letters.set_defaults(run=run_letters)


def run_letters(chosen: argparse.Namespace) -> int:
    sandbox = settings(chosen.data).providers["sandbox"]
    kind = "letters" if "@" in chosen.address else "texts"
    found = _taken(sandbox, kind, chosen.address)
    if chosen.json:
        print(json.dumps(found, ensure_ascii=False))
        return 0
    for letter in found:
        subject = f"Subject: {letter['subject']}\n\n" if "subject" in letter else ""
        print(f"{subject}{letter['text'].strip()}\n")
    if not found:
        print(f"Nothing was sent to {chosen.address}.")
    return 0


def _taken(sandbox: Any, kind: str, address: str) -> list[dict[str, str]]:
    try:
        answer = httpx.get(
            f"{sandbox.url}/_control/{kind}",
            params={"to": address},
            headers={"Authorization": f"Bearer {sandbox.secret_key}"},
            timeout=WITHIN_S,
        )
        answer.raise_for_status()
    except httpx.HTTPError as error:
        raise Failed("The embedded mail server does not answer: './deploy/market up'.") from error
    return list(answer.json()["data"])
