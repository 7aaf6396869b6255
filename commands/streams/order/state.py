"""What an order remembers: what is left of each line, where each parcel is, what was paid."""

from datetime import datetime
from typing import Literal

import msgspec

from commands.streams.escrow.decider import Commission
from commands.streams.order.refusals import OrderUnknown, SellerNotInOrder
from eventstore.events.order import (
    OrderLine,
    RefundLine,
    RefundReserved,
)

type PartStatus = Literal["placed", "emptied", "handed_over", "delivered", "completed", "cancelled"]
type OrderStatus = Literal["awaiting_payment", "paid", "cancelled", "completed"]


class NoOrder(msgspec.Struct, frozen=True, gc=False):
    pass


class OpenLine(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A line and what refunds have left of it, in minor units."""

    line: OrderLine
    quantity: int
    price_minor: int
    shipping_minor: int
    commission_minor: int
    commission_vat_minor: int

    @property
    def gross_minor(self) -> int:
        return self.price_minor + self.shipping_minor


class Charge(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A captured payment: how much of it refunds have taken, and how much its provider took back.

    What was taken back is not captured any more.
    """

    payment_id: str
    provider: str
    reference: str
    captured_minor: int
    refunded_minor: int = 0
    reversed_minor: int = 0

    @property
    def left_minor(self) -> int:
        return self.captured_minor - self.refunded_minor


class Order(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """`short`: it was paid, and is no longer since a charge was taken back."""

    order_id: str
    buyer_id: str
    currency: str
    total_minor: int
    lines: tuple[OpenLine, ...]
    parts: dict[str, PartStatus]
    payment_due_at: datetime
    status: OrderStatus = "awaiting_payment"
    short: bool = False
    shipped: bool = False
    charges: tuple[Charge, ...] = ()
    difference_minor: int = 0
    returned_difference_minor: int = 0
    confirmed: frozenset[str] = frozenset()
    open_refunds: dict[str, RefundReserved] = {}
    open_payments: dict[str, int] = {}

    @property
    def captured_minor(self) -> int:
        return sum(charge.captured_minor for charge in self.charges)

    @property
    def funded_minor(self) -> int:
        """What the parts were given of the charges that count: all but payment differences."""
        return self.captured_minor - self.difference_minor - self.returned_difference_minor

    @property
    def under_way_minor(self) -> int:
        """What payments at their providers may still bring."""
        return sum(self.open_payments.values())

    def due_minor(self, seller_id: str) -> int:
        """What the seller's lines came to at placement."""
        return sum(
            line.line.unit_price_minor * line.line.quantity + line.line.shipping_minor
            for line in self.lines_of(seller_id)
        )

    def lines_of(self, seller_id: str) -> list[OpenLine]:
        return [line for line in self.lines if line.line.seller_id == seller_id]

    def undecided(self, seller_id: str) -> list[RefundLine]:
        """What refunds that nobody has decided on have set aside of this seller's lines."""
        return [
            line
            for refund in self.open_refunds.values()
            for line in refund.lines
            if line.seller_id == seller_id
        ]

    def undecided_gross_minor(self, seller_id: str) -> int:
        return sum(line.price_minor + line.shipping_minor for line in self.undecided(seller_id))

    def open_gross_minor(self, seller_id: str) -> int:
        """What refunds, decided or not, have left of the seller's lines."""
        return sum(line.gross_minor for line in self.lines_of(seller_id))

    def open_difference_minor(self) -> int:
        """The payment difference that no undecided refund has set aside."""
        pending = sum(refund.difference_minor for refund in self.open_refunds.values())
        return self.difference_minor - pending

    def charge(self, payment_id: str) -> Charge | None:
        return next((one for one in self.charges if one.payment_id == payment_id), None)

    def commission(self, seller_id: str) -> Commission:
        """Commission that the seller's lines bear, undecided refunds still included."""
        lines: list[OpenLine | RefundLine] = [
            *self.lines_of(seller_id),
            *self.undecided(seller_id),
        ]
        return Commission(
            sum(line.commission_minor for line in lines),
            sum(line.commission_vat_minor for line in lines),
        )

    def part(self, seller_id: str) -> PartStatus:
        status = self.parts.get(seller_id)
        if status is None:
            raise SellerNotInOrder(field="seller_id")
        return status


type OrderState = NoOrder | Order

INITIAL = NoOrder()


def known(order: OrderState) -> Order:
    if isinstance(order, NoOrder):
        raise OrderUnknown(field="order_id")
    return order
