"""Typed access to the states that a decision rests on, and how streams fold into them."""

from collections.abc import Callable
from typing import cast

from commands.escrow import decider as escrow
from commands.escrow.decider import Escrow
from commands.listing import decider as listing
from commands.listing.decider import Listing
from commands.order.evolve import evolve as evolve_order
from commands.order.state import INITIAL as NO_ORDER
from commands.order.state import OrderState
from commands.payment import state as payment
from commands.payment.state import PaymentState
from commands.payout import decider as payout
from commands.payout.decider import PayoutState
from commands.refund import state as refund
from commands.refund.state import RefundState
from commands.seller import decider as seller
from commands.seller.decider import Seller
from commands.seller_account import decider as seller_account
from commands.seller_account.decider import SellerAccount
from commands.shipping_quote import decider as shipping_quote
from commands.shipping_quote.decider import Quote
from commands.stock import decider as stock
from commands.stock.decider import Stock
from eventstore.batch import Read
from eventstore.events.base import Event, category_of
from eventstore.events.escrow import escrow_stream
from eventstore.events.listing import listing_stream
from eventstore.events.order import order_stream
from eventstore.events.payment import payment_stream
from eventstore.events.payout import payout_stream
from eventstore.events.refund import refund_stream
from eventstore.events.seller import seller_stream
from eventstore.events.seller_account import seller_account_stream
from eventstore.events.shipping_quote import shipping_quote_stream
from eventstore.events.stock import stock_stream
from eventstore.registry import REGISTRY

type Evolve = Callable[..., object]

FOLDS: dict[str, tuple[object, Evolve]] = {
    "seller": (seller.INITIAL, seller.evolve),
    "listing": (listing.INITIAL, listing.evolve),
    "stock": (stock.INITIAL, stock.evolve),
    "shipping_quote": (shipping_quote.INITIAL, shipping_quote.evolve),
    "order": (NO_ORDER, evolve_order),
    "payment": (payment.INITIAL, payment.evolve),
    "escrow": (escrow.INITIAL, escrow.evolve),
    "refund": (refund.INITIAL, refund.evolve),
    "seller_account": (seller_account.INITIAL, seller_account.evolve),
    "payout": (payout.INITIAL, payout.evolve),
}

# By the event's type: what category it is of stands in its stored name.
EVOLVE: dict[type[Event], Evolve] = {
    event: FOLDS[name.partition(".")[0]][1]
    for name, event in REGISTRY.items()
    if name.partition(".")[0] in FOLDS
}


class WriteModelFold:
    """`eventstore.heads.Fold` over all streams of the write model."""

    def initial(self, stream: str) -> object:
        return FOLDS[category_of(stream)][0]

    def evolve(self, state: object, event: Event) -> object:
        return EVOLVE[type(event)](state, event)


class States:
    """States by id. `new=True` says that the stream is expected to be empty."""

    def __init__(self, read: Read) -> None:
        self._read = read

    def seller(self, seller_id: str, *, new: bool = False) -> Seller:
        return cast(Seller, self._read(seller_stream(seller_id), new))

    def listing(self, listing_id: str, *, new: bool = False) -> Listing:
        return cast(Listing, self._read(listing_stream(listing_id), new))

    def stock(self, listing_id: str) -> Stock:
        return cast(Stock, self._read(stock_stream(listing_id), False))

    def quote(self, quote_id: str, *, new: bool = False) -> Quote:
        return cast(Quote, self._read(shipping_quote_stream(quote_id), new))

    def order(self, order_id: str, *, new: bool = False) -> OrderState:
        return cast(OrderState, self._read(order_stream(order_id), new))

    def payment(self, payment_id: str, *, new: bool = False) -> PaymentState:
        return cast(PaymentState, self._read(payment_stream(payment_id), new))

    def escrow(self, order_id: str, seller_id: str, *, new: bool = False) -> Escrow:
        return cast(Escrow, self._read(escrow_stream(order_id, seller_id), new))

    def refund(self, refund_id: str, *, new: bool = False) -> RefundState:
        return cast(RefundState, self._read(refund_stream(refund_id), new))

    def account(self, seller_id: str) -> SellerAccount:
        return cast(SellerAccount, self._read(seller_account_stream(seller_id), False))

    def payout(self, payout_id: str, *, new: bool = False) -> PayoutState:
        return cast(PayoutState, self._read(payout_stream(payout_id), new))
