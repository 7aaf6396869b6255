"""project, replay, ledger, audit and import: commands that read or fill the log."""

import argparse
import asyncio
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
import psycopg
from psycopg import AsyncConnection

from deploy.cli_common import Failed, Subparsers, add_json, settings, table
from deploy.olist.importer import ImportFailed, run_import
from eventstore import reader
from eventstore.postings import postings
from projections import checkpoints
from projections.audit import queries as audit
from projections.audit.queries import AuditFilter
from projections.catalogue import NAMES, models
from projections.ledger import queries as ledger
from projections.ledger.queries import CurrencyBalances, TrialBalance
from projections.rebuild import rebuild

CAUGHT_UP_WITHIN_S = 120.0

type Connection = AsyncConnection[tuple[Any, ...]]


def add(commands: Subparsers, common: argparse.ArgumentParser) -> None:
    project = commands.add_parser(
        "project", parents=[common], help="run the projectors, or rebuild a read model"
    )
    project.add_argument("--rebuild", choices=[*NAMES, "all"], metavar="NAME", help=_rebuild_help())
    add_json(project)
    project.set_defaults(run=run_project)
    replay = commands.add_parser("replay", parents=[common], help="print events from the log")
    replay.add_argument("--stream", help="one stream only, such as order-ID")
    replay.add_argument("--from", dest="start", type=int, default=1, metavar="P", help="position")
    replay.add_argument("--to", type=int, default=reader.RANGE_MAX, metavar="P", help="position")
    add_json(replay)
    replay.set_defaults(run=run_replay)
    books = commands.add_parser("ledger", parents=[common], help="the books")
    books.add_argument("report", choices=["trial-balance"])
    books.add_argument("--as-of", type=int, metavar="P", help="as of a log position")
    books.add_argument("--from-log", action="store_true", help="fold the log, not the read model")
    add_json(books)
    books.set_defaults(run=run_ledger)
    trail = commands.add_parser("audit", parents=[common], help="who did what")
    trail.add_argument("report", choices=["trail"])
    trail.add_argument("--stream")
    trail.add_argument("--actor", help="such as operator:me")
    trail.add_argument("--name", help="an event's stored name")
    trail.add_argument("--after", type=int, default=0, metavar="P")
    trail.add_argument("--limit", type=int, default=50, metavar="N")
    add_json(trail)
    trail.set_defaults(run=run_audit)
    load = commands.add_parser("import", parents=[common], help="import orders over the HTTP API")
    load.add_argument("kind", choices=["olist"])
    load.add_argument("folder", type=Path, help="the folder with the CSV files")
    load.add_argument("--concurrency", type=int, default=32, metavar="N", help="requests at once")
    load.add_argument("--url", help="the gateway (default: this stack's)")
    load.add_argument("--rejects", type=Path, metavar="FILE", help="where rejected orders go")
    add_json(load)
    load.set_defaults(run=run_olist)


def _rebuild_help() -> str:
    return f"rebuild one beside the live one and swap: {', '.join(NAMES)}, or all"


def _run[T](data: Path, work: Callable[[Connection], Awaitable[T]]) -> T:
    async def connected() -> T:
        dsn = settings(data).database_url
        async with await AsyncConnection.connect(dsn, autocommit=True) as connection:
            return await work(connection)

    try:
        return asyncio.run(connected())
    except psycopg.OperationalError as error:
        raise Failed(f"The database does not answer: {error}") from error


def run_project(chosen: argparse.Namespace) -> int:
    if not chosen.rebuild:
        from deploy.cli_stack import run_part  # noqa: PLC0415 - the two know each other

        return run_part(chosen)
    known = settings(chosen.data)
    fed = models(known.clickhouse_url, known.meilisearch_url, known.meilisearch_key)
    wanted = [
        model
        for models_ in fed.values()
        for model in models_
        if chosen.rebuild in {"all", model.name}
    ]

    async def work(connection: Connection) -> list[dict[str, object]]:
        done: list[dict[str, object]] = []
        for model in wanted:
            started = time.monotonic()
            result = await rebuild(connection, model, _progress(model.name))
            seconds = round(time.monotonic() - started, 2)
            done.append(msgspec.to_builtins(result) | {"seconds": seconds})
        return done

    results = _run(chosen.data, work)
    if chosen.json:
        print(msgspec.json.encode(results).decode())
        return 0
    for result in results:
        print(f"\n{result['name']} rebuilt to position {result['position']}", end="")
        print(f" in {result['seconds']} s; rows before and after: {result['rows']}")
    return 0


def _progress(name: str) -> Callable[[int, int], None]:
    def show(position: int, head: int) -> None:
        if sys.stderr.isatty():
            share = 100 * position // max(head, 1)
            print(f"\r  {name}: {position}/{head} ({share} %)", end="", file=sys.stderr, flush=True)

    return show


def run_replay(chosen: argparse.Namespace) -> int:
    async def work(connection: Connection) -> None:
        async for recorded in reader.replay(connection, chosen.start - 1, chosen.to):
            if chosen.stream and recorded.stream != chosen.stream:
                continue
            if chosen.json:
                print(msgspec.json.encode(recorded).decode())
            else:
                data = msgspec.json.encode(recorded.event).decode()
                at = recorded.envelope.occurred_at.isoformat(timespec="seconds")
                print(f"{recorded.position:>8}  {at}  {recorded.stream}  {recorded.name}  {data}")

    _run(chosen.data, work)
    return 0


def run_ledger(chosen: argparse.Namespace) -> int:
    balance = _run(chosen.data, lambda connection: _balance(connection, chosen))
    if chosen.json:
        print(msgspec.json.encode(balance).decode())
        return 0
    print(f"trial balance at position {balance.position} (credits positive, minor units)")
    for currency, books in balance.currencies.items():
        rows = [*books.accounts.items(), ("sum", books.sum_minor)]
        print(table((f"account ({currency})", "balance"), rows))
    return 0


async def _balance(connection: Connection, chosen: argparse.Namespace) -> TrialBalance:
    head = await reader.head(connection)
    position = head if chosen.as_of is None else min(chosen.as_of, head)
    if chosen.from_log:
        return await fold_books(connection, position)
    await caught_up(connection, "ledger", position)
    return await ledger.trial_balance(connection, position, as_of=True)


async def fold_books(connection: Connection, position: int) -> TrialBalance:
    """The trial balance from the log alone, no read model asked."""
    groups: dict[str, dict[str, int]] = {}
    async for recorded in reader.replay(connection, 0, position):
        for posting in postings(recorded.event):
            accounts = groups.setdefault(posting.currency, {})
            accounts[posting.group] = accounts.get(posting.group, 0) + posting.amount_minor
    return TrialBalance(
        position,
        {
            currency: CurrencyBalances(sum(accounts.values()), dict(sorted(accounts.items())))
            for currency, accounts in sorted(groups.items())
        },
    )


async def caught_up(connection: Connection, name: str, position: int) -> None:
    """Wait until a read model has passed the position. Raises `Failed`."""
    deadline = time.monotonic() + CAUGHT_UP_WITHIN_S
    while (seen := await checkpoints.read(connection, name)) < position:
        if time.monotonic() > deadline:
            raise Failed(f"The read model {name} is at {seen}, the log at {position}: see status.")
        await asyncio.sleep(0.05)


def run_audit(chosen: argparse.Namespace) -> int:
    wanted = AuditFilter(stream=chosen.stream, actor=chosen.actor, name=chosen.name)

    async def work(connection: Connection) -> list[audit.AuditEvent]:
        await caught_up(connection, "audit", await reader.head(connection))
        found = await audit.events(connection, wanted, after=chosen.after, limit=chosen.limit)
        return list(found)

    events = _run(chosen.data, work)
    if chosen.json:
        print(msgspec.json.encode(events).decode())
        return 0
    rows = [
        (e.position, e.recorded_at.isoformat(timespec="seconds"), e.actor, e.name, e.stream)
        for e in events
    ]
    print(table(("position", "recorded", "actor", "event", "stream"), rows))
    return 0


def run_olist(chosen: argparse.Namespace) -> int:
    if not 1 <= chosen.concurrency <= 256:  # noqa: PLR2004
        raise Failed("--concurrency must be from 1 to 256")
    try:
        return run_import(chosen, settings(chosen.data))
    except ImportFailed as error:
        raise Failed(str(error)) from error
