"""Orders and sellers as they were, folded from the log."""

from collections.abc import Mapping, Sequence

import msgspec

from eventstore import reader
from eventstore.codec import Recorded
from eventstore.unreadable import decode_or_mark
from projections.as_of import AsOf
from projections.history.fold import fold
from projections.models.audit import queries as audit
from projections.models.escrow.projector import PROJECTOR as ESCROW
from projections.models.escrow.queries import EscrowView
from projections.models.orders.detail import OrderView, with_refunded_lines
from projections.models.orders.projector import PROJECTOR as ORDERS
from projections.models.orders.queries import LineView, OrderSummary, PartView
from projections.models.payments.projector import PROJECTOR as PAYMENTS
from projections.models.payments.queries import PaymentView
from projections.models.refunds.projector import PROJECTOR as REFUNDS
from projections.models.refunds.queries import RefundView
from projections.models.sellers.projector import PROJECTOR as SELLERS
from projections.models.sellers.queries import SellerBalance
from projections.query import Connection, reads
from projections.stores.postgresql.memory import MemoryTables


async def events_about(connection: Connection, target: str, as_of: AsOf) -> list[Recorded]:
    """Every event about `order:ID`, `seller:ID` and the like that holds, in log order."""
    positions = await audit.positions_of(connection, target)
    wanted = [position for position in positions if position <= as_of.upto]
    rows = await reader.rows_at(connection, wanted)
    return [recorded for recorded in map(decode_or_mark, rows) if as_of.holds(recorded)]


@reads("audit")
async def order(connection: Connection, order_id: str, as_of: AsOf) -> OrderView | None:
    """The order with all that belongs to it, as it was; None if it was not yet."""
    return order_of(await events_about(connection, f"order:{order_id}", as_of), order_id)


def order_of(events: Sequence[Recorded], order_id: str) -> OrderView | None:
    """The order that these events make."""
    return order_in(fold((ORDERS, ESCROW, PAYMENTS, REFUNDS), events), order_id)


def order_in(folded: Mapping[str, MemoryTables], order_id: str) -> OrderView | None:
    """The order as these tables of the read models, by name, have it."""
    found = _rows(folded["orders"], "orders", OrderSummary, order_id)
    if not found:
        return None
    view = OrderView(
        order=found[0],
        lines=_rows(folded["orders"], "order_lines", LineView, order_id, "line_id"),
        parts=_rows(folded["orders"], "order_parts", PartView, order_id, "seller_id"),
        escrow=_rows(folded["escrow"], "escrow_balances", EscrowView, order_id, "seller_id"),
        payments=_rows(folded["payments"], "payments", PaymentView, order_id, "position"),
        refunds=_refunds(folded["refunds"], order_id),
    )
    return with_refunded_lines(view)


def _refunds(tables: MemoryTables, order_id: str) -> list[RefundView]:
    rows = [row for row in tables.rows("refunds").values() if row["order_id"] == order_id]
    views = [
        msgspec.convert({**row, "lines": msgspec.json.decode(row["lines"])}, RefundView)
        for row in rows
    ]
    return sorted(views, key=lambda view: view.position)


def _rows[T](
    tables: MemoryTables, table: str, view: type[T], order_id: str, order_by: str = "order_id"
) -> list[T]:
    rows = [row for row in tables.rows(table).values() if row["order_id"] == order_id]
    return [msgspec.convert(row, view) for row in sorted(rows, key=lambda row: row[order_by])]


@reads("audit")
async def seller_balance(
    connection: Connection, seller_id: str, as_of: AsOf
) -> SellerBalance | None:
    """The seller's money as it was; None if there was no such seller yet."""
    return seller_balance_of(
        await events_about(connection, f"seller:{seller_id}", as_of), seller_id
    )


def seller_balance_of(events: Sequence[Recorded], seller_id: str) -> SellerBalance | None:
    """The balance that these events make."""
    row = fold((SELLERS,), events)["sellers"].rows("sellers").get((seller_id,))
    return None if row is None else msgspec.convert(row, SellerBalance)
