"""How an order remembers each event: by the event's type."""

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from commands.order.state import Charge, OpenLine, Order, OrderState
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
