"""The laws of orders and their stock."""

from collections.abc import Sequence

from commands.streams.escrow.refusals import NothingHeld
from commands.streams.order.messages import ConfirmReceipt
from commands.streams.order.placement import reserved
from tests.given import at
from tests.property.market_machine import Market
from tests.property.money_laws import Law


def stock_adds_up(market: Market) -> None:
    amounts = market.tally.amounts
    promised = dict.fromkeys(market.ids["listing"], 0)
    for order in market.orders():
        if order.status != "cancelled":
            for listing_id, quantity in reserved(order).items():
                promised[listing_id] += quantity
    for listing_id, quantity in promised.items():
        stock = market.world.state(f"stock-{listing_id}")
        received = amounts["StockReceived.quantity", listing_id]
        committed = amounts["StockCommitted.quantity", listing_id]
        assert min(stock.available, stock.reserved) >= 0
        assert stock.available + stock.reserved + committed == received
        assert stock.reserved == quantity, listing_id


def nothing_stays_reserved_for_what_is_refunded(market: Market) -> None:
    for order in market.orders():
        if order.status in {"awaiting_payment", "cancelled"} or market.undecided(order.order_id):
            continue
        for seller_id in order.parts:
            if not any(line.gross_minor for line in order.lines_of(seller_id)):
                assert not reserved(order, seller_id), seller_id


def an_order_completes_once_with_its_last_part(market: Market) -> None:
    for order in market.orders():
        times = market.tally.counts["OrderCompleted", order.order_id]
        assert times == (order.status == "completed")
        if times:
            assert set(order.parts.values()) == {"completed"}


def a_delivered_part_can_be_confirmed(market: Market) -> None:
    for order in market.orders():
        for seller_id, status in order.parts.items():
            if status == "delivered":
                confirm = ConfirmReceipt(order_id=order.order_id, seller_id=seller_id, **at())
                assert not isinstance(market.would(confirm), NothingHeld)


ORDERS: Sequence[Law] = (
    stock_adds_up,
    nothing_stays_reserved_for_what_is_refunded,
    an_order_completes_once_with_its_last_part,
    a_delivered_part_can_be_confirmed,
)
