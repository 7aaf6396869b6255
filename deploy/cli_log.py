"""replay, ledger, audit and import: commands that read or fill the log."""

import argparse
import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec
import psycopg
from psycopg import AsyncConnection

from deploy.cli_common import Failed, Subparsers, add_json, settings, table
from deploy.cli_models import Shown, nested
from deploy.export import ExportFailed, Manifest, export
from deploy.olist.importer import ImportFailed, run_import
from eventstore import reader
from eventstore.codec import Recorded, envelope_of
from eventstore.postings import postings
from eventstore.unreadable import decode_or_mark
from projections import checkpoints
from projections.as_of import AsOf, NotAMoment, as_of
from projections.history.fold import rows_by_model
from projections.models.audit import queries as audit
from projections.models.audit.queries import AuditFilter
from projections.models.ledger import queries as ledger
from projections.models.ledger.queries import CurrencyBalances, TrialBalance

CAUGHT_UP_WITHIN_S = 120.0

type Connection = AsyncConnection[tuple[Any, ...]]


def add(commands: Subparsers, common: argparse.ArgumentParser) -> None:
    replay = commands.add_parser(
        "replay",
        parents=[common],
        help="print or fold history from the log alone",
        description="Print events from the log, or with --fold the rows that they make.",
    )
    replay.add_argument("--stream", help="one stream only, such as order-ID")
    replay.add_argument("--from", dest="start", type=int, default=1, metavar="P", help="position")
    replay.add_argument("--to", type=int, default=reader.RANGE_MAX, metavar="P", help="position")
    replay.add_argument("--as-of", metavar="T", help="what was true at a position or business time")
    replay.add_argument("--known-at", metavar="T", help="what was recorded by a position or time")
    replay.add_argument("--fold", action="store_true", help="the read models' rows, not the events")
    replay.add_argument("--format", choices=["json", "table"], default="table")
    add_json(replay)
    replay.set_defaults(run=run_replay)
    books = commands.add_parser("ledger", parents=[common], help="the books")
    books.add_argument("report", choices=["trial-balance"])
    books.add_argument("--as-of", type=int, metavar="P", help="as of a log position")
    books.add_argument("--from-log", action="store_true", help="fold the log, not the read model")
    add_json(books)
    books.set_defaults(run=run_ledger)
    _add_audit(commands.add_parser("audit", parents=[common], help="who did what"))
    load = commands.add_parser("import", parents=[common], help="import orders over the HTTP API")
    load.add_argument("kind", choices=["olist"])
    load.add_argument("folder", type=Path, help="the folder with the CSV files")
    load.add_argument("--concurrency", type=int, default=32, metavar="N", help="requests at once")
    load.add_argument("--url", help="the gateway (default: this stack's)")
    load.add_argument("--rejects", type=Path, metavar="FILE", help="where rejected orders go")
    add_json(load)
    load.set_defaults(run=run_olist)


def _add_audit(audited: argparse.ArgumentParser) -> None:
    reports = audited.add_subparsers(dest="report", metavar="REPORT", required=True)
    trail = reports.add_parser("trail", parents=[nested()], help="events by who, what and when")
    trail.add_argument("--stream")
    trail.add_argument("--target", help="such as order:ID, in any stream")
    trail.add_argument("--actor", help="such as operator:me")
    trail.add_argument("--action", help="an event's name without its version")
    trail.add_argument("--name", help="an event's stored name")
    trail.add_argument("--after", type=int, default=0, metavar="P")
    trail.add_argument("--limit", type=int, default=50, metavar="N")
    add_json(trail)
    trail.set_defaults(run=run_audit)
    exported = reports.add_parser(
        "export", parents=[nested()], help="write events as files for the eventsourcing library"
    )
    exported.add_argument("folder", type=Path, metavar="DIR")
    exported.add_argument("--from", dest="start", type=int, default=1, metavar="P")
    exported.add_argument("--to", type=int, default=reader.RANGE_MAX, metavar="P")
    exported.add_argument("--events-per-file", type=int, default=100_000, metavar="N")
    add_json(exported)
    exported.set_defaults(run=run_export)


def _run[T](data: Path, work: Callable[[Connection], Awaitable[T]]) -> T:
    async def connected() -> T:
        dsn = settings(data).database_url
        async with await AsyncConnection.connect(dsn, autocommit=True) as connection:
            return await work(connection)

    try:
        return asyncio.run(connected())
    except psycopg.OperationalError as error:
        raise Failed(f"The database does not answer: {error}") from error


def run_replay(chosen: argparse.Namespace) -> int:
    try:
        past = as_of(chosen.as_of, chosen.known_at)
    except NotAMoment as error:
        raise Failed(f"--as-of and --known-at {error}") from error
    as_json = chosen.json or chosen.format == "json"

    async def work(connection: Connection) -> None:
        kept: list[Recorded] = []
        async for recorded in _chosen(connection, chosen):
            if not past.holds(recorded):
                continue
            if chosen.fold:
                kept.append(recorded)
            else:
                _print_event(recorded, as_json=as_json)
        if chosen.fold:
            _print_fold(rows_by_model(kept), as_json=as_json)

    _run(chosen.data, work)
    return 0


async def _chosen(connection: Connection, chosen: argparse.Namespace) -> AsyncIterator[Recorded]:
    """The range, or the part of one stream in it; what cannot be read is marked."""
    if chosen.stream:
        for row in await reader.stream_rows(connection, chosen.stream, chosen.to):
            if row.position >= chosen.start:
                yield decode_or_mark(row)
        return
    after = chosen.start - 1
    while rows := await reader.rows_after(connection, after, chosen.to):
        for row in rows:
            yield decode_or_mark(row)
        after = rows[-1].position


def _print_event(recorded: Recorded, *, as_json: bool) -> None:
    if as_json:
        # A decoded state stands for its envelope and has the event in it as well.
        alone = msgspec.structs.replace(recorded, envelope=envelope_of(recorded.envelope))
        print(msgspec.json.encode(alone).decode())
        return
    data = msgspec.json.encode(recorded.event).decode()
    at = recorded.envelope.occurred_at.isoformat(timespec="seconds")
    print(f"{recorded.position:>8}  {at}  {recorded.stream}  {recorded.name}  {data}")


def _print_fold(rows: dict[str, dict[str, list[Mapping[str, Any]]]], *, as_json: bool) -> None:
    if as_json:
        print(msgspec.json.encode(rows).decode())
        return
    for model, tables in rows.items():
        for name, found in tables.items():
            print(f"\n{model}.{name}")
            print(table([*found[0]], [[*row.values()] for row in found]))


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
    return await ledger.trial_balance(connection, AsOf(position=position))


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
    wanted = AuditFilter(
        stream=chosen.stream,
        target=chosen.target,
        actor=chosen.actor,
        action=chosen.action,
        name=chosen.name,
    )

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


def run_export(chosen: argparse.Namespace) -> int:
    if chosen.events_per_file < 1 or chosen.start < 1:
        raise Failed("--from and --events-per-file must be at least 1")
    shown = Shown("export")

    async def work(connection: Connection) -> Manifest:
        return await export(
            connection, chosen.folder, chosen.start, chosen.to, chosen.events_per_file, shown
        )

    try:
        made = _run(chosen.data, work)
    except (ExportFailed, OSError) as error:
        raise Failed(f"The export did not work: {error}") from error
    shown.done()
    if chosen.json:
        print(msgspec.json.encode(made).decode())
    else:
        print(f"{made.events} events, positions {made.first} to {made.last}, in {chosen.folder}")
        print(
            table(("file", "events", "sha256"), [(f.file, f.events, f.sha256) for f in made.files])
        )
    return 0


def run_olist(chosen: argparse.Namespace) -> int:
    if not 1 <= chosen.concurrency <= 256:  # noqa: PLR2004
        raise Failed("--concurrency must be from 1 to 256")
    try:
        return run_import(chosen, settings(chosen.data))
    except ImportFailed as error:
        raise Failed(str(error)) from error
