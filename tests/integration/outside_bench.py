"""A store, a pool and a provider that answers as told: the work outside, for tests."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from commands.command import Policy
from commands.dispatch import Cause, Dispatch
from commands.outside import owed
from commands.outside.payments.call import CallKind, Charge, PaymentCall, Payout, Refund
from commands.outside.payments.port import PAYMENTS
from commands.outside.payments.sandbox import SandboxProvider
from commands.outside.port import Adapter, Outside
from commands.processes.cancel_unpaid_order import CancelUnpaidOrder
from commands.processes.reactions import Call, Schedule
from commands.runner import process_tables as tables
from commands.streams.listing.messages import CreateListing
from commands.streams.order.messages import LineRequest, PlaceOrder
from commands.streams.payment.messages import StartPayment
from commands.streams.seller.messages import RegisterSeller
from commands.streams.shipping_quote.messages import BasketLine, IssueShippingQuote
from commands.streams.stock.messages import ReceiveStock
from commands.write_model import WriteModelFold
from eventstore.store import EventStore
from eventstore.values import Money
from tests.contract.odd_server import odd_server
from tests.given import at

AMOUNT = Money(1000, "EUR")
MADE = (
    b'{"id":"ch_1","object":"charge","status":"succeeded","reference":"p1",'
    b'"amount_minor":1000,"currency":"EUR"}'
)
TOLD = b'{"id":"%s","data":{"object":{"object":"charge","reference":"%s"}}}'
OLD = datetime.now(UTC) - timedelta(hours=30)


def clock() -> datetime:
    return datetime.now(UTC)


def call_of(kind: CallKind = "charge", key: str = "p1") -> PaymentCall:
    asked: dict[str, Any] = {"provider": "sandbox", "key": key, "amount": AMOUNT}
    match kind:
        case "charge":
            return Charge(source="t", order_id="o1", **asked)
        case "refund":
            return Refund(charge_reference="t", refund_id=key, payment_id="p1", **asked)
        case "payout":
            return Payout(destination="t", seller_id="s1", **asked)


class Bench:
    """A store, a pool and a connection on one database."""

    def __init__(self, dsn: str, pool: owed.Pool, store: EventStore, connection: Any) -> None:
        self.dsn = dsn
        self.pool = pool
        self.dispatch = Dispatch(store, Policy())
        self.connection: AsyncConnection[tuple[Any, ...]] = connection

    async def send(self, command: Any) -> None:
        name = f"{type(command).__name__}-{id(command)}"
        await self.dispatch(command, Cause(command_id=name, correlation_id="", causation_id=""))

    async def a_started_payment(self) -> None:
        await self.send(RegisterSeller(seller_id="s1", name="n", currency="EUR", **at()))
        await self.send(
            CreateListing(
                listing_id="l1", seller_id="s1", title="t", category="c", price=AMOUNT, **at()
            )
        )
        await self.send(ReceiveStock(listing_id="l1", quantity=9, **at()))
        basket = (BasketLine(listing_id="l1", quantity=1, shipping_minor=0),)
        await self.send(IssueShippingQuote(quote_id="q1", lines=basket, **at()))
        await self.send(
            PlaceOrder(
                order_id="o1",
                buyer_id="bob",
                lines=(LineRequest(listing_id="l1", quantity=1),),
                shipping_quote_id="q1",
                **at(),
            )
        )
        await self.send(
            StartPayment(
                payment_id="p1",
                order_id="o1",
                provider="sandbox",
                method="card",
                source="t",
                **at(),
            )
        )

    async def owe(self, *calls: PaymentCall) -> None:
        await tables.store(self.connection, [("call-provider", Call(call)) for call in calls])

    async def came_in(self, external_id: str, key: str, received_at: datetime) -> None:
        await self.took_in(external_id, TOLD % (external_id.encode(), key.encode()), received_at)

    async def took_in(
        self, external_id: str, body: bytes, received_at: datetime | None = None
    ) -> None:
        await self.connection.execute(
            "INSERT INTO webhook_inbox (provider, external_id, received_at, body)"
            " VALUES ('sandbox', %s, %s, %s)",
            [external_id, received_at or clock(), body],
        )

    async def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        return await (await self.connection.execute(query.encode(), values)).fetchall()

    async def due_now(self) -> None:
        for table in ("owed", "webhook_inbox"):
            await self.rows_none(f"UPDATE {table} SET next_attempt_at = clock_timestamp()")

    async def rows_none(self, query: str) -> None:
        await self.connection.execute(query.encode())

    async def inbox(self) -> dict[str, tuple[bool, bool, str | None]]:
        """Translated, parked, problem by external id."""
        found = await self.rows(
            "SELECT external_id, translated_at IS NOT NULL, parked, problem FROM webhook_inbox"
        )
        return {
            external_id: (done, parked, problem) for external_id, done, parked, problem in found
        }

    async def names(self, stream: str) -> list[str]:
        found = await self.rows(
            "SELECT topic FROM stored_events WHERE originator_id = %s ORDER BY originator_version",
            stream,
        )
        return [name for (name,) in found]


@asynccontextmanager
async def opened(dsn: str) -> AsyncIterator[Bench]:
    store = EventStore(dsn, WriteModelFold())
    await store.start()
    async with (
        AsyncConnectionPool(dsn, max_size=6, kwargs={"autocommit": True}) as pool,
        await AsyncConnection.connect(dsn, autocommit=True) as connection,
    ):
        try:
            yield Bench(dsn, pool, store, connection)
        finally:
            await store.stop()


def run(dsn: str, work: Callable[[Bench], Coroutine[Any, Any, None]]) -> None:
    async def main() -> None:
        async with opened(dsn) as bench:
            await work(bench)

    asyncio.run(main())


@asynccontextmanager
async def answering(answer: bytes) -> AsyncIterator[SandboxProvider]:
    """The adapter, and behind it a server that always answers this."""
    with odd_server(answer) as url:
        async with httpx.AsyncClient(base_url=url, timeout=2) as client:
            yield SandboxProvider(client, "secret")


CANCELLING = CancelUnpaidOrder(Policy())


def cancel(order_id: str, due_at: datetime) -> tuple[str, Schedule]:
    """The deadline of an order that is not paid, with the process that sets it."""
    return CANCELLING.name, Schedule(order_id, due_at)


def sandbox(adapter: Adapter) -> Outside:
    return Outside(PAYMENTS, "sandbox", adapter)
