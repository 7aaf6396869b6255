"""Which streams a command will surely read: loaded together when they are not in memory."""

from collections.abc import Callable, Sequence
from typing import Any

from commands.command import Command
from commands.order.messages import (
    CancelOrder,
    ConfirmReceipt,
    HandOverShipment,
    PlaceOrder,
    RecordDelivery,
    ReleaseFunds,
)
from commands.payment.messages import StartPayment
from commands.payout.messages import RequestPayout
from commands.shipping_quote.messages import IssueShippingQuote
from commands.stock.messages import ReceiveStock
from eventstore.events.escrow import escrow_stream
from eventstore.events.listing import listing_stream
from eventstore.events.order import order_stream
from eventstore.events.seller import seller_stream
from eventstore.events.seller_account import seller_account_stream
from eventstore.events.shipping_quote import shipping_quote_stream
from eventstore.events.stock import stock_stream


def _placement(command: PlaceOrder) -> Sequence[str]:
    streams = [shipping_quote_stream(command.shipping_quote_id)]
    for line in command.lines:
        streams += [listing_stream(line.listing_id), stock_stream(line.listing_id)]
    return streams


def _order(command: CancelOrder | HandOverShipment | RecordDelivery | StartPayment) -> list[str]:
    return [order_stream(command.order_id)]


def _release(command: ConfirmReceipt | ReleaseFunds) -> Sequence[str]:
    return [
        order_stream(command.order_id),
        escrow_stream(command.order_id, command.seller_id),
        seller_account_stream(command.seller_id),
    ]


STREAMS: dict[type[Command], Callable[[Any], Sequence[str]]] = {
    PlaceOrder: _placement,
    CancelOrder: _order,
    HandOverShipment: _order,
    RecordDelivery: _order,
    StartPayment: _order,
    ConfirmReceipt: _release,
    ReleaseFunds: _release,
    IssueShippingQuote: lambda command: [listing_stream(line.listing_id) for line in command.lines],
    ReceiveStock: lambda command: [
        stock_stream(command.listing_id),
        listing_stream(command.listing_id),
    ],
    RequestPayout: lambda command: [
        seller_stream(command.seller_id),
        seller_account_stream(command.seller_id),
    ],
}


def streams_of(command: Command) -> Sequence[str]:
    known = STREAMS.get(type(command))
    return known(command) if known else ()
