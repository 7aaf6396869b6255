"""The process that appends, in one of three ways: `python -m deploy.bench.append_load`, plan on
stdin. The same two events over two streams each time."""

import asyncio
import itertools
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from time import perf_counter, process_time
from typing import Literal

import msgspec
import psycopg
import uvloop
from eventsourcing.persistence import StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from psycopg.conninfo import conninfo_to_dict

from commands.write_model import WriteModelFold
from deploy import collector
from deploy.bench.history import BATCH_ROWS, COPY, TYPES, Row
from deploy.bench.measure import quantiles_ms
from deploy.bench.worker import run_worker, serve_plan
from eventstore.batch import Request
from eventstore.codec import encode, name_of
from eventstore.events.base import Event
from eventstore.events.seller import SellerRegistered
from eventstore.events.stock import StockReceived
from eventstore.heads import Read
from eventstore.store import EventStore
from eventstore.values import Envelope

NOW = datetime(2026, 1, 1, tzinfo=UTC)
STREAMS = 5_000
THREADS = 8
EVENTS_EACH = 2


class AppendPlan(msgspec.Struct, frozen=True, kw_only=True):
    dsn: str
    how: Literal["store", "recorder", "copy"]
    concurrent: int
    seconds: float
    warm_s: float = 0.5
    run: str = "a"


class Appending(msgspec.Struct, frozen=True, kw_only=True):
    commands_per_s: float
    latency_ms: dict[str, float]
    cpu_us: float


class Meter:
    """Counts what is done between the warm-up's end and the end."""

    def __init__(self, plan: AppendPlan) -> None:
        self.warm_until = perf_counter() + plan.warm_s
        self.until = self.warm_until + plan.seconds
        self._seconds = plan.seconds
        self.latencies: list[float] = []
        self.done = 0

    def count(self, began: float, ended: float, commands: int = 1) -> None:
        if began >= self.warm_until and ended <= self.until:
            self.done += commands
            self.latencies.append(ended - began)

    def result(self, cpu_s: float, all_done: int) -> Appending:
        return Appending(
            commands_per_s=self.done / self._seconds,
            latency_ms=quantiles_ms(self.latencies),
            cpu_us=round(cpu_s * 1e6 / max(all_done, 1), 1),
        )


def facts(run: str, number: int) -> list[Event]:
    """A new stream's first event and a busy stream's next."""
    seller = SellerRegistered(
        seller_id=f"{run}-{number}",
        name="Seller",
        currency="EUR",
        commission_rate_bps=None,
        payout_destination="",
        payout_provider="",
    )
    stock = StockReceived(listing_id=f"{run}-{number % STREAMS}", quantity=1)
    return [seller, stock]


def envelope(command_id: str) -> Envelope:
    return Envelope(
        occurred_at=NOW,
        recorded_at=NOW,
        actor="operator:bench",
        command_id=command_id,
        correlation_id=command_id,
        causation_id=command_id,
    )


async def by_store(plan: AppendPlan) -> Appending:
    store = EventStore(plan.dsn, WriteModelFold())
    await store.start()
    collector.settle()
    meter = Meter(plan)
    numbers = itertools.count()

    def request(number: int) -> Request:
        events = facts(plan.run, number)

        def decide(read: Read) -> tuple[list[Event], bytes]:
            for event, new in zip(events, (True, False), strict=True):
                read(event.stream, new)
            return events, b"{}"

        command_id = f"operator:bench/{plan.run}-{number}"
        return Request(
            command_id=command_id,
            body_hash=b"0123456789abcdef",
            envelope=envelope(command_id),
            decide=decide,
        )

    async def client() -> None:
        while (began := perf_counter()) < meter.until:
            await store.execute(request(next(numbers)))
            meter.count(began, perf_counter())

    began = process_time()
    await asyncio.gather(*(client() for _ in range(plan.concurrent)))
    used = process_time() - began
    await store.stop()
    return meter.result(used, next(numbers))


def stored_rows(run: str, first: int, step: int = 1) -> Iterator[list[Row]]:
    """Rows a command: stream, version, name, state."""
    for number in itertools.count(first, step):
        made = envelope(f"operator:bench/{run}-{number}")
        seller, stock = facts(run, number)
        yield [
            (seller.stream, 1, name_of(seller), encode(seller, made)),
            (stock.stream, number // STREAMS + 1, name_of(stock), encode(stock, made)),
        ]


def by_recorder(plan: AppendPlan) -> Appending:
    """The library's own recorder with its database functions, a thread a connection."""
    where = conninfo_to_dict(plan.dsn)
    meter = Meter(plan)
    counted = itertools.count()

    def client(recorder: PostgresApplicationRecorder, number: int) -> None:
        for rows in stored_rows(plan.run, number, plan.concurrent):
            began = perf_counter()
            if began >= meter.until:
                return
            recorder.insert_events([StoredEvent(*row) for row in rows])
            next(counted)
            meter.count(began, perf_counter())

    named = [str(where[name]) for name in ("dbname", "host", "port", "user", "password")]
    with PostgresDatastore(
        *named,
        pool_size=plan.concurrent,
        originator_id_type="text",
        enable_db_functions=True,
    ) as datastore:
        recorder = PostgresApplicationRecorder(datastore, events_table_name="recorder_events")
        recorder.create_table()
        began = process_time()
        clients = [
            threading.Thread(target=client, args=(recorder, number))
            for number in range(plan.concurrent)
        ]
        for thread in clients:
            thread.start()
        for thread in clients:
            thread.join()
        return meter.result(process_time() - began, next(counted))


def by_copy(plan: AppendPlan) -> Appending:
    """Binary COPY of ready rows into the log's table, a commit for every 256 rows."""
    made = itertools.chain.from_iterable(stored_rows(plan.run, 0))
    rows = list(itertools.islice(made, int((plan.seconds + plan.warm_s) * 120_000)))
    position = 0
    with psycopg.connect(plan.dsn, autocommit=True) as connection:
        meter = Meter(plan)
        began_cpu = process_time()
        while (began := perf_counter()) < meter.until and position < len(rows):
            with connection.cursor().copy(COPY) as copy:
                copy.set_types(TYPES)
                for row in rows[position : position + BATCH_ROWS]:
                    position += 1
                    copy.write_row((*row, position))
            meter.count(began, perf_counter(), BATCH_ROWS // EVENTS_EACH)
        return meter.result(process_time() - began_cpu, position // EVENTS_EACH)


def run_append(plan: AppendPlan) -> Appending:
    """In a process of its own. Raises `WorkerFailed`."""
    return run_worker("deploy.bench.append_load", plan, Appending, plan.seconds + 120)


def work(plan: AppendPlan) -> Appending:
    match plan.how:
        case "store":
            return uvloop.run(by_store(plan))
        case "recorder":
            return by_recorder(plan)
        case "copy":
            return by_copy(plan)


if __name__ == "__main__":
    serve_plan(AppendPlan, work)
