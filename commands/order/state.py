"""What an order remembers: what is left of each line, where each parcel is, what was paid."""

from collections.abc import Callable
from typing import Any, Literal

import msgspec
from msgspec.structs import replace

from commands.refusals import OrderUnknown, SellerNotInOrder
from eventstore.events.base import Event
from eventstore.events.order import (
    OrderCancelled,
    OrderCompleted,
    OrderLine,
    OrderPaid,
    OrderPaymentClosed,
    OrderPaymentOpened,
    OrderPaymentRecorded,
    OrderPlaced,
    PaymentDifferenceBooked,
    PaymentDifferenceReversed,
    ReceiptConfirmed,
    RefundLine,
    RefundReservationDropped,
    RefundReservationUsed,
    RefundReserved,
    SellerPartCompleted,
    ShipmentDelivered,
    ShipmentHandedOver,
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


def _placed(event: OrderPlaced) -> Order:
    return Order(
        order_id=event.order_id,
        buyer_id=event.buyer_id,
        currency=event.total.currency,
        total_minor=event.total.amount_minor,
        lines=tuple([_open(line) for line in event.lines]),
        parts=dict.fromkeys([line.seller_id for line in event.lines], "placed"),
    )


def _open(line: OrderLine) -> OpenLine:
    return OpenLine(
        line=line,
        quantity=line.quantity,
        price_minor=line.unit_price_minor * line.quantity,
        shipping_minor=line.shipping_minor,
        commission_minor=line.commission_minor,
        commission_vat_minor=line.commission_vat_minor,
    )


def _paid(order: Order, _: OrderPaid) -> Order:
    return replace(order, status="paid")


def _cancelled(order: Order, _: OrderCancelled) -> Order:
    return replace(order, status="cancelled")


def _completed(order: Order, _: OrderCompleted) -> Order:
    return replace(order, status="completed")


def _handed_over(order: Order, event: ShipmentHandedOver) -> Order:
    return replace(order, parts=order.parts | {event.seller_id: "handed_over"})


def _delivered(order: Order, event: ShipmentDelivered) -> Order:
    return replace(order, parts=order.parts | {event.seller_id: "delivered"})


def _part_completed(order: Order, event: SellerPartCompleted) -> Order:
    return replace(order, parts=order.parts | {event.seller_id: "completed"})


def _confirmed(order: Order, _: ReceiptConfirmed) -> Order:
    return order


def _payment_opened(order: Order, event: OrderPaymentOpened) -> Order:
    opened = order.open_payments | {event.payment_id: event.amount.amount_minor}
    return replace(order, open_payments=opened)


def _payment_closed(order: Order, event: OrderPaymentClosed) -> Order:
    return _without_payment(order, event.payment_id)


def _payment_recorded(order: Order, event: OrderPaymentRecorded) -> Order:
    charge = Charge(
        payment_id=event.payment_id,
        provider=event.provider,
        reference=event.charge_reference,
        captured_minor=event.amount.amount_minor,
    )
    paid = _without_payment(order, event.payment_id)
    return replace(paid, charges=(*order.charges, charge))


def _difference_booked(order: Order, event: PaymentDifferenceBooked) -> Order:
    return replace(order, difference_minor=order.difference_minor + event.amount.amount_minor)


def _difference_reversed(order: Order, event: PaymentDifferenceReversed) -> Order:
    return replace(order, difference_minor=order.difference_minor - event.amount.amount_minor)


def _refund_used(order: Order, event: RefundReservationUsed) -> Order:
    rest = {key: value for key, value in order.open_refunds.items() if key != event.refund_id}
    return replace(order, open_refunds=rest)


def _refund_dropped(order: Order, event: RefundReservationDropped) -> Order:
    given_back = _take(order, order.open_refunds[event.refund_id], -1)
    rest = {key: value for key, value in order.open_refunds.items() if key != event.refund_id}
    return replace(given_back, open_refunds=rest)


def _without_payment(order: Order, payment_id: str) -> Order:
    if payment_id not in order.open_payments:
        return order
    rest = {key: value for key, value in order.open_payments.items() if key != payment_id}
    return replace(order, open_payments=rest)


def _reserve(order: Order, event: RefundReserved) -> Order:
    taken = _take(order, event, 1)
    return replace(taken, open_refunds=order.open_refunds | {event.refund_id: event})


def _take(order: Order, refund: RefundReserved, sign: int) -> Order:
    by_line = {line.line_id: line for line in refund.lines}
    by_payment = {leg.payment_id: leg.amount_minor for leg in refund.legs}
    return replace(
        order,
        lines=tuple(
            _less(line, by_line[line.line.line_id], sign) if line.line.line_id in by_line else line
            for line in order.lines
        ),
        charges=tuple(
            replace(
                charge,
                refunded_minor=charge.refunded_minor + sign * by_payment.get(charge.payment_id, 0),
            )
            for charge in order.charges
        ),
    )


def _less(line: OpenLine, refund: RefundLine, sign: int) -> OpenLine:
    return OpenLine(
        line=line.line,
        quantity=line.quantity - sign * refund.quantity,
        price_minor=line.price_minor - sign * refund.price_minor,
        shipping_minor=line.shipping_minor - sign * refund.shipping_minor,
        commission_minor=line.commission_minor - sign * refund.commission_minor,
        commission_vat_minor=line.commission_vat_minor - sign * refund.commission_vat_minor,
    )


# By type, not by a ladder of cases: an order is replayed more often than anything else.
EVOLVE: dict[type[Event], Callable[[Order, Any], Order]] = {
    OrderPaid: _paid,
    OrderCancelled: _cancelled,
    OrderCompleted: _completed,
    ShipmentHandedOver: _handed_over,
    ShipmentDelivered: _delivered,
    SellerPartCompleted: _part_completed,
    ReceiptConfirmed: _confirmed,
    OrderPaymentOpened: _payment_opened,
    OrderPaymentClosed: _payment_closed,
    OrderPaymentRecorded: _payment_recorded,
    PaymentDifferenceBooked: _difference_booked,
    PaymentDifferenceReversed: _difference_reversed,
    RefundReserved: _reserve,
    RefundReservationUsed: _refund_used,
    RefundReservationDropped: _refund_dropped,
}


def evolve(order: OrderState, event: Event) -> OrderState:
    if isinstance(order, Order):
        go_on = EVOLVE.get(type(event))
        if go_on is not None:
            return go_on(order, event)
    elif isinstance(event, OrderPlaced):
        return _placed(event)
    raise AssertionError(f"the log is broken: {event} after {order}")
