"""Stock of one listing: never below zero, never promised twice.

The state holds two counters and no list of reservations: which order reserved what is the
order's to know, and the two change in one commit.
"""

import msgspec

from commands.listing.decider import Listing, offered, owned
from commands.refusals import AmountTooLarge, OutOfStock, ReservationTooSmall
from commands.stock.messages import ReceiveStock
from eventstore.events.base import Event
from eventstore.events.stock import StockCommitted, StockReceived, StockReleased, StockReserved

QUANTITY_MAX = 10**9


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


def receive(command: ReceiveStock, stock: Stock, listing: Listing) -> list[Event]:
    owned(offered(listing), command.by)
    if stock.available + command.quantity > QUANTITY_MAX:
        raise AmountTooLarge("More units than a listing may hold.", field="quantity")
    return [StockReceived(listing_id=command.listing_id, quantity=command.quantity)]


def reserve(listing_id: str, order_id: str, quantity: int, stock: Stock, field: str) -> Event:
    if quantity > stock.available:
        raise OutOfStock(f"{stock.available} left, {quantity} asked for.", field=field)
    return StockReserved(listing_id=listing_id, order_id=order_id, quantity=quantity)


def let_go(listing_id: str, order_id: str, quantity: int, stock: Stock) -> Event:
    if quantity > stock.reserved:
        raise ReservationTooSmall
    return StockReleased(listing_id=listing_id, order_id=order_id, quantity=quantity)


def commit(listing_id: str, order_id: str, quantity: int, stock: Stock) -> Event:
    if quantity > stock.reserved:
        raise ReservationTooSmall
    return StockCommitted(listing_id=listing_id, order_id=order_id, quantity=quantity)
