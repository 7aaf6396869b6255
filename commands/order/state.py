"""What an order remembers: what is left of each line, where each parcel is, what was paid."""

from typing import Literal

import msgspec

from commands.refusals import OrderUnknown, SellerNotInOrder
from eventstore.events.order import (
    OrderLine,
    RefundLine,
    RefundReserved,
)

type PartStatus = Literal["placed", "handed_over", "delivered", "completed"]
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
    """A captured payment and how much of it refunds have taken."""

    payment_id: str
    provider: str
    reference: str
    captured_minor: int
    refunded_minor: int = 0

    @property
    def left_minor(self) -> int:
        return self.captured_minor - self.refunded_minor


class Order(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    order_id: str
    buyer_id: str
    currency: str
    total_minor: int
    lines: tuple[OpenLine, ...]
    parts: dict[str, PartStatus]
    status: OrderStatus = "awaiting_payment"
    charges: tuple[Charge, ...] = ()
    difference_minor: int = 0
    open_refunds: dict[str, RefundReserved] = {}
    open_payments: dict[str, int] = {}

    @property
    def captured_minor(self) -> int:
        return sum(charge.captured_minor for charge in self.charges)

    @property
    def under_way_minor(self) -> int:
        """What payments at their providers may still bring."""
        return sum(self.open_payments.values())

    @property
    def shipped(self) -> bool:
        return any(status != "placed" for status in self.parts.values())

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

    def commission_minor(self, seller_id: str) -> int:
        """Commission that the seller's lines bear, undecided refunds still included."""
        return sum(line.commission_minor for line in self.lines_of(seller_id)) + sum(
            line.commission_minor for line in self.undecided(seller_id)
        )

    def commission_vat_minor(self, seller_id: str) -> int:
        return sum(line.commission_vat_minor for line in self.lines_of(seller_id)) + sum(
            line.commission_vat_minor for line in self.undecided(seller_id)
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
