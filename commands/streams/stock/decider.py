"""Stock of one listing: never below zero, never promised twice.

The state holds two counters and no list of reservations: which order reserved what is the
order's to know, and the two change in one commit.
"""

from commands.refusals import AmountTooLarge
from commands.streams.listing.state import Listing, offered, owned
from commands.streams.stock.messages import ReceiveStock
from commands.streams.stock.refusals import OutOfStock, ReservationTooSmall
from commands.streams.stock.state import Stock
from eventstore.events.base import Event
from eventstore.events.stock import StockCommitted, StockReceived, StockReleased, StockReserved

QUANTITY_MAX = 10**9


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
