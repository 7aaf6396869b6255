"""What a listing's stock remembers: two counters and no list of reservations."""

import msgspec

from commands.stream import Fold
from eventstore.events.base import Event
from eventstore.events.stock import (
    StockCommitted,
    StockReceived,
    StockReleased,
    StockReserved,
    stock_stream,
)


class Stock(msgspec.Struct, frozen=True, gc=False):
    """Units that can be sold, and units promised but still in the house."""

    available: int = 0
    reserved: int = 0


INITIAL = Stock()


def evolve(stock: Stock, event: Event) -> Stock:
    # Not a match of patterns: stock is replayed more often than anything else.
    if isinstance(event, StockReserved):
        if event.quantity <= stock.available:
            return Stock(stock.available - event.quantity, stock.reserved + event.quantity)
    elif isinstance(event, StockCommitted):
        if event.quantity <= stock.reserved:
            return Stock(stock.available, stock.reserved - event.quantity)
    elif isinstance(event, StockReleased):
        if event.quantity <= stock.reserved:
            return Stock(stock.available + event.quantity, stock.reserved - event.quantity)
    elif isinstance(event, StockReceived):
        return Stock(stock.available + event.quantity, stock.reserved)
    raise AssertionError(f"the log is broken: {event} after {stock}")


STOCK: Fold[Stock] = Fold("stock", stock_stream, INITIAL, evolve)
