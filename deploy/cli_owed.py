"""owed: calls to providers and deliveries from them that are not done; refund: settle by hand."""

import argparse
import asyncio
import getpass
import re
from typing import Any, get_args

import msgspec

from commands.command import Actor
from commands.dispatch import Cause, Dispatch
from commands.idempotency import uuid_of
from commands.outside import deliveries, owed
from commands.outside.port import Declined, Result, Succeeded
from commands.outside.ports import PORTS
from commands.streams.refund.messages import Way
from deploy.cli_common import Failed, Subparsers, add_json, settings, table
from deploy.cli_models import connected, nested, print_json
from deploy.client import MarketClient, NotReached, RequestRefused
from deploy.embedded.ports import HOST
from deploy.http.tokens import issue
from deploy.wiring import clock, make_store
from eventstore.errors import Refused, StoreError
from projections.checkpoints import Connection
from write_api.bodies import TEXT_BYTES_MAX

LISTED_MAX = 1000
TOKEN_S = 60
SUBJECT_MAX = 64
KINDS = [kind for port in PORTS.values() for kind in port.kinds]


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """What the outside owes us an answer to, or has sent us that we do not understand."""

    calls: list[owed.Owed]
    deliveries: list[deliveries.Parked]


def add(commands: Subparsers, common: argparse.ArgumentParser) -> None:
    waiting = commands.add_parser(
        "owed", parents=[common], help="calls to providers that are not done, parked deliveries"
    )
    actions = waiting.add_subparsers(dest="owed_action", metavar="ACTION", required=True)
    listed = actions.add_parser("list", parents=[nested()], help="what is not done, and why")
    listed.add_argument("--parked", action="store_true", help="only what waits for a person")
    listed.set_defaults(run=run_list)
    retried = actions.add_parser("retry", parents=[nested()], help="try what is parked again")
    what = retried.add_mutually_exclusive_group(required=True)
    what.add_argument("--call", metavar="SUBJECT", help="the call with this subject")
    what.add_argument("--delivery", metavar="ID", help="the delivery with this id")
    what.add_argument("--all", action="store_true", help="every call and delivery")
    retried.set_defaults(run=run_retry)
    decided = actions.add_parser(
        "decide", parents=[nested()], help="say how a parked call ended, as the provider shows it"
    )
    decided.add_argument("kind", choices=KINDS, metavar="KIND")
    decided.add_argument("subject", metavar="SUBJECT")
    how = decided.add_mutually_exclusive_group(required=True)
    how.add_argument(
        "--succeeded", metavar="REFERENCE", type=_said, help="the provider's own reference"
    )
    how.add_argument("--failed", metavar="REASON", type=_said, help="why it did not happen")
    decided.set_defaults(run=run_decide)
    for made in (listed, retried, decided):
        add_json(made)
    _add_refund(commands, common)


def _said(text: str) -> str:
    """What a person says is kept in the log for ever, and nothing is not an answer."""
    if not text.strip():
        raise argparse.ArgumentTypeError("it is empty; say what the provider shows")
    if len(text.encode()) > TEXT_BYTES_MAX:
        raise argparse.ArgumentTypeError(f"it has more than {TEXT_BYTES_MAX} bytes")
    return text


def _add_refund(commands: Subparsers, common: argparse.ArgumentParser) -> None:
    refund = commands.add_parser("refund", parents=[common], help="settle what a provider refused")
    actions = refund.add_subparsers(dest="refund_action", metavar="ACTION", required=True)
    settled = actions.add_parser(
        "settle", parents=[nested()], help="end a leg of a refund that its provider refused"
    )
    settled.add_argument("refund_id", metavar="REFUND")
    settled.add_argument("payment_id", metavar="PAYMENT", help="the leg's payment")
    settled.add_argument("--way", required=True, choices=get_args(Way.__value__))
    settled.add_argument("--reason", required=True, type=_said, help="kept in the log")
    settled.add_argument("--reference", help="with paid_outside: the other payment")
    settled.add_argument("--to-payment", metavar="PAYMENT", help="with other_payment")
    settled.set_defaults(run=run_settle)
    add_json(settled)


def run_list(chosen: argparse.Namespace) -> int:
    states = ["parked"] if chosen.parked else ["owed", "parked"]

    async def work(_: str, connection: Connection) -> Waiting:
        return Waiting(
            calls=await owed.listed(connection, states, LISTED_MAX),
            deliveries=await deliveries.parked(connection, LISTED_MAX),
        )

    found = connected(chosen.data, work)
    if chosen.json:
        print_json(found)
        return 0
    if not found.calls and not found.deliveries:
        print("Nothing is owed, and nothing is parked.")
        return 0
    rows: list[tuple[Any, ...]] = [
        (one.port, one.kind, one.provider, one.subject, one.state, one.attempts, one.problem or "")
        for one in found.calls
    ]
    rows += [
        ("", "delivery", one.provider, one.external_id, "parked", one.attempts, one.problem or "")
        for one in found.deliveries
    ]
    print(table(("port", "kind", "provider", "subject", "state", "attempts", "problem"), rows))
    return 0


def run_retry(chosen: argparse.Namespace) -> int:
    async def work(_: str, connection: Connection) -> dict[str, int]:
        calls = came = 0
        if chosen.call or chosen.all:
            calls = await owed.retry(connection, chosen.call or "")
        if chosen.delivery or chosen.all:
            came = await deliveries.retry(connection, chosen.delivery or "")
        return {"calls": calls, "deliveries": came}

    done = connected(chosen.data, work)
    if not chosen.all and not any(done.values()):
        raise Failed("Nothing of that name is parked. 'owed list --parked' shows what is.")
    if chosen.json:
        print_json(done)
    else:
        print(f"{done['calls']} calls and {done['deliveries']} deliveries are tried again.")
    return 0


def run_decide(chosen: argparse.Namespace) -> int:
    """A person has looked at the provider: what was asked for happened, in full, or did not."""
    known = settings(chosen.data)
    result: Result = (
        Declined("", chosen.failed) if chosen.succeeded is None else Succeeded(chosen.succeeded)
    )

    async def work(_: str, connection: Connection) -> None:
        found = await owed.parked(connection, chosen.kind, chosen.subject, PORTS)
        if found is None:
            raise Failed("No such call is parked. 'owed list --parked' shows what is.")
        port, call = found
        command = port.command_for(call, result, clock())
        assert command is not None
        decided = msgspec.structs.replace(command, by=Actor("operator", _who()))
        key = f"decided/{call.provider}/{call.kind}/{call.key}/{clock().isoformat()}"
        store = make_store(known)
        await store.start()
        try:
            cause = Cause(command_id=key, correlation_id=call.correlation_id, causation_id=key)
            await Dispatch(store, known.policy)(decided, cause)
        except (Refused, StoreError) as error:
            raise Failed(str(error) or type(error).__name__) from error
        finally:
            await store.stop()

    connected(chosen.data, work)
    if chosen.json:
        print_json({"kind": chosen.kind, "subject": chosen.subject, "decided": True})
    else:
        print(f"{chosen.kind} {chosen.subject}: recorded, as you say the provider shows it.")
    return 0


def _who() -> str:
    return re.sub(r"[^A-Za-z0-9_.:-]", "-", f"cli:{getpass.getuser()}")[:SUBJECT_MAX]


def run_settle(chosen: argparse.Namespace) -> int:
    """By the API, as every operator's decision: it is refused, recorded and repeated likewise."""
    known = settings(chosen.data)
    if not known.private_key_file.exists():
        raise Failed(
            f"There is no signing key {known.private_key_file} to act as an operator:"
            " './deploy/market up' makes one, or run this where the key is."
        )
    key = known.private_key_file.read_text()
    token = issue(key, "operator", _who(), clock(), TOKEN_S)
    body = {"way": chosen.way, "reason": chosen.reason}
    body |= {"reference": chosen.reference} if chosen.reference else {}
    body |= {"to_payment_id": chosen.to_payment} if chosen.to_payment else {}
    path = f"/v1/refunds/{chosen.refund_id}/legs/{chosen.payment_id}/settle"
    # The same decision twice is one: the key is made of all that it says.
    idempotency_key = uuid_of(path, str(sorted(body.items())))

    async def post() -> Any:
        client = MarketClient(f"http://{HOST}:{known.port}", connections=1)
        try:
            return await client.post(path, token, idempotency_key, body)
        finally:
            await client.close()

    try:
        answer = asyncio.run(post())
    except (RequestRefused, NotReached) as error:
        raise Failed(str(error)) from error
    if chosen.json:
        print_json(answer)
    else:
        whole = "the refund is settled" if answer["settled"] else "other legs are still owed"
        print(f"{chosen.refund_id} over {chosen.payment_id}: {chosen.way}; {whole}.")
    return 0
